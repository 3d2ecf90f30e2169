"""Turns errors into a line a person can act on and an exit code; the only place that does."""

from __future__ import annotations

import os
import platform
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from types import FrameType
from typing import NoReturn

import typer

import qa
from qa.errors import QaError


class Exit(IntEnum):
    """What the morning shift reads from the exit code."""

    DONE = 0
    INCOMPLETE = 1
    USAGE = 2
    BROKEN = 3
    BELOW = 4
    INTERRUPTED = 130
    TERMINATED = 143


@contextmanager
def reported() -> Iterator[None]:
    """Wraps the body of a command. Inside Typer's own handling, which would turn Ctrl-C into exit code 1."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        yield
    except QaError as error:
        note(f"错误：{error.message}")
        note(f"（这条报错的意思和办法：qa explain {error.slug}）")
        raise typer.Exit(Exit.USAGE) from None
    except KeyboardInterrupt:
        note("已按 Ctrl-C 停下。做完的都已保存，再运行一次同样的命令就接着做。")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except (typer.Exit, SystemExit, BrokenPipeError):
        raise
    except Exception as error:
        log = _write_log(error)
        note(f"qa 自己出错了：{type(error).__name__}: {error}")
        note(f"请把这个文件发给维护者：{log}")
        raise typer.Exit(Exit.BROKEN) from None


def note(line: str) -> None:
    """One line to stderr."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def say(line: str = "") -> None:
    """One line to stdout."""
    print(line, flush=True)  # noqa: T201


def _terminated(_signal: int, _frame: FrameType | None) -> NoReturn:
    note("收到停止信号。做完的都已保存，再运行一次同样的命令就接着做。")
    raise SystemExit(Exit.TERMINATED)


def _write_log(error: BaseException) -> Path:
    """A file that can be attached to a bug report: versions and the traceback, nothing from any call."""
    lines = [
        f"qa {qa.__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"argv: {sys.argv[1:]}",
        "".join(traceback.format_exception(error)),
    ]
    name = f"qa-error-{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}.log"
    for folder in (Path("reports"), Path.cwd(), Path.home()):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("\n".join(lines), encoding="utf-8")
        except OSError:
            continue
        return folder / name
    return Path(os.devnull)

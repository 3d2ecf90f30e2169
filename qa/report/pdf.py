"""Prints agents' scorecards as A4 PDFs, through a Chromium that is already on the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from qa.errors import UsageError
from qa.report.names import agent_page

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge")
_LONGEST_S = 120
_AT_ONCE = 2
"""A browser takes a few hundred megabytes."""


def find_chromium() -> str:
    """The browser that prints. Raises UsageError (chromium-missing)."""
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    raise UsageError(
        "--pdf 要用 Chromium（或 Chrome、Edge）打印，这台机器上没有找到：装一个并放进 PATH，或在浏览器里打开坐席页打印",
        slug="chromium-missing",
    )


def print_scorecards(out: Path, agent_ids: Iterable[str], browser: str) -> tuple[list[Path], list[Path]]:
    """Writes `agents/….pdf` beside each agent's page. Returns those that are there, and the pages that did not print.

    A PDF newer than its page stays as it is.
    """
    pages = [out / agent_page(agent_id) for agent_id in agent_ids]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="print") as pool:
        printed = list(pool.map(lambda page: _printed(page, browser), pages))
    return (
        [page.with_suffix(".pdf") for page, done in zip(pages, printed, strict=True) if done],
        [page for page, done in zip(pages, printed, strict=True) if not done],
    )


def _printed(page: Path, browser: str) -> bool:
    target = page.with_suffix(".pdf")
    if target.is_file() and target.stat().st_mtime >= page.stat().st_mtime:
        return True
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        unfinished = Path(profile) / "card.pdf"
        try:
            subprocess.run(
                _command(browser, page, unfinished, Path(profile)),
                check=True,
                timeout=_LONGEST_S,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            content = unfinished.read_bytes()
        except (OSError, subprocess.SubprocessError):
            return False
    if not content.startswith(b"%PDF"):
        return False
    beside = target.with_name(f".{target.name}.{os.getpid()}.unfinished")
    beside.write_bytes(content)
    beside.replace(target)
    return True


def _command(browser: str, page: Path, target: Path, profile: Path) -> Sequence[str]:
    # Chromium's sandbox does not work for root, which is who runs it in a container.
    unboxed = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [
        browser,
        "--headless",
        *unboxed,
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={profile / 'profile'}",
        "--no-pdf-header-footer",
        f"--print-to-pdf={target}",
        page.absolute().as_uri(),
    ]

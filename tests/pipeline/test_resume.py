"""Killed anywhere, the same command goes on: nothing twice, nothing lost. Real processes, a real store."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.night import make_night

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[2]
CALLS = 12


def command(folder: Path, out: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "qa.cli", "run", str(folder), "--calls", str(folder / "calls.csv"), "--out", str(out)),
        *("--engine", "sidecar", "--rubric", str(ROOT / "rubrics" / "telecom-affinity.yaml")),
    ]


def rows(out: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """(call, stage) → (fingerprint, finished_at) of every finished step."""
    store = out / "qa.sqlite"
    if not store.is_file():
        return {}
    db = sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=10)
    try:
        found = db.execute("SELECT call_id, stage, fingerprint, finished_at FROM step WHERE error IS NULL").fetchall()
    except sqlite3.OperationalError:
        return {}
    finally:
        db.close()
    return {(call, stage): (fingerprint, at) for call, stage, fingerprint, at in found}


def wait_for(out: Path, steps: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 90
    while len(rows(out)) < steps and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    assert len(rows(out)) >= steps, "the batch never got this far"


def start(folder: Path, out: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(folder, out),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("after_steps", [1, 7, 20])
def test_killed_anywhere_the_same_command_does_only_what_is_missing(tmp_path: Path, after_steps: int) -> None:
    make_night(tmp_path / "in", CALLS)
    out = tmp_path / "out"
    process = start(tmp_path / "in", out)
    wait_for(out, after_steps, process)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    before = rows(out)
    again = subprocess.run(
        command(tmp_path / "in", out), check=False, cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert again.returncode == 0, again.stderr + again.stdout
    after = rows(out)
    assert len(after) == 4 * CALLS
    assert {key: after[key] for key in before} == before, "a finished step was done again"
    assert (out / "index.html").is_file()
    third = subprocess.run(
        command(tmp_path / "in", out), check=False, cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert third.returncode == 0
    assert rows(out) == after
    assert f"早已完成、没有重做：转写 {CALLS}、分声 {CALLS}、测量 {CALLS}、评分 {CALLS}" in third.stdout


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_by_a_person_it_says_so_and_keeps_what_is_done(tmp_path: Path, sent: signal.Signals, code: int) -> None:
    make_night(tmp_path / "in", CALLS)
    out = tmp_path / "out"
    process = start(tmp_path / "in", out)
    wait_for(out, 2, process)
    os.killpg(process.pid, sent) if sent is signal.SIGINT else os.kill(process.pid, sent)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code, said
    assert "再运行一次同样的命令就接着做" in said
    assert "Traceback" not in said
    assert len(rows(out)) >= 2
    db = sqlite3.connect(out / "qa.sqlite")
    assert db.execute("SELECT exit_code FROM run").fetchall() == [(code,)]
    db.close()
    again = subprocess.run(
        command(tmp_path / "in", out), check=False, cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert again.returncode == 0, again.stderr
    assert len(rows(out)) == 4 * CALLS

"""Freed memory can be given back at any time."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from qa.transcribe.freed import give_back


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc can be asked")
def test_memory_that_nobody_uses_goes_back() -> None:
    # Blocks too small to be mapped by themselves, with one kept behind them: glibc would hold on to all.
    blocks = [np.ones(10_000, np.uint8) for _ in range(6000)]
    last = np.ones(10_000, np.uint8)
    held = resident_mb()
    del blocks
    give_back()
    assert resident_mb() < held - 30
    assert last.all()

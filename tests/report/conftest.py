"""A recording that plays, reports built from samples, and a Chromium that may not go out."""

from __future__ import annotations

import shutil
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from records import Sample, hostile, sample

from qa.report import build

CHROMIUM = shutil.which("chromium")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def write_tone(path: Path, duration_s: int = 60, rate_hz: int = 8000, channels: int = 2) -> Path:
    """A quiet tone that changes every second."""
    at = np.arange(duration_s * rate_hz)
    tone = (2000 * np.sin(2 * np.pi * (300 + 20 * (at // rate_hz)) * at / rate_hz)).astype("<i2")
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.repeat(tone, channels).tobytes())
    return path


@pytest.fixture(scope="session")
def tone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tone(tmp_path_factory.mktemp("recordings 录音 #1") / "tone 'a'.wav")


def built(made: Sample, out: Path, **options: Any) -> Path:
    return build(made, made.scorecards, made.night, out, **options).parent


@pytest.fixture(scope="session")
def site(tone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small night's report; to be read only."""
    return built(sample(tone), tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="session")
def hostile_site(tone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(hostile(tone), tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("needs Chromium on the PATH")
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(_FLAGS))
        yield browser
        browser.close()

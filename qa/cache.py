"""Says where qa may keep what can be made again: joined models, word tables."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_dir() -> Path:
    """QA_CACHE_DIR, else the platform's cache folder for `qa-affinity`."""
    if chosen := os.environ.get("QA_CACHE_DIR"):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "qa-affinity"
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/qa-affinity"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "qa-affinity"

"""Makes small recordings for tests."""

from __future__ import annotations

import wave
from array import array
from pathlib import Path


def tone(path: Path, *, channels: int = 2, ms: int = 200, pitch: int = 1) -> Path:
    """A square wave; `pitch` makes files differ in content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = array("h", (8000 if (i // (10 + pitch)) % 2 else -8000 for i in range(8 * ms) for _ in range(channels)))
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(samples.tobytes())
    return path

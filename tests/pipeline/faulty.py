"""An engine that breaks the way real ones do, on the calls that ask for it by name. Runs in real worker processes."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from qa.errors import CallError, UsageError
from qa.model import Recording, Transcript
from qa.pipeline.steps import Workshop
from qa.transcribe.engine import Engine


class FaultyEngine:
    def __init__(self, inner: Engine) -> None:
        self.inner = inner

    def transcribe(self, recording: Recording) -> Transcript:
        what = recording.call_id.split("-")[0]
        if what == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "hang":
            time.sleep(3600)
        if what == "bug":
            raise ZeroDivisionError("a bug")
        if what == "bad":
            raise CallError("录音坏了", slug="audio-unreadable")
        return self.inner.transcribe(recording)


class FaultyWorkshop(Workshop):
    @property
    def engine(self) -> Engine:  # type: ignore[override]
        if os.environ.get("QA_TEST_NO_MODEL"):
            raise UsageError("没有模型", slug="model-not-found")
        return FaultyEngine(super().engine)


def recording(call_id: str, path: Path) -> Recording:
    return Recording(
        call_id=call_id, path=str(path), sha256=call_id, duration_ms=18_000, sample_rate_hz=8000, channel_count=2
    )

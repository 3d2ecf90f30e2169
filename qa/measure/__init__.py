"""The measures of one call, and the table of them by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from qa.measure.dead_air import dead_air
from qa.measure.hold import holds
from qa.measure.interruption import interruptions, overlaps
from qa.measure.parties import parties_of
from qa.measure.response import responses
from qa.measure.speech_rate import speech_rates
from qa.measure.talk_share import talk
from qa.measure.voice import voices
from qa.measures import MEASURES
from qa.model import Measurement, Recording, Roles, Transcript, Turn

if TYPE_CHECKING:
    import numpy as np

VERSION = 6
"""Part of every measurement's fingerprint: raise it when the same transcript and sound would give other figures."""

__all__ = ["VERSION", "measure"]


def measure(
    recording: Recording,
    transcript: Transcript,
    roles: Roles,
    turns: Sequence[Turn],
    samples: Callable[[], np.ndarray] | None,
) -> tuple[Measurement, ...]:
    """Every measurement of one call, by name in the order of `MEASURES` and then by time.

    `samples` decodes when called (int16, (channels, samples), 16 kHz); without it the voice measures are absent.
    Where a role is not known, what needs it is absent: no figure is better than somebody else's.
    """
    parties = parties_of(transcript, roles, turns)
    measured = [
        *talk(recording, parties),
        *speech_rates(recording, parties),
        *dead_air(recording, parties),
        *responses(parties, whole=recording.span, one_channel=transcript.layout != "stereo"),
        *holds(parties),
        # Voices told apart in one channel never sound together.
        *(interruptions(parties) if transcript.layout == "stereo" else ()),
        *(overlaps(parties) if transcript.layout == "stereo" else ()),
        *voices(recording, transcript, roles, turns, samples),
    ]
    order = {name: i for i, name in enumerate(MEASURES)}
    return tuple(sorted(measured, key=lambda m: (order[m.name], m.span, m.role or "")))

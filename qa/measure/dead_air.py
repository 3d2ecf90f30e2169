"""Stretches in which nobody speaks, and how long it takes until somebody does."""

from __future__ import annotations

from collections.abc import Iterator

from qa.measure.parties import Parties
from qa.model import Measurement, Recording
from qa.span import Span, subtract

LEAST_MS = 2000
"""Shorter silences are pauses."""


def dead_air(recording: Recording, parties: Parties) -> Iterator[Measurement]:
    """One row per silent stretch, the start and the end of the call included; and the first word of anybody.

    Nothing of the first where a channel was not recorded: the other party may have spoken all the time.
    Counts from when the line is there: queues and prompts before and after the conversation are no silence of anybody.
    """
    speech = parties.anybody
    connected = parties.connected(recording.span)
    for span in () if parties.deaf else subtract([connected], [*speech, *parties.announced]):
        if span.duration_ms >= LEAST_MS:
            yield Measurement("dead_air_ms", float(span.duration_ms), "ms", span)
    if speech:
        first = Span(min(connected.start_ms, max(0, speech[0].start_ms)), max(0, speech[0].start_ms))
        yield Measurement("first_speech_ms", float(first.duration_ms), "ms", first)

"""Stretches in which both speak, and those in which the agent starts before the customer has finished."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise

from qa.measure.parties import Parties, touches, within_ms
from qa.model import Measurement, Role
from qa.span import Span, common, merge, subtract

LEAST_MS = 300
"""Shorter overlaps are how turns change hands in friendly talk."""
PAUSE_MS = 1500
"""Whoever goes on after a pause up to this long had not finished."""
UNDER_WAY_MS = 300
"""The customer has been speaking at least this long: else both started at once."""
IN_A_PAUSE_UNDER_WAY_MS = 1500
IN_A_PAUSE_LEAST_MS = 700
"""An agent who starts in a pause may have thought it the end: it counts only after this much customer speech, and with
this much time of both sounding together. 好的 … and an afterthought is nobody's interruption."""


def overlaps(parties: Parties) -> Iterator[Measurement]:
    """Rows for the time both really sound; nothing where one of them is not known."""
    agent, customer = parties.agent, parties.customer
    if agent is None or customer is None:
        return
    for span in common(agent.speech, customer.speech):
        if span.duration_ms >= LEAST_MS:
            yield Measurement("overlap_ms", float(span.duration_ms), "ms", span)


def interruptions(parties: Parties) -> Iterator[Measurement]:
    """Rows from the agent's start to where they last sound together."""
    agent, customer = parties.agent, parties.customer
    if agent is None or customer is None:
        return
    both_sound = common(agent.speech, customer.speech)
    theirs = merge(customer.speech, PAUSE_MS)
    for mine in _stretches(agent.speech, theirs):
        at = bisect_right(theirs, mine.start_ms, key=lambda sentence: sentence.start_ms) - 1
        both = mine.intersect(theirs[at]) if at >= 0 else None
        if both is None:
            continue
        so_far = within_ms(Span(theirs[at].start_ms, mine.start_ms), customer.speech)
        together = within_ms(both, both_sound)
        if touches(Span(mine.start_ms + LEAST_MS - 1, mine.start_ms + LEAST_MS), customer.speech):
            counts = so_far >= UNDER_WAY_MS and together >= LEAST_MS
        else:
            counts = so_far >= IN_A_PAUSE_UNDER_WAY_MS and together >= IN_A_PAUSE_LEAST_MS
        if counts:
            last = max(span.end_ms for span in both_sound if span.start_ms < both.end_ms)
            overlap = Span(both.start_ms, min(last, both.end_ms))
            yield Measurement("interruption_ms", float(overlap.duration_ms), "ms", overlap, Role.AGENT)


def _stretches(speech: tuple[Span, ...], sentences: tuple[Span, ...]) -> tuple[Span, ...]:
    """The agent's speech with its pauses, except where the customer begins a sentence in one: what follows is a start."""
    begins = [Span(sentence.start_ms, sentence.start_ms + 1) for sentence in sentences]
    pauses = [Span(a.end_ms, b.start_ms) for a, b in pairwise(speech) if b.start_ms - a.end_ms <= PAUSE_MS]
    broken = [pause for pause in pauses if touches(pause, begins)]
    return merge([*speech, *subtract(pauses, broken)])

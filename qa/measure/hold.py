"""Stretches in which the agent is away: looking something up, asking somebody, or gone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from qa.measure.parties import Parties
from qa.model import Measurement, Role
from qa.span import Span, common, total_ms

LEAST_MS = 10_000
"""Rubric: longer than ten seconds without agent speech."""
CUSTOMER_SHARE = 0.2
"""A customer who speaks more than this is being listened to, not kept waiting."""
_PRESENT_MS = 500
"""A customer who says less than this in all is not there to be kept waiting (silent calls have their own rule)."""


def holds(parties: Parties) -> Iterator[Measurement]:
    agent, customer = parties.agent, parties.customer
    if agent is None or customer is None or total_ms(customer.speech) < _PRESENT_MS:
        return
    for before, after in pairwise(agent.speech):
        away = Span(before.end_ms, after.start_ms)
        if away.duration_ms <= LEAST_MS:
            continue
        if total_ms(common([away], customer.speech)) < CUSTOMER_SHARE * away.duration_ms:
            yield Measurement("hold_ms", float(away.duration_ms), "ms", away, Role.AGENT)

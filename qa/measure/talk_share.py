"""Each party's talk time, its share of all talk, and its longest stretch without a break."""

from __future__ import annotations

from collections.abc import Iterator

from qa.measure.parties import Parties
from qa.model import Measurement, Recording, Role
from qa.span import total_ms

PAUSE_MS = 2500
"""A monologue may pause this long; shorter silences do not end a turn either."""


def talk(recording: Recording, parties: Parties) -> Iterator[Measurement]:
    yield Measurement("call_ms", float(recording.duration_ms), "ms", recording.span)
    known = [party for party in parties.by_role.values() if party.role is not Role.UNKNOWN]
    talked_ms = sum(total_ms(party.speech) for party in known)
    for party in parties.by_role.values():
        mine_ms = total_ms(party.speech)
        yield Measurement("talk_ms", float(mine_ms), "ms", recording.span, party.role)
        if party.role is Role.UNKNOWN or not party.speech:
            continue
        share = round(100 * mine_ms / talked_ms, 1)
        yield Measurement("talk_share_pct", share, "%", recording.span, party.role)
        longest = max(parties.with_pauses(party, PAUSE_MS), key=lambda span: span.duration_ms)
        yield Measurement("longest_monologue_ms", float(longest.duration_ms), "ms", longest, party.role)

"""Syllables per minute, by the three definitions that centres mean when they say 语速."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from qa.measure.parties import Parties, Party
from qa.model import Measurement, Recording
from qa.span import Span, common, merge, subtract, total_ms

PAUSE_MS = 2000
"""Pauses shorter than this belong to the speaking (`speech_rate_spm`)."""
_REPLY_MS = 300
"""A pause in which somebody else says this much lies between two turns, not inside one."""
_LEAST_MS = 1000
"""No rate from less than a second of speech."""


def speech_rates(recording: Recording, parties: Parties) -> Iterator[Measurement]:
    for party in parties.by_role.values():
        yield _row("syllables_count", party.syllables, "syllables", recording, party)
        if not party.syllables:
            continue
        # Speech that was not made out has no syllables, so its time must not count either.
        turn_ms = total_ms(subtract(time_in_turns(party, parties), party.unheard))
        voiced_ms = total_ms(subtract(party.speech, party.unheard))
        for name, ms in (
            ("speech_rate_spm", turn_ms),
            ("articulation_rate_spm", voiced_ms),
            ("call_rate_spm", recording.duration_ms),
        ):
            if ms >= _LEAST_MS:
                yield _row(name, round(60_000 * party.syllables / ms, 1), "syllables/min", recording, party)


def time_in_turns(party: Party, parties: Parties) -> tuple[Span, ...]:
    """The party's speech with its own short pauses filled in."""
    others = parties.others(party.role)
    pauses = (Span(a.end_ms, b.start_ms) for a, b in pairwise(party.speech))
    filled = [p for p in pauses if p.duration_ms < PAUSE_MS and total_ms(common([p], others)) < _REPLY_MS]
    return merge([*party.speech, *filled])


def _row(name: str, value: float, unit: str, recording: Recording, party: Party) -> Measurement:
    return Measurement(name, float(value), unit, recording.span, party.role)

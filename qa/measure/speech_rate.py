"""Syllables per minute, by the three definitions that centres mean when they say 语速."""

from __future__ import annotations

from collections.abc import Iterator

from qa.measure.parties import Parties, Party
from qa.model import Measurement, Recording
from qa.span import subtract, total_ms

PAUSE_MS = 2500
"""Pauses shorter than this belong to the speaking (`speech_rate_spm`). The rubric says two seconds; voice activity
measures a pause up to a quarter second longer than the ear, because it leaves out soft ends and onsets, and slow speakers
pause 2.0 to 2.25 s at a comma. Left out, those would make the slowest speakers look the fastest."""
_LEAST_MS = 1000
"""No rate from less than a second of speech."""


def speech_rates(recording: Recording, parties: Parties) -> Iterator[Measurement]:
    for party in parties.by_role.values():
        yield _row("syllables_count", party.syllables, "syllables", recording, party)
        if not party.syllables:
            continue
        # Speech that was not made out has no syllables, so its time must not count either.
        turn_ms = total_ms(subtract(parties.with_pauses(party, PAUSE_MS), party.unheard))
        voiced_ms = total_ms(subtract(party.speech, party.unheard))
        for name, ms in (
            ("speech_rate_spm", turn_ms),
            ("articulation_rate_spm", voiced_ms),
            ("call_rate_spm", recording.duration_ms),
        ):
            if ms >= _LEAST_MS:
                yield _row(name, round(60_000 * party.syllables / ms, 1), "syllables/min", recording, party)


def _row(name: str, value: float, unit: str, recording: Recording, party: Party) -> Measurement:
    return Measurement(name, float(value), unit, recording.span, party.role)

"""Hears when a party raises their voice: louder and higher than their own usual, both at once.

Level alone is a hand nearer to the microphone, pitch alone a question. Sixty read sentences of two real speakers lie
within 3.2 dB and 2.0 semitones of their speaker's median (standard deviations 1.3 and 1.9 dB, 0.7 and 0.9 semitones),
and none beyond 4 dB and 0 semitones at once. There is no real anger to measure here, so the bounds keep clear of calm
speech and no more is claimed for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from statistics import median
from typing import NamedTuple

from qa.judge.matching import Ear, Match, Phrases
from qa.judge.reading import Duration
from qa.judge.view import View
from qa.model import Role

FEWEST_TURNS = 4
"""Turns from which a speaker's own usual can be told."""
SHORTEST_TURN_MS = 800
"""A 嗯 or 没有了 says nothing about anybody's usual voice."""


class Heard(NamedTuple):
    """One turn said in a raised voice."""

    match: Match
    over_db: float
    over_semitones: float
    doubt: str = ""

    def __str__(self) -> str:
        return f"声音比自己平时响 {self.over_db:.1f} 分贝、高 {self.over_semitones:.1f} 个半音"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """Bounds over the speaker's own median in this call, and the words that must go with them."""

    LABEL = "嗓门"

    any_of: Phrases
    """Words that would not do by themselves."""
    by_db: float = 5.0
    by_semitones: float = 2.0
    min_turn: Duration = Duration(1500)  # noqa: RUF009 - an int
    turns: int = 0
    """So many raised turns without such words go to a person, for joy and a noisy street raise voices too; 0: none."""

    def find(self, view: View, role: Role) -> tuple[Heard, ...]:
        """Nothing where there was no sound to measure, one channel for both, or nobody knows who is who."""
        return view.keep((self, role), lambda: self._find(view, role))

    def _find(self, view: View, role: Role) -> tuple[Heard, ...]:
        loud = self._raised_turns(view, role)
        if not loud:
            return ()
        words = {match.turn: match for match in reversed(self.any_of.find(view, role, Ear.NORMAL))}
        said = [Heard(words[turn], db, semitones) for turn, (db, semitones) in loud.items() if turn in words]
        silent = [turn for turn in loud if turn not in words]
        if self.turns and not said:
            for turn in silent[self.turns - 1 :]:
                heard = Heard(_whole(view, turn, role), *loud[turn])
                doubt = f"只有声音像动气，没有这样的话：{len(silent)} 轮，{heard}"
                said.append(heard._replace(doubt=doubt))
        return tuple(said)

    def _raised_turns(self, view: View, role: Role) -> dict[int, tuple[float, float]]:
        """Index of each raised turn → dB and semitones over the median of the party's turns."""
        if view.call.layout != "stereo" or not view.roles_known:
            return {}
        levels = [m for m in view.call.measured("turn_loudness_db", role) if m.span.duration_ms >= SHORTEST_TURN_MS]
        pitches = {
            m.span: m.value
            for m in view.call.measured("turn_pitch_hz", role)
            if m.span.duration_ms >= SHORTEST_TURN_MS and m.value > 0
        }
        if min(len(levels), len(pitches)) < FEWEST_TURNS:
            return {}
        usual_db, usual_hz = median(m.value for m in levels), median(pitches.values())
        turns = {view.spans[index]: index for exchange in view.exchanges_of(role) for index in exchange.turns}
        raised: dict[int, tuple[float, float]] = {}
        for row in levels:
            if row.span not in pitches or row.span not in turns or row.span.duration_ms < self.min_turn:
                continue
            over = row.value - usual_db, 12 * log2(pitches[row.span] / usual_hz)
            if over[0] >= self.by_db and over[1] >= self.by_semitones:
                raised[turns[row.span]] = over
        return raised


def _whole(view: View, turn: int, role: Role) -> Match:
    """All words of the turn, as if they were a phrase."""
    voice = view.voice(role)
    start = voice.turn_starts[voice.turns.index(turn)]
    said = view.turns[turn]
    return Match(
        start, start + len(view.texts[turn]), turn, turn, view.spans[turn], said.text.strip(), "", said.confidence
    )

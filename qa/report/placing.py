"""Finds the words that a finding quotes in the turns of its call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.model import Finding, Turn
from qa.span import Span

_LONGEST_MARKED = 24
"""Characters. A longer quote is the evidence of something not said, and marking a whole page says nothing."""
_SLACK_MS = 2_000
"""How far outside a finding's span its quote may lie: a window may begin where the quoted turn ends."""


@dataclass(frozen=True, slots=True)
class Place:
    """Characters `start` to `end` of turn number `turn`."""

    turn: int
    start: int
    end: int


def place_of(finding: Finding, turns: Sequence[Turn], spans: Sequence[Span]) -> Place | None:
    """Where the quote stands word for word, nearest to the finding's start; None where it is not one turn's words."""
    quote = _bare(finding.quote)
    if not quote or len(quote) > _LONGEST_MARKED:
        return None
    around = Span(finding.span.start_ms - _SLACK_MS, finding.span.end_ms + _SLACK_MS)
    found: list[tuple[int, int, Place]] = []
    for number, (turn, span) in enumerate(zip(turns, spans, strict=True)):
        if not span.overlaps(around):
            continue
        text = turn.text
        at = text.find(quote)
        while at >= 0:
            away_ms = abs(_start_ms(turn, at) - finding.span.start_ms)
            found.append((turn.role is not finding.role, away_ms, Place(number, at, at + len(quote))))
            at = text.find(quote, at + 1)
    return min(found, key=lambda each: each[:2])[2] if found else None


def home_of(finding: Finding, place: Place | None, turns: Sequence[Turn], spans: Sequence[Span]) -> int | None:
    """The turn beside which a finding is printed: its words', else the first of its role, else the last one before."""
    if place is not None:
        return place.turn
    for number, (turn, span) in enumerate(zip(turns, spans, strict=True)):
        if turn.role is finding.role and span.overlaps(finding.span):
            return number
    before = [number for number, span in enumerate(spans) if span.start_ms <= finding.span.start_ms]
    return before[-1] if before else (0 if turns else None)


def _bare(quote: str) -> str:
    """Without the punctuation around it: it hangs on words and was not said."""
    start, end = 0, len(quote)
    while start < end and not quote[start].isalnum():
        start += 1
    while start < end and not quote[end - 1].isalnum():
        end -= 1
    return quote[start:end]


def _start_ms(turn: Turn, at: int) -> int:
    chars = 0
    for word in turn.words:
        chars += len(word.text)
        if chars > at:
            return word.span.start_ms
    return turn.words[-1].span.start_ms

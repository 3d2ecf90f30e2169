"""Reads what the recogniser wavered to in the place of what it wrote, one alternative at a time.

Only a few characters of the turn around an alternative are searched, and only for phrases that have a pair of characters
that is new there. Most calls have some ten.

Measured: a phrase of the lexicons that stands in an alternative only was said 23 times out of 29. That spares; for a
deduction the sound of what was written must agree, too.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from qa.judge.nearness import FEWEST_SYLLABLES, NEGATIONS, Ear, accepts
from qa.judge.pattern import Choice, Gap, Part, Pattern, normal, openings
from qa.judge.view import View, Voice
from qa.judge.words import TURN_END, cuts_a_word
from qa.model import Alternative

CONTEXT = 16
"""Characters on each side: the longest phrases have a gap of eight and as much again on one side of it."""
WHOLE_WORDS = 4
"""A phrase of so few syllables must begin and end where words do to cost anything."""
_TURN_GOES_ON = " "
"""Stands in no phrase: keeps `^` and `$` from where only the context ends."""

Pieces = Mapping[str, tuple[Pattern, ...]]


class _Passage:
    """One alternative in its context: `text[start:end]` stands for `[at, until)` of the voice's text."""

    __slots__ = ("at", "end", "start", "text", "until")

    def __init__(self, before: str, instead: str, after: str, at: int, until: int) -> None:
        self.text = before + instead + after
        self.start, self.end = len(before), len(before) + len(instead)
        self.at, self.until = at, until

    def pieces(self) -> Iterator[str]:
        """What was not there before: each changed character, alone and with each neighbour."""
        yield from self.text[self.start : self.end]
        for first in range(max(0, self.start - 1), self.end):
            yield self.text[first : first + 2]

    def there(self, position: int, *, closes: bool) -> int:
        """The position in the voice's text."""
        if position <= self.start:
            return self.at - (self.start - position)
        if position >= self.end:
            return self.until + (position - self.end)
        if self.end - self.start == self.until - self.at:
            return self.at + (position - self.start)
        return self.until if closes else self.at

    def touched_by(self, start: int, end: int) -> bool:
        if self.start == self.end:
            return start < self.start < end
        return start < self.end and self.start < end


class Second(NamedTuple):
    """A place where the text would hold a phrase, had the recogniser decided otherwise."""

    start: int
    """First character in the voice's text of what was written instead."""
    end: int
    said: str
    """What would stand there."""
    written: str
    pattern: Pattern
    alone: bool
    """Whether it begins and ends where words do, or is too long to be a part of other words by chance."""

    @property
    def meant(self) -> str:
        """The phrase without what was said in its gaps."""
        ways = sorted(self.pattern.expansions, key=len, reverse=True)
        return next((way for way in ways if _runs_through(way, self.said)), self.said)


class Wavering:
    """The alternatives of one voice, each in its context."""

    def __init__(self, view: View, voice: Voice) -> None:
        self._voice = voice
        self._passages: dict[str, list[_Passage]] = defaultdict(list)
        """By what is new in them."""
        places = _places(view, voice)
        for one in view.call.alternatives.get(voice.role, ()):
            at = places.get(one.span.start_ms)
            changed = _changed(voice.text, at, one) if at is not None else None
            if changed is not None:
                start, end, instead = changed
                passage = _Passage(_before(voice.text, start), instead, _after(voice.text, end), start, end)
                for piece in passage.pieces():
                    self._passages[piece].append(passage)

    def find(self, pieces: Pieces) -> list[Second]:
        """The phrases that have a changed character in them, in order; of those that begin together the longest first.

        `pieces`: `pieces_of` the patterns that are looked for.
        """
        touched = {
            # To hash a pattern is to hash its whole tree.
            (id(passage), id(pattern)): (passage, pattern)
            for piece in pieces.keys() & self._passages.keys()
            for passage in self._passages[piece]
            for pattern in pieces[piece]
        }
        found = [one for passage, pattern in touched.values() for one in self._seconds(passage, pattern)]
        return sorted(found, key=lambda one: (one.start, -one.end, one.said, one.pattern.source))

    def _seconds(self, passage: _Passage, pattern: Pattern) -> Iterator[Second]:
        for found in _expression(pattern.written).finditer(passage.text):
            start, end = found.span()
            first, last = passage.there(start, closes=False), passage.there(end, closes=True)
            # What was put in as a whole has no word, and so no time, of its own.
            if first < last and passage.touched_by(start, end):
                # Only a short phrase is asked whether it cuts words, and it takes time to know.
                alone = len(found[0]) > WHOLE_WORDS or not cuts_a_word(passage.text, start, end)
                yield Second(first, last, found[0], self._voice.text[first:last], pattern, alone)


def wavering_of(view: View, voice: Voice) -> Wavering | None:
    """None where nothing wavered: then nothing costs any time either."""
    if not view.call.alternatives.get(voice.role):
        return None
    return view.keep(("wavering", voice), lambda: Wavering(view, voice))


def counts(second: Second, ear: Ear) -> bool:
    """Whether the ear takes it for the phrase: the generous one by the recogniser's word, the strict one by sound, too."""
    if ear is Ear.GENEROUS:
        turned = any(second.said.count(one) != second.written.count(one) for one in NEGATIONS)
        return len(second.said) >= FEWEST_SYLLABLES[ear] and not turned
    # The normal ear already hears all that the second witness would accept.
    return ear is Ear.STRICT and second.alone and accepts(second.said, second.written, Ear.NORMAL) is not None


def pieces_of(patterns: tuple[Pattern, ...]) -> Pieces:
    """The patterns by pairs of characters of their phrases, and by single ones with a gap on each side.

    A phrase is new in a text where one of these is. Patterns with too many ways of saying them are left out.
    """
    found: dict[str, dict[Pattern, None]] = defaultdict(dict)
    for pattern in patterns:
        for way in pattern.expansions:
            for pair in pairwise(way):
                found["".join(pair)][pattern] = None
        if pattern.has_gap:
            for single in _singles(pattern):
                found[single][pattern] = None
    return {piece: tuple(some) for piece, some in found.items()}


def _singles(pattern: Pattern) -> Iterator[str]:
    stretch: list[Part] = []
    for part in (*pattern.parts, Gap(0)):
        if isinstance(part, Gap):
            yield from (one for one in openings(tuple(stretch), 2) if len(one) == 1)
            stretch = []
        elif isinstance(part, Choice) and any(isinstance(one, Gap) for option in part.options for one in option):
            # A gap inside a choice: too rare to be told apart.
            yield from "".join(pattern.expansions)
        else:
            stretch.append(part)


@lru_cache(maxsize=4096)
def _expression(written: str) -> re.Pattern[str]:
    return re.compile(written, re.MULTILINE)


def _runs_through(way: str, said: str) -> bool:
    rest = iter(said)
    return all(char in rest for char in way)


def _places(view: View, voice: Voice) -> dict[int, int]:
    """Where the first words of alternatives stand in the voice's text, by the time at which they begin."""
    wanted = sorted({one.span.start_ms for one in view.call.alternatives[voice.role]})
    found: dict[int, int] = {}
    for begins, turn in zip(voice.turn_starts, voice.turns, strict=True):
        span = view.spans[turn]
        first, last = bisect_left(wanted, span.start_ms), bisect_left(wanted, span.end_ms)
        if first == last:
            continue
        starts = [word.span.start_ms for word in view.turns[turn].words]
        for start_ms in wanted[first:last]:
            if start_ms in starts:
                at = begins + sum(map(len, view.forms[turn][: starts.index(start_ms)]))
                found.setdefault(start_ms, at)
    return found


def _changed(text: str, at: int, one: Alternative) -> tuple[int, int, str] | None:
    """What of the voice's text would change and into what; None where nothing would, or it goes over turns."""
    end = at + len(normal(one.heard))
    instead = normal(one.text)
    if end > len(text) or TURN_END in text[at:end]:
        return None
    while at < end and instead and text[at] == instead[0]:
        at, instead = at + 1, instead[1:]
    while at < end and instead and text[end - 1] == instead[-1]:
        end, instead = end - 1, instead[:-1]
    return (at, end, instead) if at < end or instead else None


def _before(text: str, start: int) -> str:
    begins = max(text.rfind(TURN_END, max(0, start - CONTEXT), start) + 1, start - CONTEXT, 0)
    goes_on = begins > 0 and text[begins - 1] != TURN_END
    return (_TURN_GOES_ON if goes_on else "") + text[begins:start]


def _after(text: str, end: int) -> str:
    turn_end = text.find(TURN_END, end, end + CONTEXT)
    ends = turn_end if turn_end >= 0 else min(len(text), end + CONTEXT)
    goes_on = ends < len(text) and text[ends] != TURN_END
    return text[end:ends] + (_TURN_GOES_ON if goes_on else "")

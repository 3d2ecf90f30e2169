"""Finds phrases in what a party says, in writing and by sound, and says when and in which words they were spoken.

Writing first: whatever stands in the text to the letter outranks anything that only sounds like it, and that whatever
only stands in what the recogniser nearly wrote (`qa/judge/wavering.py`). The expressions
of one set of phrases are compiled once and run once over all that a party says.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from qa.judge.alike import Alike
from qa.judge.nearness import Ear
from qa.judge.pattern import Pattern, normal
from qa.judge.search import Search
from qa.judge.stray import Stray
from qa.judge.view import Line, View, Voice
from qa.judge.wavering import Pieces, Wavering, counts, pieces_of, wavering_of
from qa.judge.words import TURN_END, tokens
from qa.model import Role
from qa.span import Span

_AS_WRITTEN = attrgetter("written")
_TRIMMED = re.compile(r"^\W+|\W+$")


class Match(NamedTuple):
    """One place where a phrase was said."""

    start: int
    """First character in the voice's text."""
    end: int
    turn: int
    """Index in `call.turns` of the turn that it begins in."""
    last_turn: int
    span: Span
    quote: str
    near: str
    """The phrase that was meant, where only the sound agrees."""
    confidence: float


class _Place(NamedTuple):
    start: int
    end: int
    near: str = ""

    def overlaps(self, other: _Place) -> bool:
        return self.start < other.end and other.start < self.end


class Phrases:
    """A set of phrases that are looked for together."""

    def __init__(
        self,
        *,
        patterns: tuple[Pattern, ...] = (),
        exact: tuple[Pattern, ...] = (),
        words: tuple[str, ...] = (),
        excepts: tuple[Pattern, ...] = (),
    ) -> None:
        self.patterns = patterns
        self.exact = exact
        self.words = tuple(normal(word) for word in words)
        self.excepts = excepts

    def __bool__(self) -> bool:
        return bool(self.patterns or self.exact or self.words)

    def __reduce__(self) -> tuple[object, ...]:
        # Compiled expressions over sounds mean something only in the process that made them.
        return _rebuild, (self.patterns, self.exact, self.words, self.excepts)

    def find(self, view: View, role: Role, ear: Ear = Ear.OFF) -> tuple[Match, ...]:
        """All places in the order in which they are said; places do not overlap."""
        return view.keep((self.key, role, ear), lambda: self._all_matches(view, role, ear))

    @cached_property
    def key(self) -> str:
        """The same for the same phrases, also of another rubric."""
        patterns, exact, excepts = ([one.source for one in some] for some in (self.patterns, self.exact, self.excepts))
        return hashlib.sha256(repr((patterns, exact, self.words, excepts)).encode()).hexdigest()

    def _all_matches(self, view: View, role: Role, ear: Ear) -> tuple[Match, ...]:
        if role not in view.parties:
            return ()
        voice = view.voice(role)
        found = self._matches(voice, ear, wavering_of(view, voice))
        linked = view.linked_voice(role)
        if ear is not Ear.GENEROUS or not linked.turns:
            return found
        # Only a generous ear joins what a pause broke in two: joined words may never have been meant as one.
        broken = [match for match in self._matches(linked, ear) if match.last_turn != match.turn]
        apart = [one for one in broken if not any(one.span.overlaps(other.span) for other in found)]
        return tuple(sorted((*found, *apart), key=lambda match: match.span))

    def _matches(self, voice: Voice, ear: Ear, wavering: Wavering | None = None) -> tuple[Match, ...]:
        places = self._written_places(voice)
        if ear is not Ear.OFF:
            places += self._near_places(voice, ear, places)
        if wavering is not None and ear in (Ear.STRICT, Ear.GENEROUS):
            places += self._wavering_places(wavering, ear, places)
        if places and self.excepts:
            spared = list(self._spared(voice, {voice.line_at(place.start) for place in places}))
            if wavering is not None and ear is not Ear.GENEROUS:
                spared += self._spared_by(wavering)
            places = [place for place in places if not any(place.overlaps(other) for other in spared)]
        return tuple(_match(voice, place) for place in sorted(places))

    def _written_places(self, voice: Voice) -> list[_Place]:
        found = self._written.find(voice.text, voice.written)
        places = [_Place(*one.span()) for one in found]
        for word in self.words:
            places += [place for place in _whole_words(voice, word) if not any(map(place.overlaps, places))]
        return places

    def _near_places(self, voice: Voice, ear: Ear, written: list[_Place]) -> list[_Place]:
        taken = bytearray(len(voice.text))
        for place in written:
            taken[place.start : place.end] = b"x" * (place.end - place.start)
        near: list[_Place] = []
        for start, end, phrase in chain(self._alike.find(voice, ear, taken), self._stray.find(voice, ear, taken)):
            if not any(taken[start:end]):
                near.append(_Place(start, end, phrase))
                taken[start:end] = b"x" * (end - start)
        return near

    def _wavering_places(self, wavering: Wavering, ear: Ear, taken: list[_Place]) -> list[_Place]:
        """Phrases that only stand in what the recogniser wavered to; whatever the best text holds outranks them."""
        found: list[_Place] = []
        for second in wavering.find(self._pieces):
            place = _Place(second.start, second.end)
            if counts(second, ear) and not any(map(place.overlaps, (*taken, *found))):
                found.append(place._replace(near=second.meant))
        if found and self.excepts:
            spared = self._spared_by(wavering)
            found = [place for place in found if not any(map(place.overlaps, spared))]
        return found

    def _spared_by(self, wavering: Wavering) -> list[_Place]:
        return [_Place(second.start, second.end) for second in wavering.find(self._excepted_pieces)]

    def _spared(self, voice: Voice, lines: set[Line]) -> Iterator[_Place]:
        """Where in these lines an exception is said; by sound too, for one that is misheard must not cost anything."""
        yield from (_Place(*found.span()) for found in self._excepted.find_in(voice.text, lines))
        # Weighed like a phrase: the bare sounds of an exception are in too much that should not be excused.
        yield from (_Place(*found) for found in self._excepted_by_sound.find_in(voice, Ear.STRICT, lines))

    @cached_property
    def _soundable(self) -> tuple[Pattern, ...]:
        return tuple(pattern for pattern in self.patterns if pattern.expansions)

    @cached_property
    def _written(self) -> Search:
        return Search((*self.patterns, *self.exact), _AS_WRITTEN, str)

    @cached_property
    def _excepted(self) -> Search:
        return Search(self.excepts, _AS_WRITTEN, str)

    @cached_property
    def _excepted_by_sound(self) -> Alike:
        return Alike(tuple(pattern for pattern in self.excepts if pattern.expansions))

    @cached_property
    def _alike(self) -> Alike:
        return Alike(self._soundable)

    @cached_property
    def _pieces(self) -> Pieces:
        return pieces_of(self._soundable)

    @cached_property
    def _excepted_pieces(self) -> Pieces:
        return pieces_of(self.excepts)

    @cached_property
    def _stray(self) -> Stray:
        return Stray(self._soundable)


def _rebuild(
    patterns: tuple[Pattern, ...], exact: tuple[Pattern, ...], words: tuple[str, ...], excepts: tuple[Pattern, ...]
) -> Phrases:
    return Phrases(patterns=patterns, exact=exact, words=words, excepts=excepts)


def _match(voice: Voice, place: _Place) -> Match:
    start, end, near = place
    words = voice.words_between(start, end)
    return Match(
        start,
        end,
        voice.turn_at(start),
        voice.turn_at(end - 1),
        Span(words[0].span.start_ms, max([word.span.end_ms for word in words])),
        _TRIMMED.sub("", "".join([word.text for word in words])),
        near,
        sum([word.confidence for word in words]) / len(words),
    )


def _whole_words(voice: Voice, word: str) -> Iterator[_Place]:
    """Where jieba, too, sees the characters as one word: 滚 and not 滚动."""
    start = 0
    for line, plain in zip(voice.text.split(TURN_END), voice.plain.split(TURN_END), strict=True):
        if word in line:
            at = start
            for token in tokens(plain):
                if normal(token) == word:
                    yield _Place(at, at + len(word))
                at += len(token)
        start += len(line) + len(TURN_END)


__all__ = ["Ear", "Match", "Phrases"]

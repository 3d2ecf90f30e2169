"""Finds phrases into which the recogniser put a syllable too many, or of which it lost or mistook one.

A phrase with one edit inside still has its beginning or its end: these are looked up in an index of the text, and only
where one is found are the two compared. Phrases of three and four syllables are known by two, longer ones by three.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

from qa.judge.index import Index
from qa.judge.nearness import Ear, one_edit, one_more
from qa.judge.pattern import Pattern
from qa.judge.sound import symbols_of
from qa.judge.view import Voice
from qa.judge.words import TURN_END

DOUBTFUL_WORD = 0.6
"""A stray syllable in a phrase of three is one that the recogniser does not believe in itself."""
FEWEST_SYLLABLES = {Ear.STRICT: 3, Ear.NORMAL: 6, Ear.GENEROUS: 5}
FEWEST_WITH_LOSS = 6
"""A shorter phrase with another syllable in it, or one fewer, is another phrase: 我要下班了, 我要下单了."""
MOST_PHRASES = 48
"""Ways of saying one pattern that are looked for with an edit."""

Found = tuple[int, int, str]


class Stray:
    """The phrases of some patterns, by what they begin and end with."""

    def __init__(self, patterns: tuple[Pattern, ...]) -> None:
        self._phrases = [
            phrase
            for pattern in patterns
            if not pattern.has_gap and not pattern.is_anchored and len(pattern.expansions) <= MOST_PHRASES
            for phrase in pattern.expansions
        ]

    def find(self, voice: Voice, ear: Ear, taken: bytearray) -> list[Found]:
        """Places with their phrase. The strict ear takes only a syllable too many, all others to the letter.

        In the order in which they begin, and of several that begin together the longest first: the same in every run.
        """
        found = sorted(self._with_one_more(voice, taken), key=_by_place)
        if ear is not Ear.STRICT:
            found += sorted(self._with_one_edit(voice, taken, FEWEST_SYLLABLES[ear]), key=_by_place)
        return found

    def _with_one_more(self, voice: Voice, taken: bytearray) -> Iterator[Found]:
        text = voice.text
        for start, end, phrase in self._written_ends.stretches(text, voice.written(2), taken):
            heard = text[start:end]
            at = one_more(phrase, heard)
            if at is None or TURN_END in heard:
                continue
            if len(phrase) > 3 or voice.words[voice.owners[start + at]].confidence < DOUBTFUL_WORD:
                yield start, end, phrase

    def _with_one_edit(self, voice: Voice, taken: bytearray, fewest: int) -> Iterator[Found]:
        text = voice.text
        for start, end, phrase in self._spoken_ends.stretches(text, voice.spoken(3), taken):
            if len(phrase) >= fewest and one_edit(phrase, heard := text[start:end]) and TURN_END not in heard:
                yield start, end, phrase

    @cached_property
    def _written_ends(self) -> _Ends:
        phrases = [phrase for phrase in self._phrases if len(phrase) >= FEWEST_SYLLABLES[Ear.STRICT]]
        return _Ends(phrases, str, 2, lambda _: (1,))

    @cached_property
    def _spoken_ends(self) -> _Ends:
        long = [phrase for phrase in self._phrases if len(phrase) >= FEWEST_SYLLABLES[Ear.GENEROUS]]
        return _Ends(long, symbols_of, 3, _extras)


class _Ends:
    """Phrases by the `length` characters at either of their ends, and by the one at the far end from there.

    `forms`: in which ways a character may stand in the text; `extras`: by how many characters a stretch may be longer.
    """

    def __init__(
        self, phrases: list[str], forms: Callable[[str], str], length: int, extras: Callable[[str], tuple[int, ...]]
    ) -> None:
        self._forms, self._length = forms, length
        self._far_ends: dict[str, dict[int, dict[str, list[str]]]] = {}
        for phrase in phrases:
            # The text has one form for each character, the most frequent one.
            form = "".join([forms(char)[0] for char in phrase])
            for extra in extras(phrase):
                reach = len(phrase) + extra
                self._add(phrase, form[:length], reach - 1, phrase[-1])
                self._add(phrase, form[-length:], length - reach, phrase[0])
        self._pieces = frozenset(self._far_ends)

    def _add(self, phrase: str, near_end: str, distance: int, far_end: str) -> None:
        by_form = self._far_ends.setdefault(near_end, {}).setdefault(distance, {})
        for form in self._forms(far_end):
            by_form.setdefault(form, []).append(phrase)

    def stretches(self, text: str, index: Index, taken: bytearray) -> Iterator[Found]:
        """Stretches of the text that have one end of a phrase and, where the other should be, its last character."""
        size, length, forms = len(text), self._length, self._forms
        for piece in index.common(self._pieces):
            far_ends = self._far_ends[piece]
            for at in index[piece]:
                if not taken[at]:
                    for distance, by_form in far_ends.items():
                        far = at + distance
                        if 0 <= far < size:
                            for form in forms(text[far]):
                                for phrase in by_form.get(form, ()):
                                    yield min(at, far), max(at + length, far + 1), phrase


def _extras(phrase: str) -> tuple[int, ...]:
    """By how many characters a stretch may differ in length from the phrase."""
    return (0, 1, -1) if len(phrase) >= FEWEST_WITH_LOSS else (1,)


def _by_place(found: Found) -> tuple[int, int, str]:
    start, end, phrase = found
    return start, -end, phrase

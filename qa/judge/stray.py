"""Finds phrases into which the recogniser put a syllable too many, or of which it lost or mistook one.

A phrase with one edit inside still has its beginning or its end: these are looked up in an index of the text, and only
where one is found are the two compared. Phrases of three and four syllables are known by two, longer ones by three.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from qa.judge.index import Index
from qa.judge.nearness import Ear, one_edit, one_more
from qa.judge.pattern import Pattern
from qa.judge.sound import CONFUSED, cost, sounds
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
    """The phrases of some patterns, by their first and last pairs."""

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
        for start, end, phrase in self._written_ends.one_longer(text, voice.written(2), taken):
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
        return _Ends(phrases, phrases, 2)

    @cached_property
    def _spoken_ends(self) -> _Ends:
        long = [phrase for phrase in self._phrases if len(phrase) >= FEWEST_SYLLABLES[Ear.GENEROUS]]
        return _Ends(long, [sounds(phrase) for phrase in long], 3)


class _Ends:
    """Phrases by their first and by their last `length` characters, in one form."""

    def __init__(self, phrases: list[str], forms: list[str], length: int) -> None:
        heads: dict[str, list[str]] = defaultdict(list)
        tails: dict[str, list[str]] = defaultdict(list)
        for phrase, form in zip(phrases, forms, strict=True):
            heads[form[:length]].append(phrase)
            tails[form[-length:]].append(phrase)
        self._heads, self._tails, self._length = dict(heads), dict(tails), length
        self._all_heads, self._all_tails = frozenset(heads), frozenset(tails)

    def one_longer(self, text: str, index: Index, taken: bytearray) -> Iterator[Found]:
        """Stretches one character longer than a phrase whose first and last character are the phrase's own."""
        size = len(text)
        for head in index.common(self._all_heads):
            phrases = self._heads[head]
            for start in index[head]:
                if not taken[start]:
                    for phrase in phrases:
                        last = start + len(phrase)
                        if last < size and text[last] == phrase[-1]:
                            yield start, last + 1, phrase
        for tail in index.common(self._all_tails):
            phrases = self._tails[tail]
            for at in index[tail]:
                if not taken[at]:
                    end = at + self._length
                    for phrase in phrases:
                        start = end - len(phrase) - 1
                        if start >= 0 and text[start] == phrase[0]:
                            yield start, end, phrase

    def stretches(self, text: str, index: Index, taken: bytearray) -> Iterator[Found]:
        """Stretches that sound like a phrase at both ends: as long as it, one character longer, one shorter."""
        size = len(text)
        for head in index.common(self._all_heads):
            phrases = self._heads[head]
            for start in index[head]:
                if not taken[start]:
                    for phrase in phrases:
                        for extra in _extras(phrase):
                            end = start + len(phrase) + extra
                            if end <= size and cost(phrase[-1], text[end - 1]) <= CONFUSED:
                                yield start, end, phrase
        for tail in index.common(self._all_tails):
            phrases = self._tails[tail]
            for at in index[tail]:
                if not taken[at]:
                    end = at + self._length
                    for phrase in phrases:
                        for extra in _extras(phrase):
                            start = end - len(phrase) - extra
                            if start >= 0 and cost(phrase[0], text[start]) <= CONFUSED:
                                yield start, end, phrase


def _extras(phrase: str) -> tuple[int, ...]:
    """By how many characters a stretch may differ in length from the phrase."""
    return (0, 1, -1) if len(phrase) >= FEWEST_WITH_LOSS else (1,)


def _by_place(found: Found) -> tuple[int, int, str]:
    start, end, phrase = found
    return start, -end, phrase

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
from qa.judge.sound import sounds
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
Ends = dict[str, list[str]]


class Stray:
    """The phrases of some patterns, by their first and last pairs."""

    def __init__(self, patterns: tuple[Pattern, ...]) -> None:
        self._phrases = [
            phrase
            for pattern in patterns
            if not pattern.has_gap and not pattern.is_anchored and len(pattern.expansions) <= MOST_PHRASES
            for phrase in pattern.expansions
        ]

    def find(self, voice: Voice, ear: Ear, taken: bytearray) -> Iterator[Found]:
        """Places with their phrase. The strict ear takes only a syllable too many, all others to the letter."""
        yield from self._with_one_more(voice, taken)
        if ear is not Ear.STRICT:
            yield from self._with_one_edit(voice, taken, FEWEST_SYLLABLES[ear])

    def _with_one_more(self, voice: Voice, taken: bytearray) -> Iterator[Found]:
        heads, tails = self._written_ends
        index = voice.written(2)
        for start, end, phrase in _candidates(heads, tails, index, (1,), taken):
            heard = voice.text[max(0, start) : end]
            if start < 0 or len(heard) != len(phrase) + 1 or TURN_END in heard:
                continue
            at = one_more(phrase, heard)
            if at is None:
                continue
            if len(phrase) > 3 or voice.words[voice.owners[start + at]].confidence < DOUBTFUL_WORD:
                yield start, end, phrase

    def _with_one_edit(self, voice: Voice, taken: bytearray, fewest: int) -> Iterator[Found]:
        heads, tails = self._spoken_ends
        index = voice.spoken(3)
        for start, end, phrase in _candidates(heads, tails, index, (0, 1, -1), taken):
            heard = voice.text[max(0, start) : end]
            if len(phrase) < fewest or start < 0 or end > len(voice.text) or TURN_END in heard:
                continue
            if len(heard) <= len(phrase) < FEWEST_WITH_LOSS:
                continue
            if one_edit(phrase, heard):
                yield start, end, phrase

    @cached_property
    def _written_ends(self) -> tuple[Ends, Ends]:
        phrases = [phrase for phrase in self._phrases if len(phrase) >= FEWEST_SYLLABLES[Ear.STRICT]]
        return _ends(phrases, phrases, 2)

    @cached_property
    def _spoken_ends(self) -> tuple[Ends, Ends]:
        long = [phrase for phrase in self._phrases if len(phrase) >= FEWEST_SYLLABLES[Ear.GENEROUS]]
        return _ends(long, [sounds(phrase) for phrase in long], 3)


def _ends(phrases: list[str], forms: list[str], length: int) -> tuple[Ends, Ends]:
    heads: Ends = defaultdict(list)
    tails: Ends = defaultdict(list)
    for phrase, form in zip(phrases, forms, strict=True):
        heads[form[:length]].append(phrase)
        tails[form[-length:]].append(phrase)
    return heads, tails


def _candidates(heads: Ends, tails: Ends, index: Index, more: tuple[int, ...], taken: bytearray) -> Iterator[Found]:
    """Stretches that begin with a phrase's head or end with its tail, `more` characters longer than the phrase."""
    for head in index.common(heads.keys()):
        for start in index[head]:
            if not taken[start]:
                for phrase in heads[head]:
                    for extra in more:
                        yield start, start + len(phrase) + extra, phrase
    for tail in index.common(tails.keys()):
        for last in index[tail]:
            if not taken[last]:
                end = last + len(tail)
                for phrase in tails[tail]:
                    for extra in more:
                        yield end - len(phrase) - extra, end, phrase

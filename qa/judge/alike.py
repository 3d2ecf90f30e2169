"""Finds phrases that were written with other characters of the same, or nearly the same, sound."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import product
from operator import attrgetter

from qa.judge.nearness import FEWEST_SYLLABLES, Ear, accepts
from qa.judge.pattern import Pattern
from qa.judge.search import Search
from qa.judge.sound import symbols_of
from qa.judge.view import Line, Voice
from qa.judge.words import cuts_a_word

SHORT = 4
"""A phrase of so few syllables sounds like parts of innocent words: a strict ear wants whole words."""
SHORTEST = min(FEWEST_SYLLABLES.values())
_AS_SPOKEN = attrgetter("spoken")
KNOWN_BY = 4
"""First sounds by which phrases are looked up; each may have two readings, and all of a long phrase would be too many."""
Found = tuple[int, int, str]


class Alike:
    """The patterns of one set, searched by one expression over sounds; what it finds is weighed by its characters."""

    def __init__(self, patterns: tuple[Pattern, ...]) -> None:
        self._patterns = tuple(pattern for pattern in patterns if max(map(len, pattern.expansions)) >= SHORTEST)

    def find(self, voice: Voice, ear: Ear, taken: bytearray) -> Iterator[Found]:
        """Places with the phrase that was meant, outside the characters that are `taken`."""
        for found in self._search(ear).find(voice.sounds, voice.spoken):
            if not any(taken[found.start() : found.end()]):
                yield from self._weighed(found, voice, ear)

    def find_in(self, voice: Voice, ear: Ear, lines: Iterable[Line]) -> Iterator[Found]:
        """All that is near enough in some lines of the voice's text."""
        for found in self._search(ear).find_in(voice.sounds, lines):
            yield from self._weighed(found, voice, ear)

    def _weighed(self, found: re.Match[str], voice: Voice, ear: Ear) -> Iterator[Found]:
        start, end = found.span()
        best = self._nearest(voice.text[start:end], found[0], ear)
        if best is not None and not (
            ear is Ear.STRICT and len(best[1]) <= SHORT and cuts_a_word(voice.plain, start, end)
        ):
            yield start, end, best[1]

    def _search(self, ear: Ear) -> Search:
        return self._any_length if FEWEST_SYLLABLES[ear] == SHORTEST else self._longer

    @cached_property
    def _any_length(self) -> Search:
        return Search(self._patterns, _AS_SPOKEN, symbols_of)

    @cached_property
    def _longer(self) -> Search:
        longer = tuple(one for one in self._patterns if max(map(len, one.expansions)) > SHORTEST)
        return Search(longer, _AS_SPOKEN, symbols_of)

    @cached_property
    def _phrases(self) -> dict[tuple[int, str], list[str]]:
        """Phrases without a gap by their length and how they may begin to sound."""
        found: dict[tuple[int, str], list[str]] = defaultdict(list)
        for pattern in self._patterns:
            if not pattern.has_gap:
                for phrase in pattern.expansions:
                    for sound in product(*map(symbols_of, phrase[:KNOWN_BY])):
                        found[len(phrase), "".join(sound)].append(phrase)
        return found

    @cached_property
    def _gapped(self) -> tuple[Pattern, ...]:
        return tuple(pattern for pattern in self._patterns if pattern.has_gap)

    def _nearest(self, heard: str, heard_sounds: str, ear: Ear) -> tuple[float, str] | None:
        """The nearest phrase with its mean cost, or None where none is near enough."""
        best: tuple[float, str] | None = None
        for phrase in self._phrases.get((len(heard), heard_sounds[:KNOWN_BY]), ()):
            best = _better(best, phrase, heard, ear)
        for pattern in self._gapped:
            found = pattern.spoken_with_gaps.fullmatch(heard_sounds)
            if found is not None:
                said = _without_gaps(heard, found)
                alone = _alone(heard, found)
                for phrase in pattern.expansions:
                    if len(phrase) == len(said) and all(phrase[at] == said[at] for at in alone):
                        best = _better(best, phrase, said, ear)
        return best


def _better(best: tuple[float, str] | None, phrase: str, heard: str, ear: Ear) -> tuple[float, str] | None:
    mean = accepts(phrase, heard, ear)
    return (mean, phrase) if mean is not None and (best is None or mean < best[0]) else best


def _alone(heard: str, found: re.Match[str]) -> tuple[int, ...]:
    """Syllables with a gap on each side, or a gap and an end, counted without what the gaps hold.

    One syllable has homophones in too many words to be known by its sound: 跟您…争 is in 跟您保证.
    """
    gaps = [found.span(group) for group in range(1, len(found.groups()) + 1) if found.start(group) >= 0]
    alone, start, dropped = [], 0, 0
    for gap_start, gap_end in (*gaps, (len(heard), len(heard))):
        if gap_start - start == 1:
            alone.append(start - dropped)
        dropped += gap_end - gap_start
        start = gap_end
    return tuple(alone)


def _without_gaps(heard: str, found: re.Match[str]) -> str:
    for group in range(len(found.groups()), 0, -1):
        start, end = found.span(group)
        if start >= 0:
            heard = heard[:start] + heard[end:]
    return heard

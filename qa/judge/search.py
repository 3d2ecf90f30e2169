"""Finds many patterns in a text, each tried only where the text begins like it.

An expression of two hundred alternatives costs a microsecond at each character. Most phrases are known by their first
two characters: these pairs are looked up in an index of the text that all searches share, and what is tried there are
the few patterns that begin so. A phrase of one character and a gap (我…6处理不了) would be tried wherever anybody says
我: it is known by what must follow its gap.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable

from qa.judge.index import Index
from qa.judge.pattern import Pattern, after_gap, openings

_MatchAt = Callable[[str, int], re.Match[str] | None]
_Before = tuple[int, int, frozenset[str]]
"""How many characters before a piece a phrase begins, at least and at most, and with which characters."""


class Search:
    """Some patterns in one form: as they are written or as they sound.

    `form` gives a pattern's expression, `forms` the characters that may stand in the text for one of a phrase.
    """

    def __init__(
        self, patterns: tuple[Pattern, ...], form: Callable[[Pattern], str], forms: Callable[[str], str]
    ) -> None:
        # Longer expressions first, so that the longer of two phrases is the one that is quoted.
        by_expression = {form(pattern): pattern for pattern in patterns}
        self._expressions = sorted(by_expression, key=len, reverse=True)
        begins: dict[str, set[int]] = defaultdict(set)
        later: dict[str, set[_Before]] = defaultdict(set)
        singles: set[str] = set()
        for place, expression in enumerate(self._expressions):
            pattern = by_expression[expression]
            own = _written_out(openings(pattern.parts, 2), forms)
            for opening in own:
                begins[opening].add(place)
            first = frozenset(one for one in own if len(one) == 1)
            if first:
                follows = after_gap(pattern.parts, 2)
                if follows is None:
                    singles |= first
                else:
                    for piece in _written_out(follows.openings, forms):
                        later[piece].add((follows.nearest, follows.farthest, first))
        self._begins = dict(begins)
        self._pairs = frozenset(one for one in begins if len(one) == 2)
        self._singles = frozenset(singles)
        self._later = {piece: tuple(before) for piece, before in later.items()}
        self._later_pieces = frozenset(later)
        self._compiled: dict[tuple[int, ...], _MatchAt] = {}
        self._match_at: dict[str, _MatchAt] = {}

    def find(self, text: str, index: Callable[[int], Index]) -> list[re.Match[str]]:
        """What `finditer` would find, in order and without overlaps. `index(n)`: where pieces of `n` characters are."""
        if not self._expressions:
            return []
        pairs = index(2)
        starts = [at for pair in pairs.common(self._pairs) for at in pairs[pair]]
        starts += self._gapped_starts(text, index)
        return self._matches(text, sorted(starts))

    def find_in(self, text: str, lines: Iterable[tuple[int, int]]) -> list[re.Match[str]]:
        """The same in some lines only, from their first characters to their ends: cheaper where they are few."""
        begins = self._begins
        starts = [at for line in lines for at in range(*line) if text[at : at + 2] in begins or text[at] in begins]
        return self._matches(text, sorted(starts))

    def _matches(self, text: str, starts: list[int]) -> list[re.Match[str]]:
        found: list[re.Match[str]] = []
        end = 0
        begins, match_at = self._begins, self._match_at
        for start in starts:
            if start >= end:
                opening = text[start : start + 2]
                if opening not in begins:
                    opening = text[start]
                match = match_at.get(opening) or self._compiled_for(opening)
                if one := match(text, start):
                    found.append(one)
                    end = one.end()
        return found

    def _compiled_for(self, opening: str) -> _MatchAt:
        """One expression for all patterns that may begin so, made when first the opening is met."""
        places = tuple(sorted(self._begins[opening] | self._begins.get(opening[0], set())))
        if places not in self._compiled:
            expression = "|".join([self._expressions[place] for place in places])
            self._compiled[places] = re.compile(expression, re.MULTILINE).match
        return self._match_at.setdefault(opening, self._compiled[places])

    def _gapped_starts(self, text: str, index: Callable[[int], Index]) -> list[int]:
        """Where a phrase of one character and a gap may begin: all places where one does, and some others."""
        starts: list[int] = []
        if self._later:
            pairs = index(2)
            for piece in pairs.common(self._later_pieces):
                for nearest, farthest, first in self._later[piece]:
                    for at in pairs[piece]:
                        before = range(at - farthest if at > farthest else 0, at - nearest + 1)
                        starts += [one for one in before if text[one] in first]
        if self._singles:
            singles = index(1)
            for single in singles.common(self._singles):
                starts += singles[single]
        return starts


def _written_out(pieces: Iterable[str], forms: Callable[[str], str]) -> set[str]:
    """Each piece in all ways in which its characters may stand in the text."""
    found: set[str] = set()
    for piece in pieces:
        ways = [""]
        for char in piece:
            ways = [way + form for way in ways for form in forms(char)]
        found.update(ways)
    return found

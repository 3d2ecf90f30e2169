"""Runs one expression for many patterns over a text, only where the text may begin like one of them.

An expression of two hundred alternatives costs a microsecond at each character. Most phrases are known by their first
two characters, and these pairs are looked up in an index of the text that all searches share. A phrase of one
character and a gap (我…6处理不了) would be tried wherever anybody says 我: it is known by what must follow its gap.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable

from qa.judge.index import Index
from qa.judge.pattern import Pattern, after_gap, any_of, openings

_Before = tuple[int, int, frozenset[str]]
"""How many characters before a piece a phrase begins, at least and at most, and with which characters."""


class Search:
    """Some patterns in one form: as written (`literal` gives the character itself) or as they sound."""

    def __init__(
        self, patterns: tuple[Pattern, ...], form: Callable[[Pattern], str], forms: Callable[[str], str]
    ) -> None:
        openings_of = {pattern: openings(pattern.parts, 2) for pattern in patterns}
        gapped = [pattern for pattern in patterns if any(len(one) == 1 for one in openings_of[pattern])]
        self._expression = any_of([form(pattern) for pattern in patterns])
        self._gapped_expression = any_of([form(pattern) for pattern in gapped])
        long = (opening for begins in openings_of.values() for opening in begins if len(opening) > 1)
        self._pairs = frozenset(_written_out(long, forms))
        singles: set[str] = set()
        later: dict[str, set[_Before]] = defaultdict(set)
        for pattern in gapped:
            first = frozenset(_written_out((one for one in openings_of[pattern] if len(one) == 1), forms))
            follows = after_gap(pattern.parts, 2)
            if follows is None:
                singles |= first
                continue
            for piece in _written_out(follows.openings, forms):
                later[piece].add((follows.nearest, follows.farthest, first))
        self._singles = frozenset(singles)
        self._later = {piece: tuple(before) for piece, before in later.items()}
        self._later_pieces = frozenset(later)

    def find(self, text: str, index: Callable[[int], Index]) -> list[re.Match[str]]:
        """What `finditer` would find, in order and without overlaps. `index(n)`: where pieces of `n` characters are."""
        if self._expression is None:
            return []
        pairs = index(2)
        starts = {at for pair in pairs.common(self._pairs) for at in pairs[pair]}
        gapped = self._gapped_starts(text, index)
        found: list[re.Match[str]] = []
        end = 0
        for start in sorted(starts | gapped):
            if start >= end:
                # The few phrases with a gap are a shorter expression than all of them.
                expression = self._expression if start in starts else self._gapped_expression
                assert expression is not None
                if one := expression.match(text, start):
                    found.append(one)
                    end = one.end()
        return found

    def _gapped_starts(self, text: str, index: Callable[[int], Index]) -> set[int]:
        """Where a phrase of one character and a gap may begin: all places where one does, and some others."""
        starts: set[int] = set()
        if self._later:
            pairs = index(2)
            for piece in pairs.common(self._later_pieces):
                for nearest, farthest, first in self._later[piece]:
                    for at in pairs[piece]:
                        starts.update(
                            [one for one in range(max(0, at - farthest), at - nearest + 1) if text[one] in first]
                        )
        if self._singles:
            singles = index(1)
            for single in singles.common(self._singles):
                starts.update(singles[single])
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

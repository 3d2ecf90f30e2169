"""Runs one expression for many patterns over a text, only where the text begins like one of them.

An expression of two hundred alternatives costs a microsecond at each character. Most phrases are known by their first
two characters, and these pairs are looked up in an index of the text that all searches share.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from qa.judge.index import Index
from qa.judge.pattern import Pattern, any_of, openings


class Search:
    """Some patterns in one form: as written (`literal` gives the character itself) or as they sound."""

    def __init__(
        self, patterns: tuple[Pattern, ...], form: Callable[[Pattern], str], forms: Callable[[str], str]
    ) -> None:
        self._expression = any_of([form(pattern) for pattern in patterns])
        pairs: set[str] = set()
        singles: set[str] = set()
        for pattern in patterns:
            for opening in openings(pattern.parts, 2):
                first = forms(opening[0])
                if len(opening) == 1:
                    singles.update(first)
                else:
                    pairs.update(one + two for one in first for two in forms(opening[1]))

        self._pairs, self._singles = frozenset(pairs), frozenset(singles)

    def find(self, text: str, pairs: Index, singles: Index) -> Iterator[re.Match[str]]:
        """What `finditer` would find, in order and without overlaps."""
        if self._expression is None:
            return
        starts: set[int] = set()
        for pair in pairs.common(self._pairs):
            starts.update(pairs[pair])
        for single in singles.common(self._singles):
            starts.update(singles[single])
        end = 0
        for start in sorted(starts):
            if start >= end and (found := self._expression.match(text, start)):
                yield found
                end = found.end()

"""Gives times to words that came without: spread over their turn by syllables."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise

from qa.hanzi import spoken, syllables
from qa.model import Word
from qa.span import Span, common, total_ms

_TOKEN = re.compile(r"\d+(?:\.\d+)?|[A-Za-z]+|\s+|.", re.DOTALL)


MOSTLY = 0.4
"""Sound over less than this share of a turn is not the turn's sound: its bounds are wrong, or activity is."""


def words_of(text: str, span: Span, sound: Sequence[Span] = ()) -> tuple[Word, ...]:
    """One word for each hanzi, number or Latin word, in equal time for each syllable; () where nothing is spoken.

    The time is that of the turn, or of the `sound` in it where that is known: pauses hold no syllables.

    Punctuation and spaces hang on the word before (at the very start: on the word after), so that the texts of all
    words joined are `text` without its outer blanks.
    """
    tokens: list[str] = []
    opening = ""
    for token in _TOKEN.findall(text.strip()):
        if spoken(token):
            tokens.append(opening + token)
            opening = ""
        elif tokens:
            tokens[-1] += token
        else:
            opening += token
    if not tokens:
        return ()
    weights = [max(1, syllables(token)) for token in tokens]
    inside = common([span], sound)
    if not inside or total_ms(inside) < MOSTLY * span.duration_ms:
        inside = (span,)
    ends = list(accumulate(part.duration_ms for part in inside))
    bounds = [ends[-1] * before // sum(weights) for before in accumulate(weights, initial=0)]
    return tuple(
        Word(token, Span(_at(start, inside, ends, bisect_right), _at(end, inside, ends, bisect_left)), 1.0)
        for token, (start, end) in zip(tokens, pairwise(bounds), strict=True)
    )


def _at(ms: int, parts: Sequence[Span], ends: Sequence[int], side: Callable[[Sequence[int], int], int]) -> int:
    """Where the parts, laid end to end, have lasted `ms`: a word starts after a pause and ends before it."""
    part = min(side(ends, ms), len(parts) - 1)
    return parts[part].end_ms - (ends[part] - ms)

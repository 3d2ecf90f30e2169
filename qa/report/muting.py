"""Says which stretches of a recording hold what identifies a person: what is masked in the text, in time."""

from __future__ import annotations

from collections.abc import Sequence

from qa.model import Call
from qa.span import Span, merge

_MARGIN_MS = 150
"""Word times of recognisers are off by this much; half a digit too many is better than half a digit heard."""
_GAP_MS = 700
"""Between two masked words: what is said within a dictated number belongs to it."""


def masked_spans(call: Call, shown: Sequence[str]) -> tuple[Span, ...]:
    """Sorted, disjoint; from the times of the words that hold a masked character of `shown`, the turns as shown."""
    found: list[Span] = []
    for turn, text in zip(call.turns, shown, strict=True):
        at = 0
        for word in turn.words:
            end = at + len(word.text)
            if text[at:end] != word.text:
                found.append(Span(max(0, word.span.start_ms - _MARGIN_MS), word.span.end_ms + _MARGIN_MS))
            at = end
    return merge(found, _GAP_MS)

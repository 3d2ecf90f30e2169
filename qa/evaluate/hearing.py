"""Compares how one labelled call was heard turn by turn: where turns begin and end, and how wrong each one is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from qa.evaluate.compare import Errors, characters
from qa.evaluate.labels import Label
from qa.model import Call, Role, TrustGrade, Turn
from qa.span import Span

_AROUND_MS = 300
"""A word this far outside a labelled turn still belongs to it."""


def bound_errors(label: Label, call: Call) -> tuple[list[int], list[int]]:
    """How far, in ms, each labelled turn's start and end are from its first and last word.

    A turn of which nothing was heard has no bounds and is not counted: the character error rate has it.
    """
    starts, ends = [], []
    for said in label.turns:
        span = Span(round(said.start * 1000), round(said.end * 1000))
        wide = Span(max(0, span.start_ms - _AROUND_MS), span.end_ms + _AROUND_MS)
        heard = call.turns if label.layout == "mono" else call.turns_of(Role(said.role))
        words = [w.span for t in heard for w in t.words if (w.span.start_ms + w.span.end_ms) // 2 in wide]
        if words:
            starts.append(abs(min(w.start_ms for w in words) - span.start_ms))
            ends.append(abs(max(w.end_ms for w in words) - span.end_ms))
    return starts, ends


def turn_errors(label: Label, call: Call) -> list[tuple[Turn, TrustGrade, Errors]]:
    """Each turn with its grade and its errors over its own characters; a call without grades gives nothing.

    Everything heard of a party is aligned with everything said by it, and each edit laid on the turn in which it falls
    (what was left out: on the turn that goes on after it).
    """
    if call.trust is None or len(call.trust.turns) != len(call.turns):
        return []
    graded = list(zip(call.turns, (trust.grade for trust in call.trust.turns), strict=True))
    if label.layout == "mono":
        return _laid_on(graded, "".join(turn.text for turn in label.turns))
    return [
        one
        for role in (Role.AGENT, Role.CUSTOMER)
        for one in _laid_on(
            [(turn, grade) for turn, grade in graded if turn.role is role],
            "".join(turn.text for turn in label.turns if turn.role == role),
        )
    ]


def _laid_on(graded: Sequence[tuple[Turn, TrustGrade]], said: str) -> list[tuple[Turn, TrustGrade, Errors]]:
    heard = [characters(turn.text) for turn, _ in graded]
    owner = [i for i, text in enumerate(heard) for _ in text]
    if not owner:
        return []
    edits = Counter(
        owner[min(edit.src_pos, len(owner) - 1)] for edit in Levenshtein.editops("".join(heard), characters(said))
    )
    return [(turn, grade, Errors(edits[i], len(heard[i]))) for i, (turn, grade) in enumerate(graded)]


def quantile(values: Sequence[int], share: float) -> int | None:
    """The value that `share` of them do not exceed; None where there are none."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else None

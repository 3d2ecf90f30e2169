"""Compares how one labelled call was heard turn by turn: where turns begin and end, and how wrong each one is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from qa.evaluate.compare import Errors, characters
from qa.evaluate.labels import Label
from qa.model import Call, Role, TrustGrade, Turn
from qa.span import Span

LEAST_LOST_MS = 500
_INVENTED_MS = 500
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


class Lost(NamedTuple):
    """Labelled turns of half a second and more, by what became of them."""

    turns: int = 0
    listed: int = 0
    """No word was heard, and the call says so itself."""
    unlisted: int = 0
    """No word was heard, and nobody would know."""

    def plus(self, other: Lost) -> Lost:
        return Lost(*(a + b for a, b in zip(self, other, strict=True)))


def lost(label: Label, call: Call) -> Lost:
    """Against what a person heard, not against our own voice activity. Announcements are nobody's and not counted."""
    found = Lost()
    for said in label.turns:
        span = Span(round(said.start * 1000), round(said.end * 1000))
        if said.role == Role.OTHER or span.duration_ms < LEAST_LOST_MS:
            continue
        heard = call.turns if label.layout == "mono" else call.turns_of(Role(said.role))
        unheard = [s for role, spans in call.unheard.items() if role in (said.role, Role.UNKNOWN) for s in spans]
        here = any(word.span.overlaps(span) for turn in heard for word in turn.words)
        listed = not here and any(other.overlaps(span) for other in unheard)
        found = found.plus(Lost(1, int(listed), int(not here and not listed)))
    return found


def invented(label: Label, call: Call) -> Errors:
    """Characters credited to a party further than half a second from anything it is labelled to have said, of all.

    What an announcement says is nobody's: it counts where it was credited to a party, and not where it was set apart.
    """
    made_up = Errors()
    for turn in call.turns:
        if turn.role is Role.OTHER:
            continue
        said = [
            Span(max(0, round(s.start * 1000) - _INVENTED_MS), round(s.end * 1000) + _INVENTED_MS)
            for s in label.turns
            if s.role == turn.role or (label.layout == "mono" and s.role != Role.OTHER)
        ]
        for word in turn.words:
            count = len(characters(word.text))
            made_up += Errors(0 if any(word.span.overlaps(span) for span in said) else count, count)
    return made_up


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

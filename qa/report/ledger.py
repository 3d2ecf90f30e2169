"""Keeps of each call the little that tables and the other pages need, so that a night streams through."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from qa.model import Outcome, Tally, TrustGrade
from qa.report.colleague import MODELS_KEPT, Model, Situation, best, model_of, situation_of
from qa.report.view import CallView, FindingView
from qa.span import Span

CLIPS_PER_HABIT = 3
"""The most telling quotes kept for each agent and rule."""


@dataclass(frozen=True, slots=True)
class CallRow:
    """One line of the list of calls."""

    call_id: str
    agent_id: str
    agent_name: str
    team: str
    started_at: datetime | None
    duration_ms: int
    tally: Tally
    dimensions: dict[str, Tally]
    vetoed: bool
    failed: str
    review: tuple[str, ...]
    violated: tuple[str, ...]
    """Rule ids."""
    undetermined: tuple[str, ...]
    """Rule ids."""
    trust: TrustGrade | None
    finding_count: int

    @property
    def waits(self) -> bool:
        """Whether a person must look."""
        return bool(self.review or self.undetermined)

    @property
    def state(self) -> str:
        """failed, vetoed, unscored or scored."""
        if self.failed:
            return "failed"
        if self.vetoed:
            return "vetoed"
        return "scored" if self.tally.out_of else "unscored"


@dataclass(frozen=True, slots=True)
class Clip:
    """A quote that can be played."""

    call_id: str
    agent_id: str
    agent_name: str
    started_at: datetime | None
    audio: str
    """Address from the report's root; empty where nothing can be played."""
    finding: FindingView
    situation: Situation | None

    @property
    def order(self) -> tuple[int, float, int, str, int]:
        """What costs more, was heard more surely and says more comes first; a total order, whoever came first."""
        found = self.finding
        return -found.points, -round(found.confidence, 2), abs(len(found.quote) - 16), self.call_id, found.number


@dataclass(slots=True)
class Habit:
    """What one rule cost: over the night, or one agent."""

    rule_id: str
    code: str
    name: str
    item: str
    advice: str
    better: str
    source: str
    veto: bool = False
    points: int = 0
    violated_calls: int = 0
    judged_calls: int = 0
    undetermined_calls: int = 0
    clips: list[Clip] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    """Why it was undetermined."""

    def keep(self, clip: Clip) -> None:
        """Keeps the best clips, from different calls where there are enough."""
        if (
            self.clips
            and clip.order > self.clips[-1].order
            and len({each.call_id for each in self.clips}) == CLIPS_PER_HABIT
        ):
            return
        best = sorted((*self.clips, clip), key=lambda c: c.order)
        firsts = {c.call_id: c for c in reversed(best)}
        again = [c for c in best if firsts[c.call_id] is not c]
        self.clips = [*sorted(firsts.values(), key=lambda c: c.order), *again][:CLIPS_PER_HABIT]


@dataclass(slots=True)
class Ledger:
    rows: list[CallRow] = field(default_factory=list)
    rules: dict[str, Habit] = field(default_factory=dict)
    habits: dict[str, dict[str, Habit]] = field(default_factory=dict)
    """By agent id, then rule id."""
    trust: Counter[TrustGrade] = field(default_factory=Counter)
    models: list[Model] = field(default_factory=list)
    """Calls to learn from, the best first."""
    covered: float = 0.0
    trusted_calls: int = 0

    def add(self, view: CallView, audio: str) -> CallRow:
        row = call_row(view)
        self.rows.append(row)
        if view.record.call and view.record.call.trust:
            self.trust[view.record.call.trust.grade] += 1
            self.covered += view.record.call.trust.coverage
            self.trusted_calls += 1
        if model := model_of(view, audio):
            self.models.append(model)
            if len(self.models) >= 2 * MODELS_KEPT:
                self.models = best(self.models)
        for book in (self.rules, self.habits.setdefault(row.agent_id, {})):
            self._enter(book, view, row, audio)
        return row

    def _enter(self, book: dict[str, Habit], view: CallView, row: CallRow, audio: str) -> None:
        score = view.record.score
        if score is None:
            return
        for item in score.items:
            for verdict in item.verdicts:
                habit = book.get(verdict.rule_id)
                if habit is None:
                    habit = book[verdict.rule_id] = Habit(
                        rule_id=sys.intern(verdict.rule_id),
                        code=sys.intern(verdict.code),
                        name=sys.intern(verdict.name),
                        item=sys.intern(item.name),
                        advice=sys.intern(verdict.advice),
                        better=sys.intern(verdict.better),
                        source=sys.intern(verdict.source),
                        veto=verdict.veto,
                    )
                habit.judged_calls += verdict.outcome in (Outcome.MET, Outcome.VIOLATED)
                if verdict.outcome is Outcome.VIOLATED:
                    habit.violated_calls += 1
                    habit.points += verdict.points
                elif verdict.outcome is Outcome.UNDETERMINED:
                    habit.undetermined_calls += 1
                    habit.reasons[view.veil.text(verdict.reason)] += 1
        for finding in view.findings:
            if finding.decided:
                book[finding.rule_id].keep(
                    Clip(
                        row.call_id,
                        row.agent_id,
                        row.agent_name,
                        row.started_at,
                        audio,
                        _interned(finding),
                        situation_of(view, finding),
                    )
                )

    def merge(self, other: Ledger) -> None:
        """Adds what another, of other calls, holds."""
        self.rows.extend(other.rows)
        self.trust.update(other.trust)
        self.covered += other.covered
        self.trusted_calls += other.trusted_calls
        self.models = best((*self.models, *other.models))
        enter_book(self.rules, other.rules)
        for agent_id, book in other.habits.items():
            enter_book(self.habits.setdefault(agent_id, {}), book)

    @property
    def coverage(self) -> float | None:
        """Mean share of speech that ended in words, over calls that were heard."""
        return self.covered / self.trusted_calls if self.trusted_calls else None


def enter_book(into: dict[str, Habit], book: dict[str, Habit]) -> None:
    """Adds one book's habits to another's, which keeps its own objects."""
    for rule_id, habit in book.items():
        known = into.get(rule_id)
        if known is None:
            known = into[rule_id] = Habit(
                rule_id=sys.intern(rule_id),
                code=sys.intern(habit.code),
                name=sys.intern(habit.name),
                item=sys.intern(habit.item),
                advice=sys.intern(habit.advice),
                better=sys.intern(habit.better),
                source=sys.intern(habit.source),
                veto=habit.veto,
            )
        known.points += habit.points
        known.violated_calls += habit.violated_calls
        known.judged_calls += habit.judged_calls
        known.undetermined_calls += habit.undetermined_calls
        known.reasons.update(habit.reasons)
        for clip in habit.clips:
            known.keep(clip)


def call_row(view: CallView) -> CallRow:
    record = view.record
    recording, score = record.recording, record.score
    verdicts = score.verdicts if score else ()
    return CallRow(
        call_id=recording.call_id,
        agent_id=sys.intern(recording.agent_id or ""),
        agent_name=sys.intern(recording.agent_name),
        team=sys.intern(recording.team),
        started_at=recording.started_at,
        duration_ms=recording.duration_ms,
        tally=score.tally if score else Tally(),
        dimensions={sys.intern(d.dimension_id): d.tally for d in score.dimensions} if score else {},
        vetoed=bool(score and score.vetoed_by),
        failed=record.failure.message if record.failure else "",
        review=_review(view),
        violated=tuple(sys.intern(v.rule_id) for v in verdicts if v.outcome is Outcome.VIOLATED),
        undetermined=tuple(sys.intern(v.rule_id) for v in verdicts if v.outcome is Outcome.UNDETERMINED),
        trust=record.call.trust.grade if record.call and record.call.trust else None,
        finding_count=sum(len(v.findings) for v in verdicts if v.outcome is Outcome.VIOLATED),
    )


def _review(view: CallView) -> tuple[str, ...]:
    """Each reason once, masked as the page shows it: those of undetermined rules, and what else asks for a person."""
    reasons = (each.reason or f"{each.name}判不了" for each in view.undetermined)
    return tuple(sys.intern(why) for why in dict.fromkeys((*view.review, *reasons)))


def costliest(book: dict[str, Habit]) -> list[Habit]:
    """Rules that cost anything, dearest first; a veto costs the call and so comes before all points."""
    broken = [habit for habit in book.values() if habit.violated_calls]
    return sorted(broken, key=lambda h: (not h.veto, -h.points, -h.violated_calls, h.code))


def _interned(finding: FindingView) -> FindingView:
    """A clip outlives its call; the rubric's texts in it must not be kept once for each."""
    span = Span(finding.span.start_ms, finding.span.end_ms)
    return FindingView(
        number=finding.number,
        rule_id=sys.intern(finding.rule_id),
        code=sys.intern(finding.code),
        name=sys.intern(finding.name),
        item=sys.intern(finding.item),
        points=finding.points,
        veto=finding.veto,
        decided=finding.decided,
        span=span,
        role=finding.role,
        quote=finding.quote,
        message=finding.message,
        near=finding.near,
        confidence=finding.confidence,
        advice=sys.intern(finding.advice),
        better=sys.intern(finding.better),
        source=sys.intern(finding.source),
        place=finding.place,
        turn=finding.turn,
        quoted=finding.quoted,
    )

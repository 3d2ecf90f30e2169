"""What the page of the night shows: whether it can be trusted, how marks fell, what cost most."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from qa.model import Night, Tally, TrustGrade
from qa.report.cards import Card
from qa.report.ledger import CallRow, Habit, Ledger, costliest
from qa.report.standing import Standing, standing

_EDGES = (0, 50, 60, 70, 80, 90, 100)
_TOP_RULES = 8
_SHOWN_REASONS = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """Calls whose mark is in `[low, high)`; the last bar holds the exact 100."""

    label: str
    band: str
    """For the address of the list of calls: `80-90`."""
    calls: int
    passed: bool


@dataclass(frozen=True, slots=True)
class NightView:
    night: Night
    standing: Standing
    total: Tally
    calls: int
    heard: int
    """Calls with a transcript and turns to judge."""
    failed: tuple[CallRow, ...]
    unscored: int
    waiting: int
    vetoed: int
    passed: int
    duration_ms: int
    reasons: tuple[tuple[str, int], ...]
    """Why people must look, with the number of calls; the most frequent first."""
    undetermined: tuple[Habit, ...]
    trust: tuple[tuple[TrustGrade, int], ...]
    coverage: float | None
    bars: tuple[Bar, ...]
    habits: tuple[Habit, ...]
    agents: tuple[Card, ...]
    teams: tuple[Card, ...]
    dimensions: tuple[tuple[str, str], ...]
    """Id and name, in the rubric's order."""

    @property
    def dearest(self) -> Habit | None:
        """The rule that cost most points; vetoes have their own number."""
        return max((h for h in self.habits if h.points), key=lambda h: h.points, default=None)


def night_view(
    night: Night,
    ledger: Ledger,
    agents: Sequence[Card],
    teams: Sequence[Card],
    dimensions: Sequence[tuple[str, str]],
) -> NightView:
    rows = ledger.rows
    scored = [row for row in rows if row.tally.out_of]
    reasons = Counter(reason for row in rows for reason in row.review)
    return NightView(
        night=night,
        standing=standing(row.tally for row in rows),
        total=sum((row.tally for row in rows), Tally()),
        calls=len(rows),
        heard=sum(not row.failed for row in rows),
        failed=tuple(row for row in rows if row.failed),
        unscored=sum(row.state == "unscored" for row in rows),
        waiting=sum(row.waits for row in rows),
        vetoed=sum(row.vetoed for row in rows),
        passed=sum((row.tally.percent or 0) >= night.pass_mark for row in scored),
        duration_ms=sum(row.duration_ms for row in rows),
        reasons=tuple(reasons.most_common(_SHOWN_REASONS)),
        undetermined=tuple(
            sorted(
                (h for h in ledger.rules.values() if h.undetermined_calls),
                key=lambda h: (-h.undetermined_calls, h.code),
            )
        ),
        trust=tuple((grade, ledger.trust[grade]) for grade in TrustGrade if ledger.trust[grade]),
        coverage=ledger.coverage,
        bars=_bars(scored, night.pass_mark),
        habits=tuple(costliest(ledger.rules)[:_TOP_RULES]),
        agents=tuple(agents),
        teams=tuple(teams),
        dimensions=tuple(dimensions),
    )


def _bars(scored: Sequence[CallRow], pass_mark: int) -> tuple[Bar, ...]:
    edges = sorted({*_EDGES, pass_mark} - ({0} if pass_mark <= 0 else set())) if 0 < pass_mark < 100 else list(_EDGES)
    bands = [*itertools.pairwise(edges), (100, 101)]
    marks = [100 * row.tally.points / row.tally.out_of for row in scored]
    counts = [sum(low <= value < high for value in marks) for low, high in bands]
    return tuple(
        Bar(
            label="100" if low == 100 else f"{low}–{high}",
            band=f"{low}-{high}",
            calls=count,
            passed=low >= pass_mark,
        )
        for (low, high), count in zip(bands, counts, strict=True)
    )

"""What changed in an agent's or a team's habits since before: the last day against the days before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from qa.model import Tally
from qa.report.ledger import CallRow, Habit

_COMPARED_CALLS = 5
"""Scored calls on either side; on fewer, one call makes the difference."""
_LEAST_CHANGE = 0.15
"""Share of calls. A smaller step is the noise of a day."""


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    tally: Tally
    calls: int


@dataclass(frozen=True, slots=True)
class Change:
    """In which share of the scored calls a rule was broken, 0 to 1."""

    habit: Habit
    before: float
    after: float

    @property
    def is_better(self) -> bool:
        return self.after < self.before


def days_of(rows: Iterable[CallRow]) -> tuple[Day, ...]:
    """Marks by the calendar day of the call; calls without a time are left out."""
    tallies: dict[date, list[Tally]] = {}
    for row in rows:
        if row.started_at and row.tally.out_of:
            tallies.setdefault(row.started_at.date(), []).append(row.tally)
    return tuple(Day(day, sum(found, Tally()), len(found)) for day, found in sorted(tallies.items()))


def changes_of(rows: Sequence[CallRow], habits: Iterable[Habit]) -> tuple[Change, ...]:
    """The largest steps first, better ones before worse ones; empty where there is too little to compare."""
    dated = [row for row in rows if row.started_at and row.tally.out_of]
    last = max((row.started_at.date() for row in dated if row.started_at), default=None)
    after = [row for row in dated if row.started_at and row.started_at.date() == last]
    before = [row for row in dated if row.started_at and row.started_at.date() != last]
    if min(len(after), len(before)) < _COMPARED_CALLS:
        return ()
    changes = (Change(habit, _share(before, habit.rule_id), _share(after, habit.rule_id)) for habit in habits)
    clear = [change for change in changes if abs(change.after - change.before) >= _LEAST_CHANGE]
    return tuple(sorted(clear, key=lambda c: (not c.is_better, -abs(c.after - c.before), c.habit.code)))


def _share(rows: Sequence[CallRow], rule_id: str) -> float:
    return sum(rule_id in row.violated for row in rows) / len(rows)

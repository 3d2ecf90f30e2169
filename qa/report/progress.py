"""What changed in an agent's or a team's habits since before: the last day or week against what was before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from qa.model import Tally
from qa.report.ledger import CallRow, Habit

_COMPARED_CALLS = 5
"""Scored calls on either side; on fewer, one call makes the difference."""
_LEAST_CHANGE = 0.15
"""Share of calls. A smaller step is the noise of a day."""


_LONG = timedelta(days=14)
"""From here on the last seven days are compared with what was before, and not the last day."""
_SHOWN_DAYS = 31


@dataclass(frozen=True, slots=True)
class Day:
    """One day's calls, or one week's."""

    day: date
    """Of a week its Monday."""
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
    """Marks by the calendar day of the call, the last 31 that have any; calls without a time are left out."""
    return _grouped(rows, lambda day: day)[-_SHOWN_DAYS:]


def weeks_of(rows: Iterable[CallRow]) -> tuple[Day, ...]:
    """Marks by calendar week, Monday to Sunday."""
    return _grouped(rows, lambda day: day - timedelta(days=day.weekday()))


def _grouped(rows: Iterable[CallRow], first_day: Callable[[date], date]) -> tuple[Day, ...]:
    tallies: dict[date, list[Tally]] = {}
    for row in rows:
        if row.started_at and row.tally.out_of:
            tallies.setdefault(first_day(row.started_at.date()), []).append(row.tally)
    return tuple(Day(day, sum(found, Tally()), len(found)) for day, found in sorted(tallies.items()))


def changes_of(rows: Sequence[CallRow], habits: Iterable[Habit]) -> tuple[Change, ...]:
    """The largest steps first, better ones before worse ones; empty where there is too little to compare."""
    dated = [(row.started_at.date(), row) for row in rows if row.started_at and row.tally.out_of]
    if not dated:
        return ()
    first, last = min(day for day, _ in dated), max(day for day, _ in dated)
    since = last - timedelta(days=6) if last - first >= _LONG else last
    after = [row for day, row in dated if day >= since]
    before = [row for day, row in dated if day < since]
    if min(len(after), len(before)) < _COMPARED_CALLS:
        return ()
    changes = (Change(habit, _share(before, habit.rule_id), _share(after, habit.rule_id)) for habit in habits)
    clear = [change for change in changes if abs(change.after - change.before) >= _LEAST_CHANGE]
    return tuple(sorted(clear, key=lambda c: (not c.is_better, -abs(c.after - c.before), c.habit.code)))


def _share(rows: Sequence[CallRow], rule_id: str) -> float:
    return sum(rule_id in row.violated for row in rows) / len(rows)

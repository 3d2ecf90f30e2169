"""Chooses which stored calls a report is about: the last run's, or those of a stretch of days."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import msgspec

from qa.errors import UsageError
from qa.store import Store

CHINA = timezone(timedelta(hours=8))
"""Asia/Shanghai, where a day begins. A fixed offset: no summer time since 1991, and no zone data needed."""


class Period(msgspec.Struct, frozen=True):
    """Whole days in Asia/Shanghai, both ends included; None is open."""

    first: date | None = None
    last: date | None = None

    def __contains__(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def __str__(self) -> str:
        if self.first and self.last:
            return str(self.first) if self.first == self.last else f"{self.first} 至 {self.last}"
        return f"{self.first} 起" if self.first else f"{self.last} 止"


class _When(msgspec.Struct):
    started_at: datetime | None = None


class _Failed(msgspec.Struct):
    recording: _When


def period_of(first: str | None, last: str | None) -> Period | None:
    """From two days as people write them (2026-11-02); None where neither is given. Raises UsageError."""
    if first is None and last is None:
        return None
    period = Period(_day("--from", first), _day("--to", last))
    if period.first and period.last and period.first > period.last:
        raise UsageError(f"--from {first} 比 --to {last} 还晚：两个日期写反了", slug="option-invalid")
    return period


def _day(option: str, written: str | None) -> date | None:
    try:
        return date.fromisoformat(written) if written is not None else None
    except ValueError as error:
        raise UsageError(f"{option} “{written}”不是日期：写成 2026-11-02 这样", slug="option-invalid") from error


def calls_of_period(store: Store, period: Period) -> list[tuple[str, str | None]]:
    """(call_id, JSON of the ingest failure or None) of every run's calls of those days, in call order.

    A call without a start time belongs to the day on which the first run with it began. Raises UsageError (period-empty).
    """
    chosen = [
        (call_id, failure)
        for call_id, failure, run_started_at in store.all_calls()
        if _day_of(store, call_id, failure, run_started_at) in period
    ]
    if not chosen:
        raise UsageError(f"{store.path} 里没有 {period} 的通话", slug="period-empty")
    return chosen


def _day_of(store: Store, call_id: str, failure: str | None, run_started_at: str) -> date:
    if failure is not None:
        when = msgspec.json.decode(failure, type=_Failed).recording.started_at
    else:
        payload = store.recording(call_id)
        when = msgspec.json.decode(payload, type=_When).started_at if payload is not None else None
    return (when or datetime.fromisoformat(run_started_at)).astimezone(CHINA).date()

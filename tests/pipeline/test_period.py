"""A report about a stretch of days takes the calls of all runs that fall in it, by the clock of the centre."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from qa.errors import UsageError
from qa.model import CallRecord, Failure, Recording
from qa.pipeline.period import Period, calls_of_period, period_of
from qa.store import Store


def recording(call_id: str, started_at: str | None) -> Recording:
    return Recording(
        call_id=call_id,
        path=f"/r/{call_id}.wav",
        sha256=call_id,
        duration_ms=1000,
        sample_rate_hz=8000,
        channel_count=2,
        started_at=datetime.fromisoformat(started_at) if started_at else None,
    )


def add_run(store: Store, started_at: str, calls: list[Recording], failed: list[Recording] | None = None) -> None:
    failure = Failure(stage="ingest", slug="audio-empty", message="空文件")
    store.begin_run(
        started_at=started_at,
        argv=[],
        facts={},
        recordings=[(each.call_id, each.path, 1, 1, msgspec.json.encode(each)) for each in calls],
        failures=[
            (each.call_id, msgspec.json.encode(CallRecord(recording=each, failure=failure)).decode())
            for each in failed or []
        ],
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "qa.sqlite")
    add_run(
        made,
        "2026-11-02T22:00:00+08:00",
        [recording("a", "2026-11-02T09:00:00+08:00"), recording("undated", None)],
        [recording("broken", "2026-11-02T10:00:00+08:00")],
    )
    add_run(
        made,
        "2026-11-03T22:00:00+08:00",
        # 16:30 in Greenwich is already the next day in Shanghai.
        [recording("b", "2026-11-02T16:30:00+00:00"), recording("undated", None)],
    )
    return made


def chosen(store: Store, first: date | None, last: date | None) -> list[str]:
    return [call_id for call_id, _ in calls_of_period(store, Period(first, last))]


def test_a_day_is_the_calls_that_began_on_it_in_shanghai(store: Store) -> None:
    assert chosen(store, date(2026, 11, 2), date(2026, 11, 2)) == ["a", "broken", "undated"]
    assert chosen(store, date(2026, 11, 3), date(2026, 11, 3)) == ["b"]


def test_either_end_may_be_open_and_every_call_comes_once(store: Store) -> None:
    assert chosen(store, None, date(2026, 11, 3)) == ["a", "b", "broken", "undated"]
    assert chosen(store, date(2026, 11, 3), None) == ["b"]


def test_a_failed_call_keeps_its_reason_until_a_later_run_reads_it(store: Store) -> None:
    day = Period(date(2026, 11, 2), date(2026, 11, 2))
    failure = dict(calls_of_period(store, day))["broken"]
    assert failure is not None
    assert json.loads(failure)["failure"]["slug"] == "audio-empty"
    add_run(store, "2026-11-04T22:00:00+08:00", [recording("broken", "2026-11-02T10:00:00+08:00")])
    assert dict(calls_of_period(store, day))["broken"] is None


def test_a_stretch_without_calls_says_so(store: Store) -> None:
    with pytest.raises(UsageError, match="2026-12-01 至 2026-12-05") as error:
        chosen(store, date(2026, 12, 1), date(2026, 12, 5))
    assert error.value.slug == "period-empty"


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [("2026-11-31", None, "--from"), (None, "昨天", "--to"), ("2026-11-03", "2026-11-02", "写反")],
)
def test_wrong_days_are_refused_with_the_option_named(first: str | None, last: str | None, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        period_of(first, last)


def test_no_days_mean_the_last_run() -> None:
    assert period_of(None, None) is None
    assert str(period_of("2026-11-02", "2026-11-02")) == "2026-11-02"
    assert datetime(2026, 11, 1, 20, tzinfo=UTC).date() not in Period(date(2026, 11, 2))

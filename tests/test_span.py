"""The algebra of time holds for any spans."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from qa.span import Span, clock, common, merge, subtract, total_ms

spans = st.lists(st.builds(lambda a, n: Span(a, a + n), st.integers(0, 500), st.integers(0, 60)), max_size=12)


def milliseconds(of: object) -> set[int]:
    return {ms for span in of for ms in range(span.start_ms, span.end_ms)}  # type: ignore[attr-defined]


@given(spans)
def test_merging_keeps_every_millisecond_and_is_idempotent(some: list[Span]) -> None:
    merged = merge(some)
    assert milliseconds(merged) == milliseconds(some)
    assert merge(merged) == merged
    assert all(a.end_ms < b.start_ms for a, b in itertools.pairwise(merged))


@given(spans, spans)
def test_subtract_and_common_are_set_difference_and_intersection(some: list[Span], others: list[Span]) -> None:
    assert milliseconds(subtract(some, others)) == milliseconds(some) - milliseconds(others)
    assert milliseconds(common(some, others)) == milliseconds(some) & milliseconds(others)


@given(spans)
def test_total_counts_overlapping_time_once(some: list[Span]) -> None:
    assert total_ms(some) == len(milliseconds(some))


@given(spans, st.integers(0, 40))
def test_merging_across_gaps_only_fills_gaps_up_to_the_bound(some: list[Span], gap_ms: int) -> None:
    joined = merge(some, gap_ms)
    assert milliseconds(some) <= milliseconds(joined)
    assert all(b.start_ms - a.end_ms > gap_ms for a, b in itertools.pairwise(joined))


def test_touching_is_not_overlapping() -> None:
    assert not Span(0, 10).overlaps(Span(10, 20))
    assert Span(0, 11).overlaps(Span(10, 20))
    assert Span(0, 10).intersect(Span(10, 20)) is None


def test_clock_shows_tenths_and_hours_only_where_there_are_any() -> None:
    assert clock(75_400) == "01:15.4"
    assert clock(3_600_000 + 61_049) == "1:01:01.0"
    assert clock(59_960) == "01:00.0"

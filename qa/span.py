"""Half-open time intervals, in whole milliseconds."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Span(msgspec.Struct, frozen=True, order=True, array_like=True, gc=False):
    """`[start_ms, end_ms)`: includes its start, excludes its end. Stored as a two-element array.

    `gc=False` here and on other small frozen records: they cannot form cycles, and a garbage collector that walks the
    hundred thousand of a batch takes five times as long as reading them from the store.
    """

    start_ms: int
    end_ms: int

    @property
    def duration_ms(self) -> int:
        return max(0, self.end_ms - self.start_ms)

    def overlaps(self, other: Span) -> bool:
        """Touching is not overlapping: recognisers often end one word exactly where the next begins."""
        return self.start_ms < other.end_ms and other.start_ms < self.end_ms

    def intersect(self, other: Span) -> Span | None:
        """The common stretch, or None where there is none."""
        start, end = max(self.start_ms, other.start_ms), min(self.end_ms, other.end_ms)
        return Span(start, end) if start < end else None

    def cover(self, other: Span) -> Span:
        """The shortest span that holds both."""
        return Span(min(self.start_ms, other.start_ms), max(self.end_ms, other.end_ms))

    def __contains__(self, ms: int) -> bool:
        return self.start_ms <= ms < self.end_ms

    def __str__(self) -> str:
        return f"{clock(self.start_ms)}-{clock(self.end_ms)}"


def clock(ms: int) -> str:
    """`75400` → `01:15.4`; hours appear only where there are any."""
    tenths = round(ms / 100)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    text = f"{minutes:02d}:{rest // 10:02d}.{rest % 10}"
    return f"{hours}:{text}" if hours else text


def merge(spans: Iterable[Span], gap_ms: int = 0) -> tuple[Span, ...]:
    """Sorted, disjoint spans; neighbours no more than `gap_ms` apart become one, empty ones vanish."""
    merged: list[Span] = []
    start = end = None
    for span in sorted(spans):
        if span.start_ms >= span.end_ms:
            continue
        if start is not None and end is not None and span.start_ms - end <= gap_ms:
            end = max(end, span.end_ms)
        else:
            if start is not None and end is not None:
                merged.append(Span(start, end))
            start, end = span.start_ms, span.end_ms
    if start is not None and end is not None:
        merged.append(Span(start, end))
    return tuple(merged)


def subtract(spans: Iterable[Span], holes: Iterable[Span]) -> tuple[Span, ...]:
    """What is left of `spans` outside `holes`, sorted and disjoint."""
    cut = merge(holes)
    left: list[Span] = []
    first = 0
    for span in merge(spans):
        start = span.start_ms
        while first < len(cut) and cut[first].end_ms <= start:
            first += 1
        for hole in cut[first:]:
            if hole.start_ms >= span.end_ms:
                break
            if hole.start_ms > start:
                left.append(Span(start, hole.start_ms))
            start = max(start, hole.end_ms)
        if start < span.end_ms:
            left.append(Span(start, span.end_ms))
    return tuple(left)


def common(spans: Iterable[Span], others: Iterable[Span]) -> tuple[Span, ...]:
    """The stretches that are in both, sorted and disjoint."""
    mine, theirs = merge(spans), merge(others)
    found: list[Span] = []
    i = j = 0
    while i < len(mine) and j < len(theirs):
        both = mine[i].intersect(theirs[j])
        if both:
            found.append(both)
        if mine[i].end_ms < theirs[j].end_ms:
            i += 1
        else:
            j += 1
    return tuple(found)


def total_ms(spans: Iterable[Span]) -> int:
    """Time covered by at least one of the spans."""
    return sum(span.duration_ms for span in merge(spans))

"""Measurements of a call, as its page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from qa.measures import MEASURES, Measure
from qa.model import Call, Measurement, Role
from qa.report.figures import number
from qa.span import Span

_SHOWN_PLACES = 6

_EVERY_TURN = frozenset({"turn_loudness_db", "turn_pitch_hz"})
"""One figure for each turn: material for rules, in results.jsonl, too much for a page."""
_TYPICAL = frozenset({"response_latency_ms", "pitch_range_st"})
"""Of these the middle one says more than the sum."""
UNITS = {
    "ms": "秒",
    "s": "秒",
    "syllables/min": "音节/分钟",
    "syllables": "音节",
    "percent": "%",
    "%": "%",
    "share": "%",
    "ratio": "%",
    "db": "dB",
    "dbfs": "dBFS",
    "semitones": "半音",
    "hz": "Hz",
    "count": "次",
    "words": "词",
}


@dataclass(frozen=True, slots=True)
class Place:
    span: Span
    value: str


@dataclass(frozen=True, slots=True)
class MeasureView:
    name: str
    label: str
    role: Role | None
    value: str
    """With its unit; for several stretches their number and sum or longest."""
    definition: str
    places: tuple[Place, ...]
    """Where it was measured; empty for figures of the whole call."""


def quantity(value: float, unit: str) -> str:
    """Value and unit as people read them: milliseconds as seconds, shares as percent."""
    key = unit.lower()
    if key == "ms":
        return f"{value / 1000:.1f} 秒"
    if key in ("ratio", "share"):
        return f"{100 * value:.0f}%"
    if key in ("%", "percent"):
        return f"{value:.0f}%"
    shown = number(round(value)) if abs(value) >= 100 else number(round(value, 1))
    return f"{shown} {UNITS.get(key, unit)}".rstrip()


def measure_views(call: Call) -> tuple[MeasureView, ...]:
    """One row for each measure and role, in the order in which they were measured."""
    order = {(m.name, m.role): i for i, m in reversed(list(enumerate(call.measurements)))}
    shown = [m for m in call.measurements if m.name not in _EVERY_TURN]
    rows = sorted(shown, key=lambda m: (order[m.name, m.role], m.span))
    return tuple(
        _view(call, name, role, tuple(group)) for (name, role), group in groupby(rows, lambda m: (m.name, m.role))
    )


def _view(call: Call, name: str, role: Role | None, rows: Sequence[Measurement]) -> MeasureView:
    # A call of an older program may hold a measure that has gone since: it keeps its own name.
    measure = MEASURES.get(name, Measure("", name, ""))
    whole = len(rows) == 1 and rows[0].span.duration_ms >= 0.95 * call.recording.duration_ms
    return MeasureView(
        name=name,
        label=measure.label,
        role=role,
        value=_value(rows),
        definition=measure.definition,
        places=()
        if whole
        else tuple(
            Place(m.span, quantity(m.value, m.unit)) for m in sorted(rows, key=lambda m: -m.value)[:_SHOWN_PLACES]
        ),
    )


def _value(rows: Sequence[Measurement]) -> str:
    unit = rows[0].unit
    if len(rows) == 1:
        return quantity(rows[0].value, unit)
    longest = quantity(max(m.value for m in rows), unit)
    if rows[0].name in _TYPICAL:
        return f"{len(rows)} 处，中位 {quantity(median(m.value for m in rows), unit)}，最大 {longest}"
    if unit == "ms":
        return f"{len(rows)} 处，最长 {longest}，合计 {quantity(sum(m.value for m in rows), unit)}"
    return f"{len(rows)} 处，最大 {longest}"

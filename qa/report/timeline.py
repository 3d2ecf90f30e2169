"""Draws a call along its time: who speaks when, where nobody does, where findings are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.model import Call, Role
from qa.span import Span, common, merge

WIDTH = 1000
"""Units of the drawing's own x axis; the page stretches it."""
_LONG_SILENCE_MS = 5_000
"""Silences worth seeing; shorter ones are the breath of a conversation."""
_MARKER_WIDTH = 18.0
"""Units that a marker covers on a page of usual width."""
_ORDER = (Role.AGENT, Role.CUSTOMER, Role.UNKNOWN, Role.OTHER)


@dataclass(frozen=True, slots=True)
class Lane:
    role: Role
    path: str
    """SVG path of unit-high boxes, x in 0..WIDTH."""


@dataclass(frozen=True, slots=True)
class Marker:
    """One finding, or several so close that their numbers would lie on each other."""

    numbers: tuple[int, ...]
    x: float
    decided: bool

    @property
    def label(self) -> str:
        first, last = self.numbers[0], self.numbers[-1]
        return str(first) if first == last else f"{first}–{last}"


@dataclass(frozen=True, slots=True)
class Timeline:
    duration_ms: int
    lanes: tuple[Lane, ...]
    silences: tuple[tuple[float, float, Span], ...]
    """x, width, span of stretches of five seconds or more in which nobody speaks."""
    overlaps: str
    """SVG path of stretches in which agent and customer both speak, two lanes high."""
    markers: tuple[Marker, ...]
    ticks: tuple[tuple[float, int], ...]
    """x and milliseconds."""


def timeline(call: Call, findings: Sequence[tuple[int, Span, bool]]) -> Timeline | None:
    """None where the recording has no length."""
    duration_ms = call.recording.duration_ms
    if duration_ms <= 0:
        return None

    def x(ms: int) -> float:
        return round(WIDTH * min(max(ms, 0), duration_ms) / duration_ms, 1)

    def boxes(spans: Sequence[Span], height: int = 1) -> str:
        return "".join(
            f"M{x(s.start_ms):g} 0h{max(0.8, x(s.end_ms) - x(s.start_ms)):.4g}v{height}H{x(s.start_ms):g}z"
            for s in spans
        )

    speech = _speech(call)
    talk = merge(span for spans in speech.values() for span in spans)
    quiet = [
        Span(before, after)
        for before, after in zip(
            (0, *(span.end_ms for span in talk)), (*(span.start_ms for span in talk), duration_ms), strict=True
        )
        if after - before >= _LONG_SILENCE_MS
    ]
    both = common(speech.get(Role.AGENT, ()), speech.get(Role.CUSTOMER, ()))
    step_ms = next((s for s in (10_000, 30_000, 60_000, 300_000, 600_000) if duration_ms / s <= 10), 1_800_000)
    return Timeline(
        duration_ms=duration_ms,
        lanes=tuple(Lane(role, boxes(speech[role])) for role in _ORDER if speech.get(role)),
        silences=tuple((x(s.start_ms), round(x(s.end_ms) - x(s.start_ms), 1), s) for s in quiet),
        overlaps=boxes(both, 2),
        markers=_markers([(number, x(span.start_ms), decided) for number, span, decided in findings]),
        ticks=tuple((x(ms), ms) for ms in range(step_ms, duration_ms, step_ms)),
    )


def _markers(found: Sequence[tuple[int, float, bool]]) -> tuple[Marker, ...]:
    """Findings come in order of time."""
    markers: list[Marker] = []
    for number, x, decided in found:
        if markers and x - markers[-1].x < _MARKER_WIDTH:
            before = markers[-1]
            markers[-1] = Marker((*before.numbers, number), before.x, before.decided or decided)
        else:
            markers.append(Marker((number,), x, decided))
    return tuple(markers)


def _speech(call: Call) -> dict[Role, tuple[Span, ...]]:
    """Voice activity where it is known, else the turns."""
    if call.speech:
        return {role: merge(spans) for role, spans in call.speech.items()}
    roles = {turn.role for turn in call.turns}
    return {role: merge(turn.span for turn in call.turns_of(role)) for role in roles}

"""The distribution of one measurement over calls: percentiles, what a bound flags, and the bound for a wanted share."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from enum import StrEnum
from statistics import median

import msgspec

from qa.judge.measured import MeasureName
from qa.model import Role

FEWEST_CALLS = 100
"""Below this, one call is more than a percent: a bound that rests on fewer is a guess, and is called one."""
PERCENTILES = (1, 5, 10, 25, 50, 75, 90, 95, 99)
SHARES_PCT = (1.0, 2.0, 5.0, 10.0, 20.0)
"""Shares for which a candidate bound is shown, beside the wanted one."""
MOST_BARS = 12


class Side(StrEnum):
    """Which end a bound cuts off."""

    MAX = "max"
    MIN = "min"


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A bound and what it would flag."""

    bound: float
    flagged: int
    share_pct: float


class CurrentBound(msgspec.Struct, kw_only=True):
    """What the rubric says now under one profile, and what the rule flags with it."""

    profile: str
    min: float | None
    max: float | None
    off: bool = False
    calls: int = 0
    """To which the rule applied."""
    flagged: int = 0


class AgentSpread(msgspec.Struct, frozen=True, kw_only=True):
    agent_id: str
    agent_name: str
    calls: int
    median: float
    flagged: int
    """By the proposed bound; 0 where there is none."""


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """`[start, end)`; the outermost bars hold what lies beyond them too."""

    start: float
    end: float
    calls: int


class SideResult(msgspec.Struct, frozen=True, kw_only=True):
    """One end of the distribution."""

    side: Side
    calls: int
    """To which the bound would apply."""
    valued: int
    """Of these, those that have the measurement at all: a call without any silence has none."""
    percentiles: dict[str, float]
    histogram: tuple[Bar, ...]
    candidates: tuple[Candidate, ...]
    proposed: Candidate | None
    """None where no bound is needed: fewer calls than wanted have the measurement at all, or none is left below it."""
    enough: bool
    agents: tuple[AgentSpread, ...]


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    rule_id: str | None
    rule_name: str
    measure: str
    role: Role | None
    call_count: int
    """In the store."""
    target_pct: float
    current: tuple[CurrentBound, ...]
    sides: tuple[SideResult, ...]

    @classmethod
    def of(
        cls,
        *,
        rule_id: str | None,
        rule_name: str,
        measure: MeasureName,
        role: Role | None,
        call_count: int,
        target_pct: float,
        current: tuple[CurrentBound, ...],
        spreads: tuple[Spread, ...],
    ) -> Calibration:
        bounds = {Side.MAX: [one.max for one in current], Side.MIN: [one.min for one in current]}
        return cls(
            rule_id=rule_id,
            rule_name=rule_name,
            measure=measure.value,
            role=role,
            call_count=call_count,
            target_pct=target_pct,
            current=current,
            sides=tuple(
                spread.result(measure, target_pct, [bound for bound in bounds[spread.side] if bound is not None])
                for spread in spreads
                if spread.values
            ),
        )


class Spread:
    """The worst value of each call, towards one side."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.calls = 0
        self.values: list[float] = []
        self.by_agent: dict[tuple[str, str], list[float]] = {}
        self.calls_of: dict[tuple[str, str], int] = {}

    def add(self, values: list[float], agent: tuple[str, str]) -> None:
        """One call; no values where it has nothing of the kind."""
        self.calls += 1
        self.calls_of[agent] = self.calls_of.get(agent, 0) + 1
        if values:
            worst = max(values) if self.side is Side.MAX else min(values)
            self.values.append(worst)
            self.by_agent.setdefault(agent, []).append(worst)

    def result(self, measure: MeasureName, target_pct: float, current: list[float]) -> SideResult:
        values = sorted(self.values)
        proposed = self._bound_for(values, measure, target_pct)
        wanted = {
            bound
            for share in {*SHARES_PCT, target_pct}
            if (bound := self._bound_for(values, measure, share)) is not None
        }
        return SideResult(
            side=self.side,
            calls=self.calls,
            valued=len(values),
            percentiles={f"p{share}": percentile(values, share) for share in PERCENTILES},
            histogram=histogram(values),
            candidates=tuple(self._candidate(values, bound) for bound in sorted({*wanted, *current})),
            proposed=None if proposed is None else self._candidate(values, proposed),
            enough=self.calls >= FEWEST_CALLS,
            agents=self._agents(proposed),
        )

    def _flagged(self, values: list[float], bound: float) -> int:
        """As the rule does: beyond the bound, not on it."""
        if self.side is Side.MAX:
            return len(values) - bisect_right(values, bound)
        return bisect_left(values, bound)

    def _candidate(self, values: list[float], bound: float) -> Candidate:
        flagged = self._flagged(values, bound)
        return Candidate(bound=bound, flagged=flagged, share_pct=100 * flagged / self.calls)

    def _bound_for(self, values: list[float], measure: MeasureName, share_pct: float) -> float | None:
        """The tightest round bound that flags at most this share."""
        allowed = math.floor(self.calls * share_pct / 100)
        if allowed >= len(values):
            return None
        edge = values[len(values) - 1 - allowed] if self.side is Side.MAX else values[allowed]
        step = round_step(measure, edge)
        # Rounding of floats must not put the bound on the wrong side of a value that is to stay unflagged.
        if self.side is Side.MAX:
            bound = math.ceil(edge / step) * step
            return bound if bound >= edge else bound + step
        bound = math.floor(edge / step) * step
        bound = bound if bound <= edge else bound - step
        return None if bound <= 0 <= edge else bound

    def _agents(self, bound: float | None) -> tuple[AgentSpread, ...]:
        """Those nearest to being flagged first."""
        found = [
            AgentSpread(
                agent_id=agent[0],
                agent_name=agent[1],
                calls=self.calls_of[agent],
                median=median(values),
                flagged=0 if bound is None else self._flagged(sorted(values), bound),
            )
            for agent, values in self.by_agent.items()
        ]
        sign = -1 if self.side is Side.MAX else 1
        return tuple(sorted(found, key=lambda one: (sign * one.median, one.agent_id)))


def round_step(measure: MeasureName, near: float) -> float:
    """What a person would write: whole seconds from ten on, halves below; rates in fives."""
    unit = measure.value.rpartition("_")[2]
    if unit == "ms":
        return 60_000.0 if abs(near) >= 600_000 else 1000.0 if abs(near) >= 10_000 else 500.0
    return {"spm": 5.0, "hz": 5.0, "db": 1.0, "st": 0.5, "pct": 1.0, "count": 5.0}[unit]


def percentile(ordered: list[float], share: float) -> float:
    """Nearest rank: always a value that some call really has."""
    return ordered[max(0, math.ceil(share / 100 * len(ordered)) - 1)]


def histogram(ordered: list[float]) -> tuple[Bar, ...]:
    """At most `MOST_BARS` bars of a round width between the 1st and the 99th percentile."""
    low, high = percentile(ordered, 1), percentile(ordered, 99)
    least = (high - low) / (MOST_BARS - 2)
    # No measure is finer than that, and the logarithm of what underflows does not exist.
    width = _round_width(least) if least > 1e-9 else 1.0
    first = math.floor(low / width)
    count = max(1, math.floor(high / width) - first + 1)
    bars = [0] * count
    for value in ordered:
        bars[min(count - 1, max(0, math.floor(value / width) - first))] += 1
    return tuple(
        Bar(start=(first + place) * width, end=(first + place + 1) * width, calls=calls)
        for place, calls in enumerate(bars)
    )


def _round_width(least: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50 … from there on."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least * (1 - 1e-9))

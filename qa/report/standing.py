"""Says how far a mark can be relied on: its interval, and how many calls it takes to compare."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa.model import Tally

RANKED_CALLS = 10
"""Fewer scored calls than this and chance decides the order of two agents: no rank is shown."""
_SMALL = 5
"""Below it an interval is as wide as the scale and says nothing."""
# Student's t, two-sided 95 %, by degrees of freedom; beyond the table the normal value serves.
_T_95 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.10)
_T_95_MANY = 2.0


@dataclass(frozen=True, slots=True)
class Standing:
    percent: float | None
    calls: int
    """Calls with a denominator."""
    low: float | None
    """95 % interval, within 0 to 100; None on fewer than five calls."""
    high: float | None
    rank: int | None = None
    ranked: int = 0
    """How many agents are in the ranking."""

    @property
    def missing_calls(self) -> int:
        """Calls still wanting before a rank is shown."""
        return max(0, RANKED_CALLS - self.calls)


def standing(tallies: Iterable[Tally]) -> Standing:
    """The mark over calls and its 95 % interval: points over denominators, a ratio estimate (Cochran 1977, ch. 6)."""
    judged = [tally for tally in tallies if tally.out_of]
    points, out_of = sum(t.points for t in judged), sum(t.out_of for t in judged)
    if not judged:
        return Standing(None, 0, None, None)
    ratio, n = points / out_of, len(judged)
    if n < _SMALL:
        return Standing(100 * ratio, n, None, None)
    spread = math.sqrt(n / (n - 1) * sum((t.points - ratio * t.out_of) ** 2 for t in judged)) / out_of
    half = 100 * spread * (_T_95[n - 2] if n - 2 < len(_T_95) else _T_95_MANY)
    return Standing(100 * ratio, n, max(0.0, 100 * ratio - half), min(100.0, 100 * ratio + half))


def ranks(standings: Sequence[Standing]) -> list[Standing]:
    """The same, with ranks among those who have calls enough; equal marks share a rank."""
    marks = sorted((s.percent for s in standings if s.percent is not None and s.calls >= RANKED_CALLS), reverse=True)
    return [
        Standing(
            s.percent,
            s.calls,
            s.low,
            s.high,
            rank=marks.index(s.percent) + 1 if s.percent is not None and s.calls >= RANKED_CALLS else None,
            ranked=len(marks),
        )
        for s in standings
    ]

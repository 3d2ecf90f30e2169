"""What must be known of all calls before the first page can be written: their order and the dimensions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from qa.model import AgentScorecard


@dataclass(frozen=True, slots=True)
class Outline:
    call_ids: tuple[str, ...]
    """By team, then agent: so that the next call is the same agent's as long as there is one."""
    places: dict[str, int]
    dimensions: tuple[tuple[str, str], ...]
    """Id and name, in the rubric's order; those that hold points."""

    def place(self, call_id: str) -> int:
        """Calls on nobody's scorecard come last."""
        return self.places.get(call_id, len(self.places))

    def neighbours(self, call_id: str) -> tuple[str | None, str | None]:
        """The call before and the one after."""
        at = self.places.get(call_id)
        if at is None:
            return None, None
        return (
            self.call_ids[at - 1] if at > 0 else None,
            self.call_ids[at + 1] if at + 1 < len(self.call_ids) else None,
        )


def outline_of(scorecards: Iterable[AgentScorecard]) -> Outline:
    """From the scorecards, so that the records themselves are read only once."""
    ordered = sorted(scorecards, key=lambda card: (card.team, card.agent_id))
    call_ids = tuple(dict.fromkeys(call_id for card in ordered for call_id in card.call_ids))
    names: dict[str, str] = {}
    out_of: Counter[str] = Counter()
    for card in ordered:
        for dimension in card.dimensions:
            names.setdefault(dimension.dimension_id, dimension.name)
            out_of[dimension.dimension_id] += dimension.tally.out_of
    # A dimension without points (vetoes only) has no column, unless nothing at all has points.
    shown = tuple((id_, name) for id_, name in names.items() if out_of[id_] or not out_of.total())
    return Outline(call_ids, {call_id: i for i, call_id in enumerate(call_ids)}, shown)

"""What must be known of all calls before the first page can be written: their order and the dimensions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa.model import CallRecord


@dataclass(frozen=True, slots=True)
class Outline:
    call_ids: tuple[str, ...]
    """By team, agent, time, id: so that the next call is the same agent's as long as there is one."""
    places: dict[str, int]
    dimensions: tuple[tuple[str, str], ...]
    """Id and name, in the rubric's order."""

    def place(self, call_id: str) -> int:
        """Calls that were not there at the first look come last."""
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


def outline_of(records: Iterable[CallRecord]) -> Outline:
    keys = []
    dimensions: dict[str, str] = {}
    for record in records:
        r = record.recording
        started = r.started_at.isoformat() if r.started_at else ""
        keys.append((r.team, r.agent_id or "", started, r.call_id))
        for dimension in record.score.dimensions if record.score else ():
            dimensions.setdefault(dimension.dimension_id, dimension.name)
    call_ids = _unique([call_id for *_, call_id in sorted(keys)])
    return Outline(call_ids, {call_id: i for i, call_id in enumerate(call_ids)}, tuple(dimensions.items()))


def _unique(call_ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(call_ids))

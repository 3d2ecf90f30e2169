"""Adds call scores up into one scorecard for each agent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from qa.model import AgentScorecard, CallScore, DimensionScore, ItemScore, Recording, Tally

NO_AGENT = ""
"""Calls whose agent nobody named stand together under this id, so that they are seen and not lost."""


@dataclass(slots=True)
class _Sum:
    recording: Recording
    call_ids: list[str] = field(default_factory=list)
    scored_calls: int = 0
    vetoed_calls: int = 0
    review_calls: int = 0
    total: Tally = Tally()  # noqa: RUF009 - frozen
    dimensions: dict[str, DimensionScore] = field(default_factory=dict)
    items: dict[str, ItemScore] = field(default_factory=dict)

    def add(self, recording: Recording, score: CallScore | None) -> None:
        self.call_ids.append(recording.call_id)
        if score is None:
            return
        self.scored_calls += score.tally.out_of > 0
        self.vetoed_calls += bool(score.vetoed_by)
        self.review_calls += bool(score.needs_review)
        self.total += score.tally
        for dimension in score.dimensions:
            before = self.dimensions.get(dimension.dimension_id)
            tally = dimension.tally + (before.tally if before else Tally())
            self.dimensions[dimension.dimension_id] = DimensionScore(
                dimension_id=dimension.dimension_id, name=dimension.name, tally=tally
            )
        for item in score.items:
            known = self.items.get(item.item_id)
            self.items[item.item_id] = ItemScore(
                item_id=item.item_id,
                name=item.name,
                dimension_id=item.dimension_id,
                tally=item.tally + (known.tally if known else Tally()),
                verdicts=(),
            )


def scorecards(scored: Iterable[tuple[Recording, CallScore | None]]) -> tuple[AgentScorecard, ...]:
    """One card for each agent, by agent id. Sums of points over sums of denominators, never a mean of means.

    `None` stands for a call that could not be scored: it is counted among the agent's calls and nowhere else.
    """
    sums: dict[str, _Sum] = {}
    for recording, score in scored:
        sums.setdefault(recording.agent_id or NO_AGENT, _Sum(recording)).add(recording, score)
    return tuple(
        AgentScorecard(
            agent_id=agent_id,
            agent_name=found.recording.agent_name,
            team=found.recording.team,
            call_ids=tuple(found.call_ids),
            scored_calls=found.scored_calls,
            vetoed_calls=found.vetoed_calls,
            review_calls=found.review_calls,
            total=found.total,
            dimensions=tuple(found.dimensions.values()),
            items=tuple(found.items.values()),
        )
        for agent_id, found in sorted(sums.items())
    )

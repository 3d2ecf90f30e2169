"""What the pages of an agent and of a team show, as plain data that tests can compare."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from qa.model import AgentScorecard, DimensionScore, ItemScore, Tally
from qa.report.colleague import Example, example_of
from qa.report.ledger import CallRow, Habit, Ledger, costliest, enter_book
from qa.report.progress import Change, Day, changes_of, days_of, weeks_of
from qa.report.standing import Standing, ranks, standing

NO_AGENT = "（未标明工号）"
NO_TEAM = "（未分班组）"
_PRAISE_MARGIN = 3.0
"""Percentage points over the group before an item is called a strength; less is noise on a night's calls."""
_PRAISE_CALLS = 3
_PRAISED_ITEMS = 3
_EXAMPLES = 2
"""The costliest habits that get a colleague's wording: a coaching talk has room for two."""


@dataclass(frozen=True, slots=True)
class ItemCard:
    item_id: str
    name: str
    tally: Tally
    group: float | None
    """The team's percentage, or everybody's where the agent has no team; None with nobody to compare."""
    habits: tuple[Habit, ...]

    @property
    def lost(self) -> int:
        return self.tally.out_of - self.tally.points

    @property
    def ahead(self) -> float | None:
        """Percentage points over the group."""
        own = self.tally.percent
        return None if own is None or self.group is None else own - self.group


@dataclass(frozen=True, slots=True)
class DimensionCard:
    dimension_id: str
    name: str
    tally: Tally
    group: float | None
    items: tuple[ItemCard, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """An agent's scorecard or a team's, with what surrounds it."""

    id: str
    name: str
    team: str
    standing: Standing
    call_count: int
    vetoed_calls: int
    review_calls: int
    total: Tally
    group_name: str
    group_percent: float | None
    dimensions: tuple[DimensionCard, ...]
    habits: tuple[Habit, ...]
    rows: tuple[CallRow, ...]
    days: tuple[Day, ...]
    weeks: tuple[Day, ...]
    changes: tuple[Change, ...]
    examples: dict[str, Example] = field(default_factory=dict)
    """A colleague's words for the costliest habits, by rule id."""

    @property
    def by_id(self) -> dict[str, DimensionCard]:
        return {dimension.dimension_id: dimension for dimension in self.dimensions}

    @property
    def strengths(self) -> tuple[ItemCard, ...]:
        """Items clearly better than the group's, best first: what to praise."""
        if self.standing.calls < _PRAISE_CALLS:
            return ()
        ahead = [i for d in self.dimensions for i in d.items if i.ahead is not None and i.ahead >= _PRAISE_MARGIN]
        return tuple(sorted(ahead, key=lambda i: -(i.ahead or 0))[:_PRAISED_ITEMS])

    @property
    def failed(self) -> tuple[CallRow, ...]:
        return tuple(row for row in self.rows if row.failed)

    @property
    def waiting(self) -> tuple[CallRow, ...]:
        return tuple(row for row in self.rows if row.waits)


class Cards:
    """Cards of everybody, made from the scorecards and the ledger of one report."""

    def __init__(self, scorecards: Sequence[AgentScorecard], ledger: Ledger) -> None:
        self._ledger = ledger
        self._rows: dict[str, list[CallRow]] = defaultdict(list)
        for row in ledger.rows:
            self._rows[row.agent_id].append(row)
        self.scorecards = tuple(scorecards)
        self.everyone = _Sums(scorecards)
        self._teams: dict[str, list[AgentScorecard]] = defaultdict(list)
        for scorecard in scorecards:
            self._teams[scorecard.team].append(scorecard)
        self._team_sums = {team: _Sums(members) for team, members in self._teams.items()}
        standings = ranks([standing(row.tally for row in self._rows[s.agent_id]) for s in scorecards])
        self._standings = {s.agent_id: one for s, one in zip(scorecards, standings, strict=True)}

    def agents(self) -> Iterable[Card]:
        for scorecard in self.scorecards:
            members = self._teams[scorecard.team]
            with_team = bool(scorecard.team) and len(members) > 1
            group = self._team_sums[scorecard.team] if with_team else self.everyone
            group_name = (scorecard.team if with_team else "全体") if len(self.scorecards) > 1 else ""
            card = _card(
                scorecard.agent_id,
                scorecard.agent_name,
                scorecard.team,
                self._standings[scorecard.agent_id],
                [scorecard],
                self._rows[scorecard.agent_id],
                self._ledger.habits.get(scorecard.agent_id, {}),
                group if group_name else None,
                group_name,
            )
            yield replace(card, examples=self._examples(card))

    def _examples(self, card: Card) -> dict[str, Example]:
        """Only for rules about wording: those for which the rubric knows a better one."""
        found: dict[str, Example] = {}
        for habit in [habit for habit in card.habits if habit.better][:_EXAMPLES]:
            wanted = [clip.situation for clip in habit.clips if clip.situation]
            if example := example_of(habit.rule_id, card.id, wanted, self._ledger.models):
                found[habit.rule_id] = example
        return found

    def teams(self) -> Iterable[Card]:
        for team, members in sorted(self._teams.items()):
            rows = [row for member in members for row in self._rows[member.agent_id]]
            group = self.everyone if len(self._teams) > 1 else None
            yield _card(
                team,
                team or NO_TEAM,
                team,
                standing(row.tally for row in rows),
                members,
                rows,
                _merged([self._ledger.habits.get(member.agent_id, {}) for member in members]),
                group,
                "全体" if group else "",
            )


class _Sums:
    """Tallies added up over scorecards."""

    def __init__(self, scorecards: Iterable[AgentScorecard]) -> None:
        self.total = Tally()
        self.dimensions: dict[str, DimensionScore] = {}
        self.items: dict[str, ItemScore] = {}
        for card in scorecards:
            self.total += card.total
            for d in card.dimensions:
                before = self.dimensions.get(d.dimension_id)
                self.dimensions[d.dimension_id] = DimensionScore(
                    dimension_id=d.dimension_id, name=d.name, tally=d.tally + (before.tally if before else Tally())
                )
            for i in card.items:
                known = self.items.get(i.item_id)
                self.items[i.item_id] = ItemScore(
                    item_id=i.item_id,
                    name=i.name,
                    dimension_id=i.dimension_id,
                    tally=i.tally + (known.tally if known else Tally()),
                    verdicts=(),
                )

    def item_percent(self, item_id: str) -> float | None:
        return self.items[item_id].tally.percent if item_id in self.items else None

    def dimension_percent(self, dimension_id: str) -> float | None:
        return self.dimensions[dimension_id].tally.percent if dimension_id in self.dimensions else None


def _card(
    id_: str,
    name: str,
    team: str,
    own_standing: Standing,
    scorecards: Sequence[AgentScorecard],
    rows: Sequence[CallRow],
    book: dict[str, Habit],
    group: _Sums | None,
    group_name: str,
) -> Card:
    own = _Sums(scorecards)
    by_item: dict[str, list[Habit]] = defaultdict(list)
    for habit in costliest(book):
        by_item[habit.item].append(habit)
    return Card(
        id=id_,
        name=name,
        team=team,
        standing=own_standing,
        call_count=len(rows),
        vetoed_calls=sum(card.vetoed_calls for card in scorecards),
        review_calls=sum(row.waits for row in rows),
        total=own.total,
        group_name=group_name,
        group_percent=group.total.percent if group else None,
        dimensions=tuple(
            DimensionCard(
                d.dimension_id,
                d.name,
                d.tally,
                group.dimension_percent(d.dimension_id) if group else None,
                tuple(
                    ItemCard(
                        i.item_id,
                        i.name,
                        i.tally,
                        group.item_percent(i.item_id) if group else None,
                        tuple(by_item.get(i.name, ())),
                    )
                    for i in own.items.values()
                    if i.dimension_id == d.dimension_id
                ),
            )
            for d in own.dimensions.values()
        ),
        habits=tuple(costliest(book)),
        rows=tuple(rows),
        days=days_of(rows),
        weeks=weeks_of(rows),
        changes=changes_of(rows, book.values()),
    )


def _merged(books: Iterable[dict[str, Habit]]) -> dict[str, Habit]:
    merged: dict[str, Habit] = {}
    for book in books:
        enter_book(merged, book)
    return merged

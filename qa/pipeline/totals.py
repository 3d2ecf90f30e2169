"""Adds up what two rubrics make of the same calls: who moves, who crosses the pass mark, which rules do it."""

from __future__ import annotations

from statistics import median

import msgspec

from qa.judge import Rubric
from qa.model import Outcome, Tally
from qa.pipeline.difference import QUOTES_KEPT, CallChange, Quote, RuleChange


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A call or an agent before and after, in percent; None where nothing was judged."""

    id: str
    name: str = ""
    agent_id: str = ""
    old: float | None
    new: float | None

    @property
    def by(self) -> float | None:
        return None if self.old is None or self.new is None else self.new - self.old


class RuleTotal(msgspec.Struct, kw_only=True):
    """One rule over all calls."""

    rule_id: str
    code: str
    name: str
    newly_violated: int = 0
    newly_cleared: int = 0
    other_points: int = 0
    """Violated under both, at another price."""
    newly_undetermined: int = 0
    violated_quotes: list[Quote] = []
    cleared_quotes: list[Quote] = []


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """Who is below the pass mark under which rubric."""

    old_below: int
    new_below: int
    newly_flagged: tuple[Moved, ...]
    newly_cleared: tuple[Moved, ...]


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """The whole comparison. Percentages are sums of points over sums of denominators."""

    old_rubric: str
    new_rubric: str
    old_pass_mark: int
    new_pass_mark: int
    call_count: int
    agent_count: int
    old: float | None
    new: float | None
    up: int
    down: int
    median_move: float | None
    """Of the calls that moved, in points of a hundred; None where none did."""
    old_vetoed: int
    new_vetoed: int
    old_review: int
    new_review: int
    calls: Crossing
    agents: Crossing
    moved_calls: tuple[Moved, ...]
    """The furthest first."""
    moved_agents: tuple[Moved, ...]
    rules: tuple[RuleTotal, ...]
    """Those with any change, by code."""


class Totals:
    """Adds changes up; keeps a line for each call that moved and a few quotes for each rule, no call itself."""

    def __init__(self, old: Rubric, new: Rubric) -> None:
        self.old, self.new = old, new
        self.calls = 0
        self.moved: list[Moved] = []
        self.crossed: list[Moved] = []
        self.below = [0, 0]
        self.vetoed = [0, 0]
        self.review = [0, 0]
        self.agents: dict[str, tuple[str, Tally, Tally]] = {}
        self.rules: dict[str, RuleTotal] = {}

    def add(self, change: CallChange) -> None:
        self.calls += 1
        line = Moved(id=change.call_id, agent_id=change.agent_id, old=change.old.percent, new=change.new.percent)
        below = self._below(line)
        if line.old != line.new:
            self.moved.append(line)
        if below[0] != below[1]:
            self.crossed.append(line)
        for place, (is_below, vetoed, review) in enumerate(
            zip(
                below,
                (change.old_vetoed, change.new_vetoed),
                (change.old_review, change.new_review),
                strict=True,
            )
        ):
            self.below[place] += is_below
            self.vetoed[place] += vetoed
            self.review[place] += review
        name, old, new = self.agents.get(change.agent_id, (change.agent_name, Tally(), Tally()))
        self.agents[change.agent_id] = (name, old + change.old, new + change.new)
        for rule in change.rules:
            self._add_rule(rule)

    def _add_rule(self, change: RuleChange) -> None:
        total = self.rules.setdefault(
            change.rule_id, RuleTotal(rule_id=change.rule_id, code=change.code, name=change.name)
        )
        quotes: list[Quote] | None = None
        if change.new is Outcome.VIOLATED and change.old is Outcome.VIOLATED:
            total.other_points += 1
        elif change.new is Outcome.VIOLATED:
            total.newly_violated += 1
            quotes = total.violated_quotes
        elif change.old is Outcome.VIOLATED:
            total.newly_cleared += 1
            quotes = total.cleared_quotes
        if change.new is Outcome.UNDETERMINED and change.old is not Outcome.UNDETERMINED:
            total.newly_undetermined += 1
        if quotes is not None:
            quotes.extend(change.quotes[: QUOTES_KEPT - len(quotes)])

    def _below(self, line: Moved) -> tuple[bool, bool]:
        """Nothing judged is not below: no data is no blame."""
        return (
            line.old is not None and line.old < self.old.pass_mark,
            line.new is not None and line.new < self.new.pass_mark,
        )

    def result(self) -> Backtest:
        agents = [
            Moved(id=agent_id, name=name, agent_id=agent_id, old=old.percent, new=new.percent)
            for agent_id, (name, old, new) in sorted(self.agents.items())
        ]
        below = [self._below(agent) for agent in agents]
        moves = [line.by for line in self.moved if line.by is not None]
        old_total = sum((old for _, old, _ in self.agents.values()), Tally())
        new_total = sum((new for _, _, new in self.agents.values()), Tally())
        return Backtest(
            old_rubric=self.old.label,
            new_rubric=self.new.label,
            old_pass_mark=self.old.pass_mark,
            new_pass_mark=self.new.pass_mark,
            call_count=self.calls,
            agent_count=len(agents),
            old=old_total.percent,
            new=new_total.percent,
            up=sum(move > 0 for move in moves),
            down=sum(move < 0 for move in moves),
            median_move=median(moves) if moves else None,
            old_vetoed=self.vetoed[0],
            new_vetoed=self.vetoed[1],
            old_review=self.review[0],
            new_review=self.review[1],
            calls=self._crossing(self.crossed, self.below[0], self.below[1]),
            agents=self._crossing(agents, sum(old for old, _ in below), sum(new for _, new in below)),
            moved_calls=tuple(sorted(self.moved, key=_furthest)),
            moved_agents=tuple(sorted((one for one in agents if one.old != one.new), key=_furthest)),
            rules=tuple(
                sorted(
                    (rule for rule in self.rules.values() if _told(rule)),
                    key=lambda rule: rule.code,
                )
            ),
        )

    def _crossing(self, lines: list[Moved], old_below: int, new_below: int) -> Crossing:
        found = [(line, self._below(line)) for line in lines]
        return Crossing(
            old_below=old_below,
            new_below=new_below,
            newly_flagged=tuple(line for line, (old, new) in found if new and not old),
            newly_cleared=tuple(line for line, (old, new) in found if old and not new),
        )


def _told(rule: RuleTotal) -> bool:
    return bool(rule.newly_violated or rule.newly_cleared or rule.other_points or rule.newly_undetermined)


def _furthest(line: Moved) -> tuple[float, str]:
    # Judged now and not before, or the other way round: no distance, so it comes last.
    return (-abs(line.by) if line.by is not None else 1.0, line.id)

"""What a foreign operator becomes: something said, something measured, one thing followed by another."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from qa.judge.importing.logic import Node, Or
from qa.judge.pattern import parse

SHORT = 3
"""Phrases of so few syllables are found by their characters only: too much sounds like them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Somebody says one of these."""

    who: str
    say: tuple[str, ...]
    except_: tuple[str, ...] = ()
    window: tuple[tuple[str, Any], ...] = ()
    ear: str = ""

    def phrases(self) -> Any:
        """As `any_of` is written."""
        short = [one for one in self.say if parse(one).shortest <= SHORT]
        long = [one for one in self.say if one not in short]
        if not short and not self.except_:
            return long
        said: dict[str, Any] = {"say": long, "exact": short, "except": list(self.except_)}
        return {key: value for key, value in said.items() if value}

    def written(self, *, absent: bool = False) -> dict[str, Any]:
        """As `said` and `when` are written. What is missed must be missing to a generous ear."""
        told: dict[str, Any] = {"who": self.who, "any_of": self.phrases()}
        if absent or self.ear:
            told["ear"] = "generous" if absent else self.ear
        if self.window:
            told["window"] = dict(self.window)
        return told

    def alike(self, other: Heard) -> bool:
        """Whether the two can be one rule."""
        return (self.who, self.window, self.ear) == (other.who, other.window, other.ear)

    def only(self, say: list[str]) -> Heard:
        """The same party in the same place with other words."""
        return replace(self, say=tuple(say))

    def joined(self, other: Heard) -> Heard:
        say = tuple(dict.fromkeys((*self.say, *other.say)))
        return replace(self, say=say, except_=tuple(dict.fromkeys((*self.except_, *other.except_))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A measurement lies beyond one or both bounds, in the measurement's own unit."""

    measure: str
    role: str | None = None
    above: float | None = None
    below: float | None = None
    least_syllables: int = 0

    def bound(self, value: float) -> Any:
        if not self.measure.endswith("_ms"):
            return round(value) if value == round(value) else value
        return f"{value / 1000:g}s" if value % 1000 == 0 else f"{value:g}ms"

    def written(self) -> dict[str, Any]:
        told: dict[str, Any] = {"measure": self.measure}
        if self.role:
            told["role"] = self.role
        if self.above is not None:
            told["min"] = self.bound(self.above)
        if self.below is not None:
            told["max"] = self.bound(self.below)
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """The second is said within so many turns after the first; 0: any time after."""

    first: Heard
    then: Heard
    turns: int = 0

    def written(self) -> dict[str, Any]:
        told: dict[str, Any] = {"first": self.first.written(), "then": self.then.written()}
        return {**told, "turns": self.turns} if self.turns else told


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A kind of rule by itself, which does not combine; `part` is what comes nearest where it has to."""

    kind: str
    keys: dict[str, Any] = field(hash=False)
    part: Node = None


def by_anyone(heard: Heard) -> Node:
    """A condition without a role looks at both parties."""
    return Or((replace(heard, who="agent"), replace(heard, who="customer")))


def only_heard(tree: Node) -> Heard | None:
    """The tree as one thing said by one party; None where it is not. Of both parties the agent stays."""
    if isinstance(tree, Heard):
        return tree
    if isinstance(tree, Or):
        said = [one for one in tree.parts if isinstance(one, Heard)]
        agents = [one for one in said if one.who == "agent"]
        if len(said) < len(tree.parts) or not said:
            return None
        kept = agents if agents and len(agents) * 2 == len(said) else said
        found = kept[0]
        for one in kept[1:]:
            if not found.alike(one):
                return None
            found = found.joined(one)
        return found
    return None

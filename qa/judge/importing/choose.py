"""Chooses the kind of rule that says what a tree of conditions says, and writes its keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qa.judge.importing.fields import NotCarried
from qa.judge.importing.leaves import Heard, Reached, Then, Whole
from qa.judge.importing.logic import And, Node, Not, Or
from qa.judge.importing.operators import Tell


def rule_of(tree: Node, tell: Tell) -> dict[str, Any]:  # noqa: PLR0911 - one line for each kind
    """The keys of a rule: its kind and what the kind needs. `tree` has its negations at the leaves."""
    parts = _parts(tree)
    positive = [part for part in parts if not isinstance(part, Not)]
    absent = [part.of for part in parts if isinstance(part, Not)]
    if isinstance(tree, Whole):
        return {"kind": tree.kind, **tree.keys}
    if isinstance(tree, Reached) and (made := _limit(tree)):
        return made
    if not absent and not isinstance(tree, And) and (heard := _joined(positive)) is not None:
        return {"kind": "phrase_forbidden", **heard.written()}
    if not positive and all(isinstance(part, Heard) for part in absent):
        return _required(tree, absent, tell)
    if made := _after(tree, positive, absent):
        return made
    if isinstance(tree, And) and absent and all(isinstance(part, Heard) for part in (*positive, *absent)):
        missing = _joined(_of_agent(absent, tell))
        if missing is not None:
            return {**_needed(missing), "applies": {"said": [one.written() for one in positive]}}  # type: ignore[attr-defined]
    key = "any" if isinstance(tree, Or) else "all"
    return {"kind": "combine", key: [_condition(part) for part in _simplified(parts)]}


def _parts(tree: Node) -> tuple[Node, ...]:
    return tree.parts if isinstance(tree, And | Or) else (tree,)


def _joined(parts: Sequence[Node]) -> Heard | None:
    """All of these as one set of phrases, where the same party says them in the same place."""
    said = [part for part in parts if isinstance(part, Heard)]
    if not said or len(said) < len(parts) or not all(said[0].alike(one) for one in said):
        return None
    found = said[0]
    for one in said[1:]:
        found = found.joined(one)
    return found


def _of_agent(absent: Sequence[Node], tell: Tell) -> list[Node]:
    """Where neither party said it, it is the agent who should have."""
    said = [part for part in absent if isinstance(part, Heard)]
    agents: list[Node] = [one for one in said if one.who == "agent"]
    if agents and len(agents) * 2 == len(said):
        tell("“没有说”没有写角色：只看坐席")
        return agents
    return list(absent)


def _needed(heard: Heard) -> dict[str, Any]:
    made: dict[str, Any] = {"kind": "phrase_required", "who": heard.who, "any_of": heard.phrases()}
    return {**made, "window": dict(heard.window)} if heard.window else made


def _required(tree: Node, absent: Sequence[Node], tell: Tell) -> dict[str, Any]:
    absent = _of_agent(absent, tell) if isinstance(tree, And) else absent
    missing = _joined(absent)
    if missing is None:
        raise NotCarried("“没有说”的条件里，说话的人或检测范围不一样：请拆成几条 phrase_required")
    made = _needed(missing)
    if isinstance(tree, Or):
        del made["any_of"]
        made["all_of"] = [one.phrases() for one in absent if isinstance(one, Heard)]
    return made


def _limit(reached: Reached) -> dict[str, Any] | None:
    """None where only what lies between two bounds counts."""
    if reached.above is not None and reached.below is not None:
        return None
    made: dict[str, Any] = {"kind": "measure_limit", "measure": reached.measure}
    if reached.role:
        made["role"] = reached.role
    if reached.above is not None:
        made["max"] = reached.bound(reached.above)
    if reached.below is not None:
        made["min"] = reached.bound(reached.below)
    if reached.least_syllables and reached.role == "agent":
        made["applies"] = {"min_agent_syllables": reached.least_syllables}
    return made


def _after(tree: Node, positive: Sequence[Node], absent: Sequence[Node]) -> dict[str, Any] | None:
    """`a && !b` with b looked for after a."""
    if not isinstance(tree, And) or len(positive) != 1 or len(absent) != 1 or not isinstance(absent[0], Then):
        return None
    then = absent[0]
    if then.first != positive[0]:
        return None
    made: dict[str, Any] = {"kind": "phrase_after", "when": then.first.written()}
    made["then"] = then.then.written(absent=True)
    return {**made, "turns": then.turns} if then.turns else made


def _simplified(parts: Sequence[Node]) -> list[Node]:
    """`a and (a followed by b)` is the latter."""
    followed = [part for part in parts if isinstance(part, Then)]
    return [part for part in parts if not any(part in (then.first, then.then) for then in followed)]


def _condition(node: Node) -> dict[str, Any]:  # noqa: PLR0911 - one line for each condition
    if isinstance(node, Not):
        if isinstance(node.of, Heard):
            return {"not": {"said": node.of.written(absent=True)}}
        return {"not": _condition(node.of)}
    if isinstance(node, And):
        return {"all": [_condition(part) for part in _simplified(node.parts)]}
    if isinstance(node, Or):
        return {"any": [_condition(part) for part in node.parts]}
    if isinstance(node, Heard):
        return {"said": node.written()}
    if isinstance(node, Reached):
        return {"measured": node.written()}
    if isinstance(node, Then):
        return {"followed": node.written()}
    if isinstance(node, Whole) and node.part is not None:
        return _condition(node.part)
    raise NotCarried("数次数、重复提问的条件不能再和别的条件合成一条：请拆成两条规则")

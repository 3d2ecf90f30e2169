"""Gives an imported rule examples that prove it: a call that it must find fault with, and one that it must not."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from qa.judge.dialogue import Dialogue, Measured
from qa.judge.examples import verdict_on
from qa.judge.importing.fields import NotCarried
from qa.judge.importing.leaves import Heard, Reached, Then, Whole
from qa.judge.importing.logic import And, Node, Not, Or
from qa.judge.pattern import Choice, Literal, Part, parse
from qa.judge.rubric import read_rubric
from qa.model import Outcome, Role

INNOCENT = (
    "我看一下这个月的账单",
    "系统里显示是昨天下午开通的",
    "下个月一号开始生效",
    "这边一共是五十九元",
)
"""Sentences of any call; the first that the rule does not look for is taken."""
ANSWER = "客户：嗯"
_NAMES = {"agent": "坐席", "customer": "客户"}


def proved(keys: dict[str, Any], tree: Node) -> dict[str, Any]:
    """The keys with `examples`. Raises NotCarried where the rule cannot be read or no example shows what it does."""
    rule_yaml = {
        **{"id": "imported", "code": "SC-1.1", "name": "规则", "source": "导入", "deduct": 1},
        **keys,
        "examples": {"good": ["好"], "bad": ["好"]},
    }
    item = {"id": "SC-1", "name": "项", "points": 100, "rules": [rule_yaml]}
    rubric_yaml = {
        **{"id": "imported", "version": "1", "name": "导入"},
        "dimensions": [{"id": "SC", "name": "导入", "weight": 100, "items": [item]}],
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rubric.yaml"
        path.write_text(yaml.safe_dump(rubric_yaml, allow_unicode=True), encoding="utf-8")
        loaded = read_rubric(path)
    if loaded.rubric is None or loaded.problems:
        raise NotCarried("；".join(problem.message for problem in loaded.problems))
    (rule,) = loaded.rubric.rules
    outcomes = {example: verdict_on(rule, example, loaded.rubric).outcome for example in _examples(tree, keys)}
    bad = [example for example, outcome in outcomes.items() if outcome is Outcome.VIOLATED]
    met = [example for example, outcome in outcomes.items() if outcome is Outcome.MET]
    good = met or [example for example, outcome in outcomes.items() if outcome is Outcome.NOT_APPLICABLE]
    if not bad or not good:
        raise NotCarried("写不出能证明它的例子：请照原规则手写一条，配上正反例")
    return {**keys, "examples": {"good": [_written(good[0])], "bad": [_written(bad[0])]}}


def _examples(tree: Node, keys: dict[str, Any]) -> Iterator[Dialogue]:
    """Calls in which the conditions hold, calls in which what is missing is said, and calls of nothing at all."""
    least = keys.get("applies", {}).get("min_agent_syllables", 0)
    for sentence in INNOCENT:
        filler = "坐席：" + sentence * (1 + least // len(sentence))
        for lines, measured in (_scene(tree), _scene(tree, missing=True)):
            for call in ([*lines, filler, ANSWER], [filler, ANSWER, *lines], [filler, *lines, filler, ANSWER], lines):
                if call:
                    yield Dialogue(lines=tuple(call), measured=measured)
        low = tuple(_measured(one, hold=False) for one in _reached(tree))
        yield Dialogue(lines=(filler, ANSWER), measured=low)
    said = _scene(tree)[0]
    for times in (2, 3, 5, 8):
        # For what counts: again and again, with an answer between.
        again = (
            [line for _ in range(times) for line in (*said, ANSWER)] if said else [f"坐席：{_ASKED}", ANSWER] * times
        )
        yield Dialogue(lines=tuple(again))


_ASKED = "请问您的手机号码是多少"


def _scene(  # noqa: PLR0911 - one answer for each kind of node
    node: Node, *, missing: bool = False
) -> tuple[list[str], tuple[Measured, ...]]:
    """Lines and measurements that make the tree hold; with `missing` also what must not be said."""
    if isinstance(node, Not):
        return _scene(node.of) if missing else ([], ())
    if isinstance(node, Or):
        scenes = [_scene(part, missing=missing) for part in node.parts]
        if missing:
            return [line for lines, _ in scenes for line in lines], ()
        return next((scene for scene in scenes if scene != ([], ())), ([], ()))
    if isinstance(node, And):
        scenes = [_scene(part, missing=missing) for part in node.parts]
        lines = dict.fromkeys(line for said, _ in scenes for line in said)
        return list(lines), tuple(one for _, measured in scenes for one in measured)
    if isinstance(node, Then):
        return [_line(node.first), _line(node.then)], ()
    if isinstance(node, Heard):
        return [_line(node)], ()
    if isinstance(node, Reached):
        return [], (_measured(node, hold=True),)
    if isinstance(node, Whole):
        if node.kind == "phrase_count":
            phrases = node.keys["any_of"]
            one = phrases[0] if isinstance(phrases, list) else (phrases.get("say") or phrases["exact"])[0]
            return [f"{_NAMES[node.keys['who']]}：{_spoken(one)}"], ()
        return _scene(node.part)
    return [], ()


def _reached(node: Node) -> list[Reached]:
    if isinstance(node, Reached):
        return [node]
    if isinstance(node, And | Or):
        return [one for part in node.parts for one in _reached(part)]
    if isinstance(node, Not):
        return _reached(node.of)
    return _reached(node.part) if isinstance(node, Whole) else []


def _measured(reached: Reached, *, hold: bool) -> Measured:
    """A value between the bounds, or outside them."""
    if reached.above is not None:
        room = (reached.below - reached.above) / 2 if reached.below is not None else max(1.0, reached.above * 0.2)
        value = reached.above + room if hold else reached.above * 0.5
    else:
        assert reached.below is not None
        value = reached.below * (0.5 if hold else 2)
    return Measured(name=reached.measure, role=Role(reached.role) if reached.role else None, value=float(round(value)))


def _line(heard: Heard) -> str:
    return f"{_NAMES[heard.who]}：{_spoken(heard.say[0])}"


def _spoken(phrase: str) -> str:
    return _first(parse(phrase).parts)


def _first(parts: tuple[Part, ...]) -> str:
    """One way of saying it, without its gaps."""
    said = ""
    for part in parts:
        if isinstance(part, Literal):
            said += part.char
        elif isinstance(part, Choice):
            said += _first(next((option for option in part.options if option), ()))
    return said


def _written(example: Dialogue) -> Any:
    """As a rubric writes it."""
    lines = list(example.lines)
    if not example.measured:
        return lines
    rows = [
        {"name": row.name, **({"role": row.role.value} if row.role else {}), "value": row.value}
        for row in example.measured
    ]
    return {"lines": lines, "measured": rows}

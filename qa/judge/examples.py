"""Runs the examples that stand beside each rule and each lexicon: what `qa check` proves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from qa.judge.dialogue import Dialogue, call_of, call_of_turns, turn_of
from qa.judge.matching import Ear
from qa.judge.problems import RubricProblem
from qa.judge.rubric import Loaded, Rubric, read_rubric
from qa.judge.rule import Rule
from qa.judge.view import View
from qa.model import Outcome, Role, Verdict
from qa.span import Span


def check(path: Path, *, ask: bool = False) -> list[RubricProblem]:
    """All that is wrong with a rubric under any of its profiles, sorted by place: spelling, sums, examples.

    `ask` tries the examples of rules that ask a language model, too; otherwise nobody is asked.
    """
    first = read_rubric(path)
    problems = {*first.problems, *_rule_problems(first, str(path), ask=ask), *_lexicon_problems(first)}
    for profile, changed in first.profiles.items():
        loaded = read_rubric(path, profile, first)
        problems.update(loaded.problems)
        problems.update(_rule_problems(loaded, str(path), changed))
    return sorted(problems)


def _rule_problems(
    loaded: Loaded, file: str, only: frozenset[str] | None = None, *, ask: bool = False
) -> Iterator[RubricProblem]:
    rubric = loaded.rubric
    if rubric is None:
        return
    for rule in rubric.rules:
        proved = rule.PROVED_BY_EXAMPLES or (ask and rule.ASKS_A_MODEL)
        if not proved or (only is not None and rule.id not in only):
            continue
        node = loaded.places[rule.id]
        for side, dialogues in (("good", rule.examples.good), ("bad", rule.examples.bad)):
            for place, dialogue in enumerate(dialogues):
                verdict = verdict_on(rule, dialogue, rubric)
                if (verdict.outcome is Outcome.VIOLATED) == (side == "bad"):
                    continue
                mark = _example(node, side, place).start_mark
                yield RubricProblem(file, mark.line + 1, mark.column + 1, _told(rule, side, dialogue, verdict))


def verdict_on(rule: Rule, dialogue: Dialogue, rubric: Rubric) -> Verdict:
    """The rule's verdict on an example, as if it were a recording."""
    return rule.verdict(View(call_of(dialogue), rubric.trust))


def _told(rule: Rule, side: str, dialogue: Dialogue, verdict: Verdict) -> str:
    said = " / ".join(dialogue.lines)
    why = f"({verdict.reason})" if verdict.reason else ""
    if side == "good":
        return f"规则“{rule.id}”的正例被扣了分：{said} → {verdict.findings[0].message}"
    return f"规则“{rule.id}”的反例没有被扣分：{said} → {verdict.outcome.label}{why}"


def _lexicon_problems(loaded: Loaded) -> Iterator[RubricProblem]:
    for name, lexicon in loaded.lexicons.by_name.items():
        if lexicon.examples is None:
            continue
        phrases = loaded.lexicons.of(name)
        for side, texts in (("hit", lexicon.examples.hit), ("miss", lexicon.examples.miss)):
            for text in texts:
                found = phrases.find(_one_turn(text), Role.AGENT, Ear.OFF)
                if bool(found) == (side == "hit"):
                    continue
                mark = _lexicon_place(loaded.lexicon_root, name, text)
                told = f"词表“{name}”应当命中“{text}”，没有命中"
                if found:
                    told = f"词表“{name}”不应当命中“{text}”，命中了“{found[0].quote}”"
                yield RubricProblem(loaded.lexicon_path, mark.line + 1, mark.column + 1, told)


def _one_turn(text: str) -> View:
    turn = turn_of(Role.AGENT, text, Span(0, 1000))
    return View(call_of_turns([turn], call_id="例子", duration_ms=1000))


def _example(node: yaml.Node, side: str, place: int) -> yaml.Node:
    told: yaml.Node = next(value for key, value in node.value if key.value == side)
    return told.value[place] if isinstance(told, yaml.SequenceNode) else told


def _lexicon_place(root: yaml.Node | None, name: str, text: str) -> yaml.Mark:
    assert root is not None
    entries = next(value for key, value in root.value if key.value == "lexicons")
    entry = next(value for key, value in entries.value if key.value == name)
    return (_find(entry, text) or entry).start_mark


def _find(node: yaml.Node, text: str) -> yaml.Node | None:
    if isinstance(node, yaml.ScalarNode):
        return node if node.value == text else None
    inside = [value for _, value in node.value] if isinstance(node, yaml.MappingNode) else node.value
    # The examples stand last in an entry; a phrase of the same text stands before them.
    return next((found for child in reversed(inside) if (found := _find(child, text))), None)

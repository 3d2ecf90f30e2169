"""Reads a rubric from YAML, strictly: everything that is wrong with it is told at once, each with its place."""

from __future__ import annotations

import hashlib
import json
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from qa.errors import UsageError
from qa.judge.dialogue import Dialogue, bad_lines
from qa.judge.hotwords import read_hotwords
from qa.judge.kinds import KINDS
from qa.judge.lexicons import Lexicons, read_lexicons, read_pattern
from qa.judge.limits import USUAL_LIMITS, USUAL_PRIVACY, Privacy, TrustLimits
from qa.judge.matching import Phrases
from qa.judge.measured import Bound
from qa.judge.pattern import Pattern
from qa.judge.problems import RubricProblem, did_you_mean
from qa.judge.reading import BAD, Duration, Reader, compose, content, overlaid
from qa.judge.rule import Rule
from qa.judge.sameness import made_from

_ID = re.compile(r"[a-z][a-z0-9_]*")
_CODE = re.compile(r"[A-Z]{2}-\d+\.\d+")
FULL_MARKS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """评分项: some rules and the points that they share."""

    LABEL = "评分项"

    id: str
    name: str
    points: int
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """维度: items whose points add up to its weight. Weight 0 holds rules that only veto."""

    LABEL = "维度"

    id: str
    name: str
    weight: int
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rubric:
    """评分表, as read for one profile. Pickles; equal content has equal `sha256`."""

    LABEL = "评分表"

    id: str
    version: str
    name: str
    lexicons: str = ""
    """The lexicon file, relative to the rubric."""
    hotwords: tuple[str, ...] = ()
    """The trade's terms; the file names their list, relative to itself. What they change is measured, so not in `sha256`."""
    pass_mark: int = 80
    trust: TrustLimits = USUAL_LIMITS
    privacy: Privacy = USUAL_PRIVACY
    """What is hidden is not judged, so not in `sha256`."""
    profiles: tuple[str, ...] = ()
    default_profile: str = ""
    dimensions: tuple[Dimension, ...]
    profile: str = ""
    sha256: str = ""
    """Over the content of rubric and lexicons, not their comments and layout, and the profile."""

    @property
    def label(self) -> str:
        """`telecom-affinity@1#seed`."""
        return f"{self.id}@{self.version}" + (f"#{self.profile}" if self.profile else "")

    @property
    def asks(self) -> str:
        """What its rules depend on besides: the model that is asked; else empty. Raises `UsageError` (llm-settings)."""
        return " ".join(sorted({rule.depends_on() for rule in self.rules if not rule.off} - {""}))

    @property
    def items(self) -> Iterator[tuple[Dimension, Item]]:
        return ((dimension, item) for dimension in self.dimensions for item in dimension.items)

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(rule for _, item in self.items for rule in item.rules)

    @cached_property
    def made_from(self) -> Mapping[str, str]:
        """Rule id → what its verdicts are made from, as `Verdict.made_from` has it."""
        return {rule.id: made_from(rule, self.trust) for rule in self.rules}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A rubric as far as it could be read, with its problems, the nodes of its rules and its lexicons."""

    rubric: Rubric | None
    problems: list[RubricProblem]
    places: dict[str, yaml.Node]
    """Rule id → the node of its examples."""
    lexicons: Lexicons
    lexicon_root: yaml.Node | None
    lexicon_path: str
    profiles: dict[str, frozenset[str]]
    """Profile → the rules that it changes."""


def load_rubric(path: Path, profile: str | None = None) -> Rubric:
    """The rubric with the bounds of a profile. Raises `UsageError` naming every problem."""
    loaded = read_rubric(path, profile)
    if loaded.problems or loaded.rubric is None:
        told = "\n".join(map(str, sorted(loaded.problems)))
        raise UsageError(f"评分表有 {len(loaded.problems)} 处要改：\n{told}", slug="rubric-invalid")
    return loaded.rubric


def read_rubric(path: Path, profile: str | None = None, before: Loaded | None = None) -> Loaded:
    """Reads as much as can be read. Raises `UsageError` only for a profile that the rubric does not have.

    `before` is an earlier reading of the same files for another profile: its lexicons are used again.
    """
    problems: list[RubricProblem] = []
    root = compose(path, problems)
    if root is None:
        return Loaded(None, problems, {}, Lexicons(), None, "", {})
    return _Reading(path, root, problems, profile, before).loaded()


class _Reading:
    """One reading of one file for one profile."""

    def __init__(
        self,
        path: Path,
        root: yaml.Node,
        problems: list[RubricProblem],
        profile: str | None,
        before: Loaded | None,
    ) -> None:
        self.root, self.problems = root, problems
        self.reader = Reader(str(path), problems)
        self.pairs = self.reader.pairs(root, "评分表")
        self.places: dict[str, yaml.Node] = {}
        self.seen: dict[str, yaml.Node] = {}
        self.lexicons, self.lexicon_root, self.lexicon_path = Lexicons(), None, ""
        if before is not None:
            self.lexicons, self.lexicon_root = before.lexicons, before.lexicon_root
            self.lexicon_path = before.lexicon_path
        elif "lexicons" in self.pairs:
            named = path.parent / str(self.pairs["lexicons"][1].value)
            self.lexicon_path = str(named)
            self.lexicons, self.lexicon_root = read_lexicons(named, problems)
        self.hotwords = self._hotwords(path)
        self.overlays = self._overlays()
        self.profile = self._chosen(profile)

    def loaded(self) -> Loaded:
        self.reader.special |= {
            Phrases: self.lexicons.read_wanted,
            Pattern: read_pattern,
            Dialogue: _read_dialogue,
            Bound: _read_bound,
            Rule: self._rule,
            Item: self._item,
        }
        kept = [(key, value) for key, value in self._root_values() if key.value != "profiles"]
        given: dict[str, Any] = {"profile": self.profile, "profiles": tuple(self.overlays), "sha256": self._sha256()}
        given["hotwords"] = self.hotwords
        node = yaml.MappingNode(self.root.tag, kept, self.root.start_mark, self.root.end_mark)
        rubric = self.reader.struct(node, Rubric, "评分表", given)
        self._sums()
        for overlay in self.overlays.values():
            for rule_id, (key, _) in overlay.items():
                if rule_id not in self.seen:
                    self.reader.problem(key, f"没有规则“{rule_id}”", did_you_mean(rule_id, self.places))
        return Loaded(
            None if rubric is BAD else rubric,
            self.problems,
            self.places,
            self.lexicons,
            self.lexicon_root,
            self.lexicon_path,
            {name: frozenset(overlay) for name, overlay in self.overlays.items()},
        )

    def _root_values(self) -> list[tuple[yaml.Node, yaml.Node]]:
        return self.root.value if isinstance(self.root, yaml.MappingNode) else []

    def _hotwords(self, path: Path) -> tuple[str, ...]:
        if "hotwords" not in self.pairs:
            return ()
        node = self.pairs["hotwords"][1]
        named = path.parent / str(node.value)
        if not named.is_file():
            self.reader.problem(node, f"找不到行业词表 {named}")
            return ()
        return read_hotwords(named, self.problems)

    def _overlays(self) -> dict[str, dict[str, tuple[yaml.Node, yaml.Node]]]:
        if "profiles" not in self.pairs:
            return {}
        return {
            name: self.reader.pairs(node, f"profile“{name}”")
            for name, (_, node) in self.reader.pairs(self.pairs["profiles"][1], "profiles").items()
        }

    def _chosen(self, wanted: str | None) -> str:
        default = str(self.pairs["default_profile"][1].value) if "default_profile" in self.pairs else ""
        if default and default not in self.overlays:
            hint = did_you_mean(default, self.overlays)
            self.reader.problem(self.pairs["default_profile"][1], f"没有 profile“{default}”", hint)
        if wanted is not None and wanted not in self.overlays:
            known = "、".join(self.overlays) or "（这张评分表没有）"
            raise UsageError(f"评分表里没有 profile“{wanted}”，可用：{known}", slug="profile-unknown")
        return wanted or default or next(iter(self.overlays), "")

    def _sha256(self) -> str:
        said = [_judged(content(self.root)), content(self.lexicon_root) if self.lexicon_root else None, self.profile]
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def _item(self, reader: Reader, node: yaml.Node) -> Any:
        item = reader.struct(node, Item)
        item_id = str(_scalar(node, "id") or "")
        self._once(item_id, node, "评分项")
        rules = _child(node, "rules")
        for rule in rules.value if isinstance(rules, yaml.SequenceNode) else []:
            code = _child(rule, "code")
            if code is None:
                continue
            self._once(str(code.value), code, "编号")
            if not str(code.value).startswith(f"{item_id}."):
                reader.problem(code, f"编号“{code.value}”应当以评分项“{item_id}.”开头")
        return item

    def _rule(self, reader: Reader, node: yaml.Node) -> Any:
        rule_id = str(_scalar(node, "id") or "")
        kind = _child(node, "kind")
        self._once(rule_id, _child(node, "id") or node, "规则")
        if examples := _child(node, "examples"):
            self.places[rule_id] = examples
        if kind is None:
            reader.pairs(node, "规则")
            return reader.problem(node, f"规则“{rule_id}”缺少“kind”")
        if kind.value not in KINDS:
            return reader.problem(kind, f"没有规则类型“{kind.value}”", did_you_mean(str(kind.value), KINDS))
        cls = KINDS[kind.value]
        overlay = self.overlays.get(self.profile, {}).get(rule_id)
        if overlay and isinstance(overlay[1], yaml.MappingNode) and isinstance(node, yaml.MappingNode):
            node = overlaid(node, overlay[1])
        rule = reader.struct(node, cls, f"规则“{rule_id}”")
        if rule is not BAD:
            for key, message in _contradictions(rule):
                reader.problem(_child(node, key) or node, message)
        return rule

    def _once(self, name: str, node: yaml.Node, what: str) -> None:
        if name in self.seen:
            line = self.seen[name].start_mark.line + 1
            self.reader.problem(node, f"{what}“{name}”和第 {line} 行重名")
        self.seen.setdefault(name, node)

    def _sums(self) -> None:
        """On the nodes, so that sums are told also where something else is wrong."""
        dimensions = self.pairs["dimensions"][1].value if "dimensions" in self.pairs else []
        weights = [_number(dimension, "weight") for dimension in dimensions]
        if None not in weights and sum(weight or 0 for weight in weights) != FULL_MARKS:
            key = self.pairs["dimensions"][0]
            self.reader.problem(key, f"各维度 weight 合计 {sum(w or 0 for w in weights)} 分，应当是 {FULL_MARKS} 分")
        for dimension, weight in zip(dimensions, weights, strict=True):
            items = _child(dimension, "items")
            if weight is None or not isinstance(items, yaml.SequenceNode):
                continue
            points = [_number(item, "points") for item in items.value]
            if None not in points and sum(point or 0 for point in points) != weight:
                total = sum(point or 0 for point in points)
                self.reader.problem(
                    _child(dimension, "weight") or dimension, f"各项合计 {total} 分，与 weight {weight} 不符"
                )


def _judged(said: Any) -> Any:
    """A rubric's content without what changes no verdict."""
    return {key: value for key, value in said.items() if key != "privacy"} if isinstance(said, dict) else said


def _contradictions(rule: Rule) -> Iterator[tuple[str, str]]:
    if not _ID.fullmatch(rule.id):
        yield "id", f"规则名“{rule.id}”只能用小写字母、数字和下划线"
    if not _CODE.fullmatch(rule.code):
        yield "code", f"编号“{rule.code}”应当写成 NX-3.1 这样"
    if rule.deduct < 0:
        yield "deduct", "deduct 不能小于 0"
    if rule.max_deduct is not None and rule.max_deduct < rule.deduct:
        yield "max_deduct", f"max_deduct {rule.max_deduct} 比 deduct {rule.deduct} 小"
    if not rule.examples.good or not rule.examples.bad:
        yield "examples", "good 和 bad 两边都要有例子"
    if rule.deduct == 0 and not rule.veto and rule.PROVED_BY_EXAMPLES:
        yield "deduct", "deduct 是 0，这条规则扣不了分"
    try:
        named = [name for _, name, _, _ in string.Formatter().parse(rule.message) if name is not None]
    except ValueError:
        yield "message", "message 里的花括号没有成对"
        return
    for name in named:
        if name not in rule.PLACEHOLDERS:
            yield "message", f"message 里没有“{{{name}}}”这个量，{did_you_mean(name, rule.PLACEHOLDERS)}"
    yield from rule.problems()


def _read_dialogue(reader: Reader, node: yaml.Node) -> Any:
    """A sentence of the agent, a list of lines, or `{lines: […], started_at: …}`."""
    if isinstance(node, yaml.MappingNode):
        dialogue = reader.struct(node, Dialogue, "例子")
    else:
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        lines = tuple(str(one.value) for one in nodes)
        if isinstance(node, yaml.ScalarNode) and bad_lines(Dialogue(lines=lines)):
            lines = (f"坐席：{node.value}",)
        dialogue = Dialogue(lines=lines)
    if dialogue is not BAD:
        for line in bad_lines(dialogue):
            return reader.problem(node, f"例子里的“{line}”要以“坐席：”或“客户：”开头")
    return dialogue


def _read_bound(reader: Reader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode) and re.fullmatch(r"-?\d+(\.\d+)?", node.value):
        return Bound(float(node.value))
    duration = reader.value(node, Duration)
    return BAD if duration is BAD else Bound(float(duration))


def _child(node: yaml.Node, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _scalar(node: yaml.Node, key: str) -> str | None:
    child = _child(node, key)
    return str(child.value) if isinstance(child, yaml.ScalarNode) else None


def _number(node: yaml.Node, key: str) -> int | None:
    text = _scalar(node, key)
    return int(text) if text is not None and re.fullmatch(r"\d+", text) else None

"""Writes imported rules as a rubric file: points that add up to 100, and a comment for whatever was lost."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

FULL_MARKS = 100
MOST_ITEMS = 50
"""More rules than this share items, or an item would have no whole point."""
_DIMENSIONS = {
    0: ("GF", "服务规范性"),
    1: ("TD", "服务态度"),
    2: ("ZY", "服务专业性"),
    3: ("KH", "客户态度"),
    4: ("LC", "流程正确性"),
}
_SOURCE = "从智能对话分析导入"


@dataclass(slots=True)
class Draft:
    """One rule on its way over."""

    name: str
    dimension: str = ""
    check: int | None = None
    logic: str = ""
    severity: str = ""
    comment: str = ""
    deduct: int = 0
    bonus: int = 0
    veto: bool = False
    lost: list[str] = field(default_factory=list)
    keys: dict[str, Any] = field(default_factory=dict)

    def tell(self, line: str) -> None:
        """Something that could not be carried over, in Chinese; once."""
        if line not in self.lost:
            self.lost.append(line)

    def by_hand(self, reason: str) -> None:
        """Nothing of it can be judged by machine."""
        self.lost.insert(0, f"整条没有带过来，留给人工：{reason}")
        self.keys = {"kind": "manual", "note": reason, "examples": {"good": ["坐席：…"], "bad": ["坐席：…"]}}

    @property
    def scored(self) -> bool:
        return self.deduct > 0 and self.keys["kind"] != "manual"


def rubric_yaml(name: str, drafts: Sequence[Draft], notes: list[str]) -> str:
    """The whole file. Notes about the whole are added to `notes` and stand at the head."""
    ids = _ids(drafts)
    dimensions: list[tuple[str, str, list[list[Draft]]]] = []
    scored = [draft for draft in drafts if draft.scored]
    size = -(-len(scored) // MOST_ITEMS) or 1
    for key in dict.fromkeys(
        (draft.check if draft.check in _DIMENSIONS else None, draft.dimension) for draft in scored
    ):
        own = [d for d in scored if (d.check if d.check in _DIMENSIONS else None, d.dimension) == key]
        known, label = _DIMENSIONS.get(key[0] if key[0] is not None else -1, ("", key[1] or "导入的规则"))
        taken = {one[0] for one in dimensions}
        letters = known if known and known not in taken else _free(taken)
        groups = [own[at : at + size] for at in range(0, len(own), size)]
        dimensions.append((letters, key[1] or label, groups))
    points = shares([sum(draft.deduct for draft in group) for _, _, groups in dimensions for group in groups])
    if sum(draft.deduct for draft in scored) > FULL_MARKS:
        notes.append(
            f"各规则扣分合计 {sum(d.deduct for d in scored)} 分，超过 100：分值按比例缩小，扣分不超过所在评分项的分"
        )
    lines = _head(name, notes)
    place = 0
    for letters, label, groups in dimensions:
        weights = points[place : place + len(groups)]
        place += len(groups)
        lines += _dimension(letters, label, list(zip(groups, weights, strict=True)), ids)
    if not scored:
        lines += ["  - id: QT", "    name: 其余", f"    weight: {FULL_MARKS}", "    items:"]
        lines += [f"      - {{id: QT-1, name: 没有扣分的规则, points: {FULL_MARKS}}}"]
    for letters, label, chosen in (
        ("HG", "一票否决", [d for d in drafts if d.veto and d.keys["kind"] != "manual"]),
        ("BP", "不评分", [d for d in drafts if not d.scored and not d.veto and d.keys["kind"] != "manual"]),
        ("RG", "人工评", [d for d in drafts if d.keys["kind"] == "manual"]),
    ):
        if chosen:
            lines += _dimension(letters, label, [(chosen, 0)], ids)
    return "\n".join(lines) + "\n"


def shares(wants: Sequence[int]) -> list[int]:
    """Whole points that add up to 100, each at least what it wants; in proportion where they want more than there is."""
    total = sum(wants)
    if not total:
        return []
    least = list(wants) if total <= FULL_MARKS else [max(1, want * FULL_MARKS // total) for want in wants]
    while sum(least) > FULL_MARKS:
        least[least.index(max(least))] -= 1
    spare = FULL_MARKS - sum(least)
    exact = [spare * want / total for want in wants]
    given = [low + int(more) for low, more in zip(least, exact, strict=True)]
    by_rest = sorted(range(len(wants)), key=lambda at: (int(exact[at]) - exact[at], at))
    for at in by_rest[: FULL_MARKS - sum(given)]:
        given[at] += 1
    return given


def _free(taken: set[str]) -> str:
    return next(f"S{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if f"S{letter}" not in taken)


def _head(name: str, notes: Sequence[str]) -> list[str]:
    plain = {"id": "imported", "version": "1", "name": name, "pass_mark": 80}
    return [
        "# 从阿里云智能对话分析（SCA）的规则导入。每条规则上面写着原来的逻辑和没有带过来的东西。",
        "# 改完运行 qa check；先用 qa backtest 和现在的评分表比一比，再用它评分。",
        *(f"# 注意：{note}" for note in notes),
        *_dumped(plain).splitlines(),
        "dimensions:",
    ]


def _dimension(letters: str, label: str, items: list[tuple[list[Draft], int]], ids: dict[int, str]) -> list[str]:
    lines = _indented({"id": letters, "name": label, "weight": sum(points for _, points in items)}, "  ")
    lines.append("    items:")
    for number, (drafts, points) in enumerate(items, 1):
        title = drafts[0].name if len(drafts) == 1 else f"{label} {number}" if len(items) > 1 else label
        lines += _indented({"id": f"{letters}-{number}", "name": title, "points": points}, "      ")
        lines.append("        rules:")
        for place, draft in enumerate(drafts, 1):
            lines += _rule(draft, ids[id(draft)], f"{letters}-{number}.{place}", points)
    return lines


def _rule(draft: Draft, rule_id: str, code: str, points: int) -> list[str]:
    comments = [f"原逻辑：{draft.logic}"] if draft.logic else []
    comments += [f"和原来不同：{line}" for line in draft.lost]
    kind = {"kind": draft.keys["kind"]}
    rest = {key: value for key, value in draft.keys.items() if key not in ("kind", "examples")}
    cost: dict[str, Any] = {}
    if draft.veto and draft.keys["kind"] != "manual":
        cost = {"veto": True}
    elif draft.keys["kind"] != "manual":
        deduct = min(draft.deduct, points) if draft.scored else 1
        cost = {"deduct": deduct, "max_deduct": deduct}
    source = "，".join(part for part in (_SOURCE, draft.severity, draft.comment) if part)
    rule = {"id": rule_id, "code": code, "name": draft.name, **kind, **rest, **cost, "source": source}
    return [
        *(f"          # {' '.join(line.split())}" for line in comments),
        *_indented({**rule, "examples": draft.keys["examples"]}, "          "),
    ]


def _indented(keys: dict[str, Any], margin: str) -> list[str]:
    """An entry of a list."""
    text = textwrap.indent(_dumped(keys).rstrip("\n"), margin + "  ")
    return [f"{margin}- {text.lstrip()}"] if "\n" not in text else (f"{margin}- {text.lstrip()}").splitlines()


def _dumped(keys: dict[str, Any]) -> str:
    """One key a line, what is inside it as short as YAML can say it."""
    lines: list[str] = []
    for key, value in keys.items():
        one = value if isinstance(value, str | int | bool) else {key: value}
        text = yaml.safe_dump(one, allow_unicode=True, sort_keys=False, width=10_000, default_flow_style=None)
        lines += text.splitlines() if isinstance(one, dict) else [f"{key}: {text.splitlines()[0]}"]
    return "\n".join(lines)


def _ids(drafts: Sequence[Draft]) -> dict[int, str]:
    """By identity: readable names, in pinyin, each once."""
    from pypinyin import lazy_pinyin

    made: dict[int, str] = {}
    for draft in drafts:
        spelt = re.sub(r"[^a-z0-9]+", "_", "_".join(lazy_pinyin(draft.name)).lower()).strip("_")[:40].strip("_")
        base = spelt if spelt[:1].isalpha() else f"rule_{spelt}".strip("_")
        name, number = base, 2
        while name in made.values():
            name, number = f"{base}_{number}", number + 1
        made[id(draft)] = name
    return made

"""Reads a rule set in the JSON shape of Alibaba SCA (规则 → 条件 → 算子) and makes a rubric of it.

Nothing is lost in silence: what has no counterpart is told rule by rule, and a rule that cannot be said at all stays in
the rubric as one for a person (`manual`), with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qa.errors import UsageError
from qa.judge.importing.choose import rule_of
from qa.judge.importing.fields import Fields, NotCarried
from qa.judge.importing.leaves import Heard, Then, only_heard
from qa.judge.importing.logic import And, Node, Or, flat, parse
from qa.judge.importing.operators import Range, leaf_of
from qa.judge.importing.proof import proved
from qa.judge.importing.regex import LONGEST_GAP
from qa.judge.importing.write import Draft, rubric_yaml

ROLES = {
    "客服": "agent",
    "坐席": "agent",
    "agent": "agent",
    "客户": "customer",
    "用户": "customer",
    "customer": "customer",
    "所有": None,
    "所有角色": None,
    "all": None,
}
BONUS, DEDUCT = 1, 3
NOT_SCORED = 1
BY_HAND = 1
VETO_SCORE = 100
MOST_SAME_SENTENCE = 12


@dataclass(frozen=True, slots=True)
class Imported:
    """The rubric as YAML, and what became of each rule."""

    yaml: str
    rules: tuple[Draft, ...]
    notes: tuple[str, ...] = ()
    """About the rule set as a whole."""

    @property
    def by_hand(self) -> int:
        """Rules that only a person can judge now."""
        return sum(rule.keys["kind"] == "manual" for rule in self.rules)


def import_sca(path: Path) -> Imported:
    """Raises UsageError where the file is not JSON or holds no rule."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"打不开 {path}：{error.strerror}", slug="import-unreadable") from None
    except ValueError as error:
        raise UsageError(f"{path} 不是 JSON：{error}", slug="import-unreadable") from None
    notes: list[str] = []
    try:
        drafts = [_draft(*found) for found in _rules(raw, notes)]
    except NotCarried as error:
        raise UsageError(f"{path} 不是智能对话分析的规则：{error}", slug="import-unreadable") from None
    if not drafts:
        raise UsageError(f"{path} 里没有规则：要有 rules，或 dimensions 里的 rules", slug="import-unreadable")
    name = str(raw.get("name") or "") if isinstance(raw, Mapping) else ""
    text = rubric_yaml(name or path.stem, drafts, notes)
    return Imported(text, tuple(drafts), tuple(notes))


_Found = tuple[Fields, str, int | None, dict[str, Any]]
"""A rule, its dimension's name and check type, and the conditions that stand outside the rules, by id."""


def _rules(raw: object, notes: list[str], dimension: str = "", check: int | None = None) -> Iterator[_Found]:
    if isinstance(raw, list):
        for one in raw:
            yield from _rules(one, notes, dimension, check)
        return
    found = Fields(raw, "规则集")
    if isinstance(inner := found.get("data"), Mapping | list):
        yield from _rules(inner, notes, dimension, check)
        return
    shared = {str(Fields(one, "条件").get("cid", "condition_info_cid")): one for one in found.objects("conditions")}
    groups = found.objects("dimensions", "dimension_list")
    rules = found.objects("rules", "rule_list")
    if not groups and not rules:
        if not found.get("lambda", "rule_lambda"):
            return
        yield Fields(raw, "规则"), dimension, check, {}
        return
    for group in groups:
        one = Fields(group, "维度")
        yield from _rules(group, notes, str(one.get("name", "dimension_name") or ""), one.whole("check_type"))
    for rule in rules:
        yield Fields(rule, "规则"), dimension, check, shared
    found.ignore("name", "check_type", "version", "status", "sid", "id", "description", "app_key", "dimension_name")
    start = found.whole("init_score")
    if start is not None and start != VETO_SCORE:
        notes.append(f"起始分 init_score {start} 没有带过来：这里每通满分 100")
    notes += [f"{key} 没有带过来" for key in found.left()]


def _draft(rule: Fields, dimension: str, check: int | None, shared: dict[str, Any]) -> Draft:
    name = str(rule.get("name", "rule_name") or rule.get("rid", "id") or "没有名字的规则").translate(
        {123: None, 125: None}
    )
    draft = Draft(name=name, dimension=dimension, check=check, logic=str(rule.get("lambda", "rule_lambda") or ""))
    draft.severity = {0: "重度违规", 1: "中度违规", 2: "轻度违规"}.get(_whole(rule, "level", draft), "")
    rule.ignore("rid", "id", "triggers", "config_type", "weight_type", "status", "target_type", "is_delete")
    if check is None:
        draft.check = _whole(rule, "check_type", draft)
    try:
        _score(rule, draft)
        tree = _Conditions(rule, shared, draft.tell).tree(draft.logic)
        if gate := rule.get("preq_rule"):
            draft.tell(f"前置规则 {gate} 没有带过来：这条规则对每一通都看（可以写成 applies: {{said: […]}}）")
        if draft.bonus:
            raise NotCarried(f"加分 {draft.bonus} 分：这里满分起评、只扣分，命中加分的规则不能改成没命中扣分")
        draft.keys = proved(rule_of(tree, draft.tell), tree)
    except NotCarried as reason:
        draft.by_hand(str(reason))
    rule.ignore("conditions", "comments", "description")
    if comment := rule.get("comments", "description"):
        draft.comment = str(comment)
    for key in rule.left():
        draft.tell(f"{key} 没有带过来")
    return draft


def _whole(fields: Fields, name: str, draft: Draft) -> int:
    """-1 where it is not there or no number: no such level, no such type."""
    try:
        found = fields.whole(name)
    except NotCarried as reason:
        draft.tell(str(reason))
        found = None
    return -1 if found is None else found


def _score(rule: Fields, draft: Draft) -> None:
    points = rule.whole("score_num", "rule_score", "score") or 0
    kind = rule.whole("score_type")
    if rule.whole("rule_score_type") == NOT_SCORED or not points:
        draft.tell("原来不评分：这里放在 0 分的维度里，列出来、不扣分")
    elif (BONUS if kind is None else kind) != DEDUCT:
        draft.bonus = points
    elif points >= VETO_SCORE:
        draft.veto = True
        draft.tell(f"减 {points} 分写成一票否决")
    else:
        draft.deduct = points
    if rule.whole("score_num_type") == 1:
        draft.tell("一次性得分写成触发后扣分")
    if rule.whole("auto_review") == BY_HAND:
        draft.tell("人工复核没有带过来：机器判的直接算，有疑问的才交人工")
    if rule.get("effective_start", "effective_start_time", "effective_end", "effective_end_time"):
        rule.ignore("effective_end", "effective_end_time")
        draft.tell("生效时间没有带过来")
    if rule.whole("weight") is not None:
        draft.tell("权重 weight 没有带过来：分值按扣分算")
    if rule.whole("quality_check_type") == 1:
        draft.tell("实时质检写成事后质检")
    rule.ignore("rule_type")


@dataclass(slots=True)
class _Conditions:
    """The conditions of one rule, made into trees when the logic asks for them."""

    rule: Fields
    shared: dict[str, Any]
    tell: Callable[[str], None]
    made: dict[str, Node] = field(default_factory=dict)

    def tree(self, logic: str) -> Node:
        own = {
            str(Fields(one, "条件").get("cid", "condition_info_cid", "id")): one
            for one in self.rule.objects("conditions")
        }
        self.shared = {**self.shared, **own}
        if not own and not logic:
            raise NotCarried("规则里没有条件")
        return parse(logic or "&&".join(own), self.condition)

    def condition(self, cid: str) -> Node:
        if cid not in self.shared:
            raise NotCarried(f"逻辑里的条件 {cid} 没有定义")
        if cid not in self.made:
            # A condition that is anchored to itself would never end.
            self.made[cid] = None
            self.made[cid] = self._made(Fields(self.shared[cid], f"条件 {cid}"), cid)
        if self.made[cid] is None:
            raise NotCarried(f"条件 {cid} 的前后关系绕成了圈")
        return self.made[cid]

    def _made(self, condition: Fields, cid: str) -> Node:
        raw = condition.get("check_range")
        checked = Fields(raw if raw is not None else {}, f"条件 {cid} 的检测范围")
        anchor = checked.get("anchor")
        where = _range(checked, self.tell, anchored=anchor is not None)
        operators = {str(Fields(one, "算子").get("oid", "id")): one for one in condition.objects("operators")}

        def leaf(oid: str) -> Node:
            if oid not in operators:
                raise NotCarried(f"条件 {cid} 里没有算子 {oid}")
            return leaf_of(Fields(operators[oid], f"算子 {oid}"), where, self.tell)

        logic = str(condition.get("lambda", "oper_lambda") or "&&".join(operators))
        if not logic:
            raise NotCarried(f"条件 {cid} 里没有算子")
        tree = parse(logic, leaf)
        if condition.get("exclusion"):
            self.tell(f"条件 {cid} 的 exclusion 没有带过来")
        condition.ignore("cid", "id", "condition_info_cid", "name", "rid", "check_range", "exclusion", "user_group")
        for lost in (*condition.left(), *checked.left()):
            self.tell(f"条件 {cid} 的 {lost} 没有带过来")
        return tree if anchor is None else self._anchored(tree, Fields(anchor, f"条件 {cid} 的前置条件"), where)

    def _anchored(self, tree: Node, anchor: Fields, where: Range) -> Node:
        cid, location = str(anchor.get("cid", "anchor_cid")), str(anchor.get("location") or "AFTER").upper()
        nth = anchor.whole("hit_time")
        base, own = only_heard(self.condition(cid)), only_heard(tree)
        if base is None or own is None:
            raise NotCarried(f"前后关系只能写在两种说法之间，条件 {cid} 或依它而看的条件不是一种说法")
        if nth is not None and nth > 1:
            self.tell(f"前置条件第 {nth} 次命中写成任意一次")
        start, end = where.span or (1, 0)
        if abs(start) > 1 and location != "CURRENT":
            self.tell(f"从前置条件起第 {start} 句写成第 1 句")
        turns = max(abs(start), abs(end)) if end or start < 0 else 0
        if turns:
            self.tell(f"前置条件前后 {turns} 句写成 {turns} 轮（只“嗯”一声不算一轮）")
        after, before = Then(first=base, then=own, turns=turns), Then(first=own, then=base, turns=turns)
        if location == "CURRENT":
            return self._same_sentence(base, own)
        if location not in ("AFTER", "BEFORE", "AROUND"):
            raise NotCarried(f"前置条件的 location“{location}”不认识")
        return {"AFTER": after, "BEFORE": before}.get(location) or flat(Or((after, before)))

    def _same_sentence(self, base: Heard, own: Heard) -> Node:
        if base.who == own.who and len(base.say) * len(own.say) * 2 <= MOST_SAME_SENTENCE:
            gap = f"…{LONGEST_GAP}"
            say = [two for a in base.say for b in own.say for two in (f"{a}{gap}{b}", f"{b}{gap}{a}")]
            self.tell(f"“当前句”写成先后不论、相隔 {LONGEST_GAP} 个字以内")
            return base.only(say)
        self.tell("“当前句”放宽成同一通里都有")
        return And((base, own))


def _range(checked: Fields, tell: Callable[[str], None], *, anchored: bool) -> Range:
    role = str(checked.get("role") or "所有").lower()
    if role not in ROLES:
        raise NotCarried(f"角色“{role}”不认识")
    checked.ignore("absolute", "role_id")
    if checked.get("all_sentences_satisfy"):
        raise NotCarried("“每一句都要满足”（all_sentences_satisfy）写不成条件")
    window: tuple[tuple[str, object], ...] = ()
    span: tuple[int, int] | None = None
    if (raw := checked.get("range")) is not None:
        sentences = Fields(raw, "检测范围")
        start, end = sentences.whole("from") or 0, sentences.whole("to") or 0
        if anchored:
            span = (start or 1, end)
        else:
            window = _window(start, end, tell)
    if (raw := checked.get("time_range")) is not None:
        times = Fields(raw, "时间范围")
        start, end = times.whole("from") or 0, times.whole("to") or 0
        if start or end <= 0 or window:
            tell(f"时间范围 {start}–{end} 没有带过来：看整通")
        else:
            window = (("first", f"{end / 1000:g}s"),)
            tell(f"时间范围 to {end} 按毫秒读，从第一句话算起")
    return Range(ROLES[role], window, span)


def _window(start: int, end: int, tell: Callable[[str], None]) -> tuple[tuple[str, object], ...]:
    if start < 0:
        if end not in (-1, 0):
            tell(f"倒数第 {-start} 到第 {-end} 句写成最后 {-start} 轮")
        else:
            tell(f"最后 {-start} 句写成最后 {-start} 轮（一轮是一方接着说的几句）")
        return (("last_turns", -start),)
    if end <= 0:
        if start > 1:
            tell(f"从第 {start} 句起写成整通")
        return ()
    tell(f"第 {max(1, start)} 到第 {end} 句写成最前 {end} 轮（一轮是一方接着说的几句）")
    return (("first_turns", end),)

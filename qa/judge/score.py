"""Turns verdicts into points.

An item loses `deduct` for each finding, at most `max_deduct` per rule and never below 0. An item in which no rule was
met or violated, or any was undetermined, is 0 out of 0. A violated veto empties the call: 0 out of the same
denominator.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import msgspec

from qa.judge.rubric import Dimension, Item, Rubric
from qa.judge.rule import Rule, holds
from qa.judge.view import View
from qa.model import Call, CallScore, DimensionScore, ItemScore, Outcome, Tally, Verdict

MOST_NAMED = 5


def judge(call: Call, rubric: Rubric, before: CallScore | None = None) -> CallScore:
    """One call against all rules that are on. Never raises on account of a rule.

    `before`: what this version of the program made of the same call under another rubric. Verdicts of rules that have
    not changed since are taken from there, so that a rubric in which one rule changed costs one rule.
    """
    return _judged(View(call, rubric.trust), rubric, before)


def judge_both(call: Call, old: Rubric, new: Rubric) -> tuple[CallScore, CallScore]:
    """One call against both rubrics.

    Where both trust words alike, rules that are the same are judged once, and what both look for is searched once.
    """
    view = View(call, old.trust)
    before = _judged(view, old)
    if new.trust != old.trust:
        return before, judge(call, new)
    return before, _judged(view, new, before)


def _judged(view: View, rubric: Rubric, earlier: CallScore | None = None) -> CallScore:
    made_from = rubric.made_from
    known = {
        one.rule_id: one
        for one in (earlier.verdicts if earlier else ())
        if one.made_from and one.made_from == made_from.get(one.rule_id) and holds(one)
    }
    items = tuple(
        _score(item, [known.get(rule.id) or rule.verdict(view) for rule in item.rules if not rule.off], made_from)
        for _, item in rubric.items
    )
    verdicts = [verdict for item in items for verdict in item.verdicts]
    vetoed_by = tuple(v.rule_id for v in verdicts if v.veto and v.outcome is Outcome.VIOLATED)
    before = sum((item.tally for item in items), Tally())
    return CallScore(
        call_id=view.call.recording.call_id,
        rubric=rubric.label,
        items=items,
        dimensions=tuple(_dimension(dimension, items) for dimension in rubric.dimensions),
        before_veto=before,
        tally=Tally(0, before.out_of) if vetoed_by else before,
        vetoed_by=vetoed_by,
        needs_review=tuple(_review(verdicts)),
    )


def _score(item: Item, verdicts: list[Verdict], made_from: Mapping[str, str]) -> ItemScore:
    """Points that a verdict had under another rubric are counted anew."""
    rules = {rule.id: rule for rule in item.rules}
    outcomes = {verdict.outcome for verdict in verdicts}
    judged = bool(outcomes & {Outcome.MET, Outcome.VIOLATED}) and Outcome.UNDETERMINED not in outcomes
    # An item that leaves the denominator costs nothing, whatever was found in it.
    costed, lost = _with_points(verdicts, rules, item.points if judged else 0, made_from)
    return ItemScore(
        item_id=item.id,
        name=item.name,
        dimension_id=item.id.partition("-")[0],
        tally=Tally(item.points - lost, item.points) if judged else Tally(),
        verdicts=tuple(costed),
    )


def _with_points(
    verdicts: list[Verdict], rules: dict[str, Rule], points: int, made_from: Mapping[str, str]
) -> tuple[list[Verdict], int]:
    """Findings cost in the order in which they happened, whatever the order of the rules."""
    cost: dict[tuple[str, int], int] = {}
    lost_by_rule: dict[str, int] = defaultdict(int)
    lost = 0
    happened = sorted(
        (finding.span, verdict.rule_id, place)
        for verdict in verdicts
        if verdict.outcome is Outcome.VIOLATED
        for place, finding in enumerate(verdict.findings)
    )
    for _, rule_id, place in happened:
        rule = rules[rule_id]
        # A veto empties its item, whatever else it costs.
        wanted = points if rule.veto else rule.deduct
        most = points if rule.veto or rule.max_deduct is None else rule.max_deduct
        taken = max(0, min(wanted, most - lost_by_rule[rule_id], points - lost))
        cost[rule_id, place] = taken
        lost_by_rule[rule_id] += taken
        lost += taken
    return [
        msgspec.structs.replace(
            verdict,
            points=lost_by_rule[verdict.rule_id],
            made_from=made_from[verdict.rule_id],
            findings=tuple(
                msgspec.structs.replace(finding, points=cost.get((verdict.rule_id, place), 0))
                for place, finding in enumerate(verdict.findings)
            ),
        )
        for verdict in verdicts
    ], lost


def _dimension(dimension: Dimension, items: tuple[ItemScore, ...]) -> DimensionScore:
    own = {item.id for item in dimension.items}
    tally = sum((item.tally for item in items if item.item_id in own), Tally())
    return DimensionScore(dimension_id=dimension.id, name=dimension.name, tally=tally)


def _review(verdicts: list[Verdict]) -> Iterator[str]:
    for verdict in verdicts:
        if verdict.veto and verdict.outcome is Outcome.VIOLATED:
            yield f"一票否决：{verdict.name}“{verdict.findings[0].quote}”"
    undecided = [verdict for verdict in verdicts if verdict.outcome is Outcome.UNDETERMINED]
    for reason in dict.fromkeys(verdict.reason for verdict in undecided):
        names = [verdict.name for verdict in undecided if verdict.reason == reason]
        more = f"等 {len(names)} 条" if len(names) > MOST_NAMED else ""
        yield f"待人工：{'、'.join(names[:MOST_NAMED])}{more}（{reason}）"

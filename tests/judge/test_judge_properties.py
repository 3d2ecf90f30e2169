"""What holds for any call: bounds, order of rules, innocent turns, and that removed words cost nothing."""

from __future__ import annotations

import random
from functools import cache
from itertools import chain
from pathlib import Path

import msgspec
import pytest
from dialogue import dialogue
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from qa.judge import Rubric, judge, load_rubric
from qa.judge.matching import Ear, Phrases
from qa.judge.pattern import parse
from qa.judge.rubric import Dimension, Item
from qa.judge.view import View
from qa.model import Call, CallScore, Finding, Outcome, Role, Turn

RUBRIC = Path(__file__).parents[2] / "rubrics" / "telecom-affinity.yaml"
OPENING = [
    "坐席：您好，请问有什么可以帮助您？",
    "客户：我想查一下话费。",
    "坐席：好的，请您报一下手机号码。",
    "客户：幺八九。",
]
CLOSING = ["坐席：请问还需要其它服务吗？", "客户：没有了。", "坐席：感谢您的来电，祝您生活愉快，再见。"]
OFFENCES = [
    "喂，说吧。",
    "这个不归我管。",
    "我刚才不是告诉你了吗？",
    "这个问题我处理不了。",
    "你必须按合同来。",
    "我保证百分之百给你解决。",
    "不可能，你肯定弄错了。",
]
TOO_OFTEN = ["那个，就是说，您这个套餐呢，就是说是每月扣的。", "可能吧，大概是这样，应该差不多。"]
"""Said once they cost nothing: how often is too often must not depend on what else is said."""
SCENES = [
    ["客户：你们怎么乱扣我的费！", "坐席：非常抱歉给您带来不便，我马上帮您核实。"],
    ["客户：你们怎么乱扣我的费！", "坐席：系统就是这么扣的。"],
    ["客户：我要投诉你们！", "坐席：您的心情我非常理解，我马上帮您登记。"],
    ["客户：我要投诉你们！", "坐席：那你去投诉吧。"],
    ["坐席：请您稍等，我帮您查询一下。", "客户：好的。", "坐席：感谢您的耐心等待，帮您查到了。"],
    ["坐席：等一下啊。", "客户：好。", "坐席：查到了。"],
    [
        "客户：我想把号码销了，转到移动去。",
        "坐席：请问您是因为什么原因想要转网呢？",
        "客户：信号不好。",
        "坐席：我帮您登记信号问题，另外给您推荐一个优惠套餐，您看可以吗？",
    ],
    ["客户：我想把号码销了，转到移动去。", "坐席：好的，带身份证去营业厅。"],
    ["客户：这个套餐多少钱？", "坐席：每月五十九元。"],
    ["客户：这个套餐多少钱？", "坐席：不知道。"],
    ["坐席：请问您贵姓？", "客户：我姓王。", "坐席：王先生您好。"],
    ["客户：什么时候能来修？", "坐席：我刚才不是告诉你了吗？"],
    ["客户：听不清楚。", "坐席：我再说一遍，每月五十九元。"],
    ["客户：谢谢你。", "坐席：不客气。"],
]
"""Somebody says something that has to be answered, and the agent does, or does not."""
INNOCENT = ["客户：好的。", "客户：嗯，是这样。", "坐席：您上个月的话费是五十八元。", "坐席：套餐下个月一号生效。"]
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@cache
def rubric() -> Rubric:
    return load_rubric(RUBRIC)


def scored(lines: list[str], by: Rubric | None = None) -> CallScore:
    return judge(dialogue(lines), by or rubric())


def points_lost(score: CallScore) -> int:
    return score.before_veto.out_of - score.before_veto.points


def violated(score: CallScore) -> set[str]:
    return {verdict.rule_id for verdict in score.verdicts if verdict.outcome is Outcome.VIOLATED}


middles = st.lists(st.sampled_from([*(f"坐席：{text}" for text in (*OFFENCES, *TOO_OFTEN)), *INNOCENT]), max_size=8)


@FEW
@given(middle=middles)
def test_scores_stay_within_their_bounds(middle: list[str]) -> None:
    score = scored([*OPENING, *middle, *CLOSING])

    assert 0 <= score.tally.points <= score.tally.out_of <= 100
    for item in score.items:
        assert 0 <= item.tally.points <= item.tally.out_of
        lost = sum(verdict.points for verdict in item.verdicts)
        assert item.tally.points == item.tally.out_of - lost
        for verdict in item.verdicts:
            assert verdict.points == sum(finding.points for finding in verdict.findings)
            assert verdict.points == 0 or verdict.outcome is Outcome.VIOLATED
            assert all(finding.quote and finding.span.duration_ms >= 0 for finding in verdict.findings)
            assert verdict.reason or verdict.outcome in (Outcome.MET, Outcome.VIOLATED)


@FEW
@given(middle=middles, seed=st.integers(0, 1000))
def test_the_order_of_rules_does_not_matter(middle: list[str], seed: int) -> None:
    dice = random.Random(seed)
    shuffled = tuple(
        Dimension(
            id=one.id,
            name=one.name,
            weight=one.weight,
            items=tuple(
                Item(
                    id=item.id,
                    name=item.name,
                    points=item.points,
                    rules=tuple(dice.sample(item.rules, len(item.rules))),
                )
                for item in one.items
            ),
        )
        for one in rubric().dimensions
    )
    other = Rubric(id="x", version="1", name="x", dimensions=shuffled, trust=rubric().trust)
    lines = [*OPENING, *middle, *CLOSING]

    ours, theirs = scored(lines), scored(lines, other)

    assert ours.tally == theirs.tally
    assert sorted(ours.verdicts, key=lambda v: v.rule_id) == sorted(theirs.verdicts, key=lambda v: v.rule_id)


@FEW
@example(
    middle=["坐席：我刚才不是告诉你了吗？"] * 2 + ["客户：好的。", "坐席：我刚才不是告诉你了吗？"],
    innocent="客户：好的。",
    where=1,
)
@given(middle=middles, innocent=st.sampled_from(INNOCENT), where=st.integers(0, 8))
def test_an_innocent_turn_never_costs_points(middle: list[str], innocent: str, where: int) -> None:
    more = [*middle[:where], innocent, *middle[where:]]

    assert points_lost(scored([*OPENING, *more, *CLOSING])) <= points_lost(scored([*OPENING, *middle, *CLOSING]))


@FEW
@given(
    scenes=st.lists(st.sampled_from(SCENES), min_size=1, max_size=6),
    innocent=st.sampled_from([*INNOCENT, "坐席：好的，请您记一下。", "客户：我用了三年了。", "客户：嗯。"]),
    where=st.integers(0, 6),
)
def test_nor_does_one_between_what_is_asked_and_answered(scenes: list[list[str]], innocent: str, where: int) -> None:
    lines = [OPENING, *scenes, CLOSING]
    # Beside a turn of the same party: what is due in the agent's next two turns is still due in the same words.
    places = [at for at in range(1, len(lines)) if innocent[:2] in (lines[at - 1][-1][:2], lines[at][0][:2])]
    assume(places)
    at = places[where % len(places)]
    before, after = list(chain(*lines[:at])), list(chain(*lines[at:]))

    assert points_lost(scored([*before, innocent, *after])) <= points_lost(scored([*before, *after]))


MURMURS = [["坐席：嗯。"], ["坐席：嗯。", "客户：嗯，是这样。"] * 2]


@FEW
@example(scenes=[SCENES[0]], murmur=MURMURS[1], where=1)
@given(
    scenes=st.lists(st.sampled_from(SCENES), min_size=1, max_size=5),
    murmur=st.sampled_from(MURMURS),
    where=st.integers(0, 30),
)
def test_a_murmur_of_the_agent_breaks_no_rule_wherever_it_is_heard(
    scenes: list[list[str]], murmur: list[str], where: int
) -> None:
    lines = [*chain(*scenes), *CLOSING]
    at = where % len(lines)

    more = [*OPENING, *lines[:at], *murmur, *lines[at:]]
    # Among two other curt answers a third 嗯 is one answer too many: that rule alone may count it.
    assert violated(scored(more)) - {"curt_answers"} <= violated(scored([*OPENING, *lines]))


@pytest.mark.parametrize("offence", OFFENCES)
def test_removing_the_offending_words_removes_the_finding(offence: str) -> None:
    bad = scored([*OPENING, f"坐席：{offence}", *CLOSING])
    clean = scored([*OPENING, *CLOSING])

    assert violated(bad)
    assert violated(clean) == set()
    assert points_lost(bad) > points_lost(clean) == 0


@FEW
@given(middle=middles.filter(lambda lines: any(line.removeprefix("坐席：") in OFFENCES for line in lines)))
def test_removing_the_words_of_any_finding_removes_that_finding(middle: list[str]) -> None:
    call = dialogue([*OPENING, *middle, *CLOSING])
    found = [finding for verdict in judge(call, rubric()).verdicts for finding in verdict.findings]
    assert found

    for finding in found:
        left = judge(without_words(call, finding), rubric())
        again = [one for verdict in left.verdicts for one in verdict.findings if one.rule_id == finding.rule_id]
        assert not [one for one in again if one.role is finding.role and one.span.overlaps(finding.span)]


def without_words(call: Call, finding: Finding) -> Call:
    """The call with the finding's words never said."""
    turns = []
    for turn in call.turns:
        kept = tuple(
            word for word in turn.words if turn.role is not finding.role or not word.span.overlaps(finding.span)
        )
        if kept:
            turns.append(Turn(turn.role, turn.track, kept))
    return msgspec.structs.replace(call, turns=tuple(turns))


@given(text=st.text("你您必须已为喂说吧不可能肯定弄错了话费飞", max_size=14))
@settings(max_examples=300, deadline=None)
def test_a_near_match_never_outranks_an_exact_one(text: str) -> None:
    phrases = Phrases(patterns=tuple(map(parse, ("喂说吧", "你必须", "不可能", "肯定弄错了", "话费"))))
    view = View(dialogue([f"坐席：{text}啊"]))
    exact = phrases.find(view, Role.AGENT, Ear.OFF)

    for ear in (Ear.STRICT, Ear.NORMAL, Ear.GENEROUS):
        found = phrases.find(view, Role.AGENT, ear)
        assert set(exact) <= set(found)
        assert all(not match.near for match in found if match in exact)
        for one in found:
            assert all(one is other or one.end <= other.start or other.end <= one.start for other in found)


@given(text=st.text("你您必须已为喂说吧不可能肯定弄错了话费飞", max_size=14))
@settings(max_examples=200, deadline=None)
def test_a_more_generous_ear_hears_whatever_a_stricter_one_hears_in_sound(text: str) -> None:
    phrases = Phrases(patterns=tuple(map(parse, ("肯定弄错了", "话费不可能"))))
    view = View(dialogue([f"坐席：{text}啊"]))

    normal, generous = (phrases.find(view, Role.AGENT, ear) for ear in (Ear.NORMAL, Ear.GENEROUS))

    assert {match.start for match in normal} <= {place for match in generous for place in range(match.start, match.end)}


def test_a_call_score_survives_the_store() -> None:
    score = scored([*OPENING, "坐席：为说吧", *CLOSING])

    assert msgspec.json.decode(msgspec.json.encode(score), type=CallScore) == score

"""Rule sets of Alibaba SCA become rubrics: the same calls are found fault with, and nothing is lost in silence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from dialogue import dialogue
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from qa.cli.app import app
from qa.errors import UsageError
from qa.judge import Rubric, check, judge, load_rubric
from qa.judge.importing import import_sca
from qa.judge.importing.fields import NotCarried
from qa.judge.importing.logic import And, Not, Or, parse
from qa.judge.importing.regex import pattern_of
from qa.judge.importing.write import shares
from qa.model import Outcome

GREETED = {"regex": "(您好|你好).{0,30}(为您服务|帮(到|助)您)"}


def operator(kind: str, oid: str = "1", **param: Any) -> dict[str, Any]:
    return {"oid": oid, "type": kind, "param": param}


def words(*keywords: str, **param: Any) -> dict[str, Any]:
    return operator("HIT_ANY_KEYWORDS", keywords=list(keywords), **param)


def condition(cid: str, *operators: dict[str, Any], role: str = "客服", **checked: Any) -> dict[str, Any]:
    return {"cid": cid, "check_range": {"role": role, **checked}, "operators": list(operators)}


def rule(logic: str, *conditions: dict[str, Any], **keys: Any) -> dict[str, Any]:
    scored = {"name": "规则甲", "score_type": 3, "score_num": 5}
    return {**scored, "lambda": logic, "conditions": list(conditions), **keys}


def imported(folder: Path, *rules: dict[str, Any] | list[Any], **top: Any) -> tuple[Rubric, list[list[str]]]:
    """The rubric, which must pass the check, and what each rule lost."""
    source = folder / "sca.json"
    source.write_text(json.dumps({"rules": list(rules), **top}, ensure_ascii=False), encoding="utf-8")
    found = import_sca(source)
    path = folder / "imported.yaml"
    path.write_text(found.yaml, encoding="utf-8")
    assert [str(problem) for problem in check(path)] == []
    for draft in found.rules:
        assert all(" ".join(line.split()) in found.yaml for line in draft.lost)
    return load_rubric(path), [draft.lost for draft in found.rules]


def violated(rubric: Rubric, *lines: str, **more: Any) -> bool:
    (verdict,) = judge(dialogue(lines, **more), rubric).verdicts
    return verdict.outcome is Outcome.VIOLATED


def test_not_a_becomes_something_that_must_be_said(tmp_path: Path) -> None:
    greeting = condition("a", operator("REGULAR_EXPRESSION", **GREETED), range={"from": 1, "to": 2})
    rubric, _ = imported(tmp_path, rule("!a", greeting, name="开头语缺失"))

    (only,) = rubric.rules
    assert (only.kind, only.name, only.deduct) == ("phrase_required", "开头语缺失", 5)
    assert violated(rubric, "坐席：喂", "客户：查话费", "坐席：好的")
    assert not violated(rubric, "坐席：您好很高兴为您服务", "客户：查话费")
    late = ["坐席：喂", "客户：查话费", "坐席：好的", "客户：快点", "坐席：您好很高兴为您服务"]
    assert violated(rubric, *late)


def test_words_that_are_hit_become_words_that_must_not_be_said(tmp_path: Path) -> None:
    rubric, lost = imported(
        tmp_path, rule("a||b", condition("a", words("你自己想办法")), condition("b", words("神经病")))
    )

    assert rubric.rules[0].kind == "phrase_forbidden"
    assert violated(rubric, "坐席：你自己想办法", "客户：嗯")
    assert violated(rubric, "坐席：神经病", "客户：嗯")
    assert not violated(rubric, "坐席：好的", "客户：神经病")
    assert lost == [[]]


def test_a_hit_without_an_answer_after_it_becomes_phrase_after(tmp_path: Path) -> None:
    complains = condition("a", words("我要投诉"), role="客户")
    sorry = condition(
        "b", words("非常抱歉"), anchor={"cid": "a", "location": "AFTER", "hit_time": 1}, range={"from": 1, "to": 2}
    )
    rubric, _ = imported(tmp_path, rule("a&&!b", complains, sorry))

    assert rubric.rules[0].kind == "phrase_after"
    assert violated(rubric, "坐席：您好", "客户：我要投诉", "坐席：哦那你投诉", "客户：嗯")
    assert not violated(rubric, "坐席：您好", "客户：我要投诉", "坐席：非常抱歉给您添麻烦", "客户：嗯")
    assert violated(rubric, "坐席：非常抱歉", "客户：嗯", "坐席：好的") is False


def test_a_hit_that_nothing_went_before_is_found(tmp_path: Path) -> None:
    done = condition("a", words("已经帮您办理好了"))
    verified = condition("b", words("核实一下身份"), anchor={"cid": "a", "location": "BEFORE", "hit_time": -1})
    rubric, _ = imported(tmp_path, rule("a&&!b", done, verified))

    before = ["坐席：我先核实一下身份", "客户：好", "坐席：已经帮您办理好了"]
    assert not violated(rubric, *before)
    assert violated(rubric, *reversed(before))


def test_both_conditions_must_hold_wherever_they_stand(tmp_path: Path) -> None:
    rubric, _ = imported(
        tmp_path, rule("a&&b", condition("a", words("我要销户"), role="客户"), condition("b", words("那就销掉吧")))
    )
    assert violated(rubric, "客户：我要销户", "坐席：那就销掉吧")
    assert not violated(rubric, "客户：查话费", "坐席：那就销掉吧")


def test_what_was_due_only_after_something_else_does_not_apply_without_it(tmp_path: Path) -> None:
    rubric, _ = imported(
        tmp_path, rule("a&&!b", condition("a", words("携号转网"), role="客户"), condition("b", words("给您申请优惠")))
    )
    assert violated(rubric, "客户：我要携号转网", "坐席：好的")
    (verdict,) = judge(dialogue(["客户：查话费", "坐席：好的"]), rubric).verdicts
    assert verdict.outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("operator", "kind", "bound"),
    [
        (operator("INTERVAL_GREATER", interval=30000), "measure_limit", {"max": 30000}),
        (operator("SPEECH_SPEED_CHECK", velocityInMint=280, average=True), "measure_limit", {"max": 280}),
        (
            {"oid": "1", "type": "x", "name": "抢话设置", "param": {"interval": 2000}},
            "interruption",
            {"more_than": 2000},
        ),
        (
            {"oid": "1", "type": "x", "name": "录音时长检测", "param": {"interval": 600000}},
            "measure_limit",
            {"max": 600000},
        ),
        (operator("ADVANCED_REPEAT_DETECT", hit_time=2), "repeat_question", {"more_than": 2}),
        (words("就是说", threshold=4), "phrase_count", {"more_than": 3}),
    ],
)
def test_measures_and_counts_keep_their_bounds(
    operator: dict[str, Any], kind: str, bound: dict[str, float], tmp_path: Path
) -> None:
    rubric, _ = imported(tmp_path, rule("a", condition("a", operator)))

    (only,) = rubric.rules
    assert only.kind == kind
    assert {name: getattr(only, name) for name in bound} == bound


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"score_type": 1}, "加分"),
        ({"conditions": [condition("a", operator("NER_MODEL", dataType=1))]}, "信息实体"),
        ({"conditions": [condition("a", operator("REGULAR_EXPRESSION", regex="(?!不)可以"))]}, "环视"),
        ({"conditions": [condition("a", operator("LLM_CHECK"))]}, "大模型"),
        ({"lambda": "a&&z"}, "条件 z 没有定义"),
        ({"lambda": "a&&"}, "读不懂"),
        ({"conditions": []}, "没有定义"),
    ],
)
def test_what_cannot_be_said_is_left_to_a_person_with_the_reason(
    changed: dict[str, Any], told: str, tmp_path: Path
) -> None:
    rubric, (lost,) = imported(tmp_path, {**rule("a", condition("a", words("你自己想办法"))), **changed})

    assert rubric.rules[0].kind == "manual"
    assert "留给人工" in lost[0]
    assert told in lost[0]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"auto_review": 1}, "人工复核"),
        ({"preq_rule": "17"}, "前置规则"),
        ({"effective_start_time": "2026-01-01"}, "生效时间"),
        ({"weight": 3}, "权重"),
        ({"somethingNew": {"a": 1}}, "somethingNew"),
        ({"conditions": [condition("a", words("你自己想办法", caseSensitive=True))]}, "case_sensitive"),
        ({"conditions": [condition("a", words("你自己想办法"), range={"from": 1, "to": 3})]}, "最前 3 轮"),
        ({"conditions": [condition("a", operator("SIMILAR_MATCH", similarlySentences=["你自己想办法"]))]}, "相似度"),
    ],
)
def test_smaller_losses_are_told_and_the_rule_still_judges(changed: dict[str, Any], told: str, tmp_path: Path) -> None:
    rubric, (lost,) = imported(tmp_path, {**rule("a", condition("a", words("你自己想办法"))), **changed})

    assert any(told in line for line in lost)
    assert violated(rubric, "坐席：你自己想办法", "客户：嗯")


def test_every_operator_is_heard_of_where_conditions_stand_beside_the_rules(tmp_path: Path) -> None:
    """The shape in which SCA's own API takes rules: ids in the rules, conditions in a list of their own, capitals."""
    raw = {
        "Data": {
            "Conditions": {"ConditionBasicInfo": [{"Cid": "7", "Operators": {"OperatorBasicInfo": [
                {"Oid": "8", "Type": "HIT_ANY_KEYWORDS", "Param": {"OperKeyWords": {"OperKeyWord": ["你自己想办法"]}}}
            ]}, "OperLambda": "8", "CheckRange": {"Role": "客服"}}]},
            "Rules": {"RuleBasicInfo": [{"Name": "推诿", "Lambda": "7", "ScoreType": 3, "ScoreNum": 5}]},
        }
    }  # fmt: skip
    source = tmp_path / "sca.json"
    source.write_text(json.dumps(raw), encoding="utf-8")
    (tmp_path / "out.yaml").write_text(import_sca(source).yaml, encoding="utf-8")
    assert violated(load_rubric(tmp_path / "out.yaml"), "坐席：你自己想办法", "客户：嗯")


def test_deductions_stay_and_points_add_up(tmp_path: Path) -> None:
    rules = [rule("a", condition("a", words(f"不行的第{n}种话")), score_num=n, name=f"规则{n}") for n in (2, 3, 7)]
    dimensions = [
        {"name": "态度", "check_type": 1, "rules": rules[:2]},
        {"name": "规范", "check_type": 0, "rules": rules[2:]},
    ]
    rubric, _ = imported(tmp_path, dimensions=dimensions)

    assert [one.deduct for one in rubric.rules] == [2, 3, 7]
    assert [(one.id, one.name) for one in rubric.dimensions] == [("TD", "态度"), ("GF", "规范")]
    score = judge(dialogue(["坐席：不行的第7种话", "客户：嗯"]), rubric)
    assert score.tally.out_of - score.tally.points == 7
    assert score.tally.out_of == 100


def test_minus_a_hundred_is_a_veto_and_no_score_costs_nothing(tmp_path: Path) -> None:
    veto = rule("a", condition("a", words("神经病")), score_num=100)
    free = rule("a", condition("a", words("五十九元的套餐")), score_num=0, name="提到套餐")
    paid = rule("a", condition("a", words("你自己想办法")), name="推诿")
    rubric, _ = imported(tmp_path, veto, free, paid)

    assert judge(dialogue(["坐席：神经病", "客户：嗯"]), rubric).vetoed_by
    score = judge(dialogue(["坐席：五十九元的套餐", "客户：嗯"]), rubric)
    assert score.tally.percent == 100
    assert [verdict.name for verdict in score.verdicts if verdict.findings] == ["提到套餐"]


@pytest.mark.parametrize(
    ("regex", "pattern"),
    [
        ("(您好|你好).{0,30}(为您服务|帮(到|助)您)", "(您好|你好)…30(为您服务|帮(到|助)您)"),
        (".*修改密码.*", "修改密码"),
        ("发一下|告诉我", "(发一下|告诉我)"),
        ("[您你]好[，,]?请讲", "(您|你)好请讲"),
        ("不(知道|清楚)吗?", "不(知道|清楚)[吗]"),
        ("^喂$", "^喂$"),
        ("(?:先生|女士)?您好", "[先生|女士]您好"),
        ("请.*?稍等", "请…40稍等"),
    ],
)
def test_regular_expressions_become_phrases(regex: str, pattern: str) -> None:
    assert pattern_of(regex) == pattern


@pytest.mark.parametrize("regex", ["(?!不)可以", "[a-z]{3}", "(您好", "您好)", "*好", "[^您]好", ".*", "\\bok"])
def test_regular_expressions_without_a_counterpart_are_refused(regex: str) -> None:
    with pytest.raises(NotCarried):
        pattern_of(regex)


def test_logic_is_read_with_its_precedence_and_negations_go_to_the_leaves() -> None:
    assert parse("a||b&&!c", str) == Or(("a", And(("b", Not("c")))))
    assert parse("!(a&&!b)", str) == Or((Not("a"), "b"))
    assert parse("!!a", str) == "a"


@given(st.lists(st.integers(1, 60), min_size=1, max_size=50))
def test_points_are_whole_and_make_a_hundred(wants: list[int]) -> None:
    given_points = shares(wants)
    assert sum(given_points) == 100
    assert min(given_points) >= 1
    if sum(wants) <= 100:
        assert all(points >= want for points, want in zip(given_points, wants, strict=True))


@pytest.mark.parametrize("text", ["not json", "{}", "[]", '{"rules": []}', '{"rules": [3]}'])
def test_a_file_without_rules_is_refused(text: str, tmp_path: Path) -> None:
    source = tmp_path / "sca.json"
    source.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        import_sca(source)
    assert refused.value.slug == "import-unreadable"


ODD = (None, "", [], {}, 0, -1, 3.5, True, "x", "(", "a&&", "!a", "。", ["。"], {"a": 1}, "{坏", "所有", 10**9)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_whatever_stands_in_the_file_becomes_a_rubric_that_passes_or_a_refusal(data: st.DataObject) -> None:
    anchored = condition("b", words("非常抱歉"), anchor={"cid": "a", "location": "AFTER"}, range={"from": 1, "to": 2})
    slow = condition("c", operator("SPEECH_SPEED_CHECK", velocityInMint=280, minWordSize=20))
    broken = {"rules": [rule("a&&!b", condition("a", words("我要投诉"), role="客户"), anchored), rule("c", slow)]}
    for _ in range(data.draw(st.integers(1, 3))):
        *above, last = data.draw(st.sampled_from(list(places(broken))))
        inside: Any = broken
        for key in above:
            inside = inside[key]
        # A copy: a later draw may write into it.
        inside[last] = deepcopy(data.draw(st.sampled_from(ODD)))
    with TemporaryDirectory() as folder:
        source, out = Path(folder) / "sca.json", Path(folder) / "out.yaml"
        source.write_text(json.dumps(broken), encoding="utf-8")
        try:
            out.write_text(import_sca(source).yaml, encoding="utf-8")
        except UsageError:
            return
        assert [str(problem) for problem in check(out)] == []


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place inside the value, as keys and indices."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield (*path, key)
        yield from places(one, (*path, key))


def test_the_command_writes_a_file_once_and_says_what_is_left_to_a_person(tmp_path: Path) -> None:
    source, out = tmp_path / "sca.json", tmp_path / "out.yaml"
    bonus = rule("a", condition("a", words("天气转凉")), name="关怀", score_type=1)
    source.write_text(json.dumps([bonus, rule("a", condition("a", words("你自己想办法")))]), encoding="utf-8")
    command = ["rubric", "import-sca", str(source), "-o", str(out)]

    done = CliRunner().invoke(app, command)
    assert done.exit_code == 1
    assert "关怀：整条没有带过来，留给人工：加分" in done.stderr
    assert "1 条机器能判，1 条留给人工" in done.stderr
    again = CliRunner().invoke(app, command)
    assert again.exit_code == 2
    assert "file-exists" in again.stderr
    printed = CliRunner().invoke(app, command[:-2])
    assert yaml.safe_load(printed.stdout) == yaml.safe_load(out.read_text(encoding="utf-8"))

"""An echo, the other party's voice heard in a party's channel, never costs the agent a point: in no kind of rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from dialogue import dialogue, rubric_of

from qa.judge import judge
from qa.model import Outcome, Role, Trust, TrustGrade, TurnTrust, Verdict

ECHO = "串音|"
"""Before a line: what is said there may be the other party's voice."""

COUNT = {"kind": "phrase_count", "any_of": ["就是说"], "more_than": 2, "message": "{count}"}
REPEAT = {"kind": "repeat_question", "more_than": 1, "message": "{count}"}
INTERRUPTION = {"kind": "interruption", "more_than": "1s", "at_least": 4}
INFORMAL = {"kind": "courtesy_ratio", "any_of": ["谢谢"], "at_least": 0}
COURTESY = {"kind": "courtesy_ratio", "any_of": ["谢谢"], "at_least": 5}
COMBINE = {
    "kind": "combine",
    "all": [
        {"said": {"who": "customer", "any_of": ["我要投诉"]}},
        {"said": {"who": "agent", "any_of": ["不归我管"]}},
    ],
}
CURT = {"kind": "curt_answers", "in_a_row": 2}
QUESTIONS = {"kind": "question_count", "more_than": 2}
BACKCHANNEL = {"kind": "backchannel", "more_than": "20s"}
HOLD = {"kind": "hold_etiquette", "part": "notice", "any_of": ["请稍等"], "lookup": ["我查一下"]}

NUMBER = "您的手机号码是多少"
OVER = "[0-6]客户：我想把套餐改成一百二十九元的"

CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "phrase_count": (
        COUNT,
        ["串音|坐席：就是说这个", "客户：嗯", "串音|坐席：就是说套餐", "客户：嗯", "坐席：就是说流量"],
    ),
    "repeat_question_an_echo_counts": (
        REPEAT,
        [f"串音|坐席：{NUMBER}", "客户：一三八", f"坐席：{NUMBER}"],
    ),
    "repeat_question_an_echo_between": (
        REPEAT,
        [f"[0-4]坐席：{NUMBER}", "串音|[1-4]客户：手机号码是多少", f"[5-9]坐席：{NUMBER}"],
    ),
    "interruption_by_an_echo": (INTERRUPTION, [OVER, "串音|[3-6]坐席：改成一百二十九元"]),
    "interruption_of_an_echo": (
        INTERRUPTION,
        ["串音|[0-6]客户：您的套餐改成一百二十九元的", "[1-6]坐席：套餐改成一百二十九元的"],
    ),
    "combine_the_customers_words": (COMBINE, ["串音|[0-2]客户：我要投诉", "[3-5]坐席：不归我管"]),
    "curt_answers_an_echo_asks": (
        CURT,
        ["客户：套餐多少钱", "坐席：九十", "串音|客户：您的地址是哪里", "坐席：好", "客户：再见"],
    ),
    "curt_answers_an_echo_cuts_the_answer": (
        CURT,
        [
            "客户：套餐多少钱",
            "坐席：九十",
            "[6-8]客户：流量有多少",
            "[8-8.4]坐席：嗯",
            "串音|[9-12]客户：每个月二十个流量",
            "[9.1-12]坐席：每个月二十个流量",
        ],
    ),
    "question_count": (QUESTIONS, [f"坐席：{NUMBER}", "串音|坐席：您家在哪里", "坐席：您什么时候有空"]),
    "backchannel": (
        BACKCHANNEL,
        ["[0-19]客户：我家的宽带一直断线", "串音|[19-22]客户：您好请您讲", "[20.5-22]坐席：您好请您讲"],
    ),
    "hold_an_echo_looks_up": (
        HOLD,
        ["客户：快点", "坐席：您家里宽带是什么时候断的", "串音|坐席：我查一下", "[30]坐席：好了"],
    ),
    "hold_an_echo_answers": (
        HOLD,
        ["[0-3]坐席：您的宽带账号是多少", "串音|[0.1-3]客户：宽带账号是多", "[30]坐席：好了"],
    ),
}


def _verdict(lines: list[str], rule: dict[str, Any], tmp_path: Path, *, echo: bool = True) -> Verdict:
    """Lines in the order of their times."""
    call = dialogue([line.removeprefix(ECHO) for line in lines])
    graded = tuple(TurnTrust(TrustGrade.MEDIUM, echo=echo and line.startswith(ECHO)) for line in lines)
    assert len(graded) == len(call.turns)
    trust = Trust(grade=TrustGrade.HIGH, coverage=1.0, confidence=0.9, turns=graded)
    (verdict,) = judge(msgspec.structs.replace(call, trust=trust), rubric_of(tmp_path, rule)).verdicts
    return verdict


@pytest.mark.parametrize("name", CASES)
def test_what_an_echo_has_part_in_is_for_a_person(name: str, tmp_path: Path) -> None:
    rule, lines = CASES[name]
    verdict = _verdict(lines, rule, tmp_path)
    assert verdict.outcome is Outcome.UNDETERMINED, verdict
    assert "串音" in verdict.reason
    assert verdict.findings


@pytest.mark.parametrize("name", CASES)
def test_the_same_words_of_ones_own_cost(name: str, tmp_path: Path) -> None:
    rule, lines = CASES[name]
    assert _verdict(lines, rule, tmp_path, echo=False).outcome is Outcome.VIOLATED


@pytest.mark.parametrize("who", [Role.AGENT, Role.CUSTOMER])
def test_an_interruption_costs_as_far_as_the_agents_words_are_heard(who: Role, tmp_path: Path) -> None:
    call = dialogue([OVER, "[3-6]坐席：改不了改不了"])
    turns = tuple(
        msgspec.structs.replace(turn, words=tuple(msgspec.structs.replace(word, confidence=0.2) for word in turn.words))
        if turn.role is who
        else turn
        for turn in call.turns
    )
    (verdict,) = judge(msgspec.structs.replace(call, turns=turns), rubric_of(tmp_path, INTERRUPTION)).verdicts
    assert verdict.outcome is (Outcome.UNDETERMINED if who is Role.AGENT else Outcome.VIOLATED)
    assert ("听得不清" in verdict.reason) is (who is Role.AGENT)


def test_enough_words_of_ones_own_cost_whatever_an_echo_adds(tmp_path: Path) -> None:
    said = ["坐席：就是说就是说就是说", "客户：嗯", "串音|坐席：就是说流量"]
    verdict = _verdict(said, COUNT, tmp_path)
    assert (verdict.outcome, verdict.findings[0].message) == (Outcome.VIOLATED, "3")

    asked = [f"串音|坐席：{NUMBER}", "客户：一三八", f"坐席：{NUMBER}", "客户：一三八", f"坐席：{NUMBER}"]
    verdict = _verdict(asked, REPEAT, tmp_path)
    assert (verdict.outcome, verdict.findings[0].message) == (Outcome.VIOLATED, "2")


@pytest.mark.parametrize(
    ("rule", "lines"),
    [
        (INFORMAL, ["串音|坐席：你说你的你听", "客户：你说你的你听", "坐席：您好"]),
        (COURTESY, ["坐席：谢谢您的来电祝您愉快", "串音|坐席：我家里的宽带一直断线已经三天没有修好"]),
    ],
)
def test_the_customers_words_make_no_agent_rude(rule: dict[str, Any], lines: list[str], tmp_path: Path) -> None:
    assert _verdict(lines, rule, tmp_path).outcome is Outcome.MET
    assert _verdict(lines, rule, tmp_path, echo=False).outcome is Outcome.VIOLATED

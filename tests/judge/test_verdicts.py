"""From findings to verdicts and points: trust, roles, caps, vetoes, and rules that break."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from dialogue import dialogue, rubric_of

import qa.judge.rule
from qa.judge import judge
from qa.judge.kinds.phrase_forbidden import PhraseForbidden
from qa.judge.rule import Observed
from qa.judge.view import View
from qa.model import Call, Outcome, Role, Roles, Tally, Trust, TrustGrade, Turn, TurnTrust, Verdict, Word
from qa.span import Span

FORBIDDEN: dict[str, Any] = {"kind": "phrase_forbidden", "any_of": ["你自己想办法"]}
CLOSING: dict[str, Any] = {"kind": "phrase_required", "any_of": ["再见"], "window": {"last_turns": 1}}
TALK = ["坐席：您好", "客户：嗯", "坐席：你自己想办法"]


def unsure(call: Call, confidence: float) -> Call:
    """The same words, heard with that confidence."""
    turns = tuple(
        Turn(turn.role, turn.track, tuple(Word(word.text, word.span, confidence) for word in turn.words))
        for turn in call.turns
    )
    return msgspec.structs.replace(call, turns=turns)


def the_verdict(call: Call, folder: Path, rule: dict[str, Any], **top: Any) -> Verdict:
    (verdict,) = judge(call, rubric_of(folder, rule, **top)).verdicts
    return verdict


def test_words_that_were_hardly_heard_cost_nothing(tmp_path: Path) -> None:
    verdict = the_verdict(unsure(dialogue(TALK), 0.2), tmp_path, FORBIDDEN)

    assert verdict.outcome is Outcome.UNDETERMINED
    assert verdict.reason == "“你自己想办法”听得不清（置信度 0.20）"
    assert [(finding.quote, finding.points) for finding in verdict.findings] == [("你自己想办法", 0)]


def test_words_heard_as_usual_cost_points(tmp_path: Path) -> None:
    assert the_verdict(unsure(dialogue(TALK), 0.5), tmp_path, FORBIDDEN).outcome is Outcome.VIOLATED


def test_the_rubric_says_how_sure_is_sure(tmp_path: Path) -> None:
    strict = {"trust": {"min_word_confidence": 0.8}}
    assert the_verdict(unsure(dialogue(TALK), 0.5), tmp_path, FORBIDDEN, **strict).outcome is Outcome.UNDETERMINED


def test_what_may_have_been_said_unheard_costs_nothing(tmp_path: Path) -> None:
    call = dialogue(["[0-2]坐席：您好", "[3-4]客户：嗯", "[5-7]坐席：好的"], ends_s=12)
    unheard = {Role.AGENT: (Span(7500, 9000),)}

    assert the_verdict(call, tmp_path, CLOSING).outcome is Outcome.VIOLATED
    verdict = the_verdict(msgspec.structs.replace(call, unheard=unheard), tmp_path, CLOSING)
    assert verdict.outcome is Outcome.UNDETERMINED
    assert "没有听清" in verdict.reason


def test_a_combination_with_something_unsaid_is_doubted_where_speech_went_unheard(tmp_path: Path) -> None:
    rule = {
        "kind": "combine",
        "all": [
            {"said": {"who": "customer", "any_of": ["我要投诉"]}},
            {"not": {"said": {"who": "agent", "any_of": ["抱歉"]}}},
        ],
    }
    call = dialogue(["[0-2]坐席：您好", "[3-4]客户：我要投诉", "[5-7]坐席：好的"], ends_s=12)
    unheard = {Role.AGENT: (Span(7500, 9000),)}

    assert the_verdict(call, tmp_path, rule).outcome is Outcome.VIOLATED
    assert the_verdict(msgspec.structs.replace(call, unheard=unheard), tmp_path, rule).outcome is Outcome.UNDETERMINED


def test_words_that_are_hardly_believed_do_not_prove_that_nothing_was_said(tmp_path: Path) -> None:
    call = dialogue(["坐席：您好", "客户：嗯", "坐席：好的那就这样了"])
    last = call.turns[-1]
    doubtful = tuple(
        Word(word.text, word.span, 0.45 if number % 3 == 0 else 0.9) for number, word in enumerate(last.words)
    )
    garbled = msgspec.structs.replace(call, turns=(*call.turns[:-1], msgspec.structs.replace(last, words=doubtful)))

    assert the_verdict(call, tmp_path, CLOSING).outcome is Outcome.VIOLATED
    assert the_verdict(garbled, tmp_path, CLOSING).outcome is Outcome.UNDETERMINED


def test_speech_unheard_elsewhere_does_not_matter(tmp_path: Path) -> None:
    call = dialogue(["[0-2]坐席：您好", "[10-14]客户：嗯", "[15-17]坐席：好的"])
    unheard = {Role.AGENT: (Span(3000, 6000),)}

    assert the_verdict(msgspec.structs.replace(call, unheard=unheard), tmp_path, CLOSING).outcome is Outcome.VIOLATED


def test_nothing_is_missing_from_a_transcript_that_cannot_be_believed(tmp_path: Path) -> None:
    low = Trust(grade=TrustGrade.LOW, coverage=0.4, confidence=0.3)
    call = msgspec.structs.replace(dialogue(["坐席：您好", "客户：嗯", "坐席：好的"]), trust=low)

    assert the_verdict(call, tmp_path, CLOSING).outcome is Outcome.UNDETERMINED


@pytest.mark.parametrize(
    "roles",
    [
        Roles(by_track=(Role.AGENT, Role.CUSTOMER), confidence=0.4, source="content"),
        Roles(by_track=(Role.UNKNOWN, Role.UNKNOWN), confidence=0.0, source="none"),
    ],
)
def test_nobody_is_blamed_where_nobody_knows_who_is_who(roles: Roles, tmp_path: Path) -> None:
    call = msgspec.structs.replace(dialogue(TALK), roles=roles)
    score = judge(call, rubric_of(tmp_path, FORBIDDEN))

    assert score.verdicts[0].outcome is Outcome.UNDETERMINED
    assert "角色不明" in score.verdicts[0].reason
    assert score.tally == Tally()
    assert score.needs_review == ("待人工：规则1（角色不明：听不出哪一方是坐席）",)


def test_a_call_without_the_agents_voice_is_for_a_person(tmp_path: Path) -> None:
    verdict = the_verdict(dialogue(["客户：喂喂"]), tmp_path, CLOSING)
    assert (verdict.outcome, verdict.reason) == (Outcome.UNDETERMINED, "没有听到坐席说话")


def test_a_broken_rule_costs_the_agent_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(self: PhraseForbidden, view: View) -> Iterator[Observed]:
        raise ZeroDivisionError("坏了")

    monkeypatch.setattr(PhraseForbidden, "observe", breaks)
    with pytest.raises(ZeroDivisionError):
        judge(dialogue(TALK), rubric_of(tmp_path, FORBIDDEN))

    monkeypatch.setattr(qa.judge.rule, "reraise", False)
    score = judge(dialogue(TALK), rubric_of(tmp_path, FORBIDDEN, CLOSING))

    assert [verdict.outcome for verdict in score.verdicts] == [Outcome.UNDETERMINED, Outcome.VIOLATED]
    assert "规则出错" in score.verdicts[0].reason
    assert score.tally == Tally()
    assert "rule_1 broke" in caplog.text


def test_a_rule_deducts_up_to_its_cap_and_an_item_never_below_zero(tmp_path: Path) -> None:
    often = dialogue(["坐席：你自己想办法，你自己想办法，你自己想办法"])

    capped = judge(often, rubric_of(tmp_path, {**FORBIDDEN, "deduct": 2, "max_deduct": 3}))
    assert [finding.points for finding in capped.verdicts[0].findings] == [2, 1, 0]
    assert capped.tally == Tally(7, 10)

    emptied = judge(often, rubric_of(tmp_path, {**FORBIDDEN, "deduct": 4}))
    assert [finding.points for finding in emptied.verdicts[0].findings] == [4, 4, 2]
    assert emptied.tally == Tally(0, 10)


def test_an_item_with_nothing_to_judge_or_something_undecided_leaves_the_denominator(tmp_path: Path) -> None:
    not_applicable = {**CLOSING, "applies": {"customer_speaks": True}}
    alone = dialogue(["坐席：您好"])

    assert judge(alone, rubric_of(tmp_path, not_applicable)).tally == Tally()
    assert judge(alone, rubric_of(tmp_path, not_applicable, FORBIDDEN)).tally == Tally(10, 10)
    assert judge(unsure(dialogue(TALK), 0.2), rubric_of(tmp_path, FORBIDDEN)).tally == Tally()


def test_a_veto_empties_the_call_and_calls_for_a_person(tmp_path: Path) -> None:
    score = judge(dialogue(TALK), rubric_of(tmp_path, {**FORBIDDEN, "veto": True, "deduct": 0}))

    assert score.vetoed_by == ("rule_1",)
    assert (score.before_veto, score.tally) == (Tally(0, 10), Tally(0, 10))
    assert score.needs_review == ("一票否决：规则1“你自己想办法”",)


def test_a_veto_that_was_hardly_heard_vetoes_nothing(tmp_path: Path) -> None:
    score = judge(unsure(dialogue(TALK), 0.2), rubric_of(tmp_path, {**FORBIDDEN, "veto": True, "deduct": 0}))

    assert score.vetoed_by == ()
    assert score.needs_review


def test_a_rule_that_is_off_is_not_on_the_card(tmp_path: Path) -> None:
    assert judge(dialogue(TALK), rubric_of(tmp_path, {**FORBIDDEN, "off": True})).verdicts == ()


def test_a_verdict_carries_its_rules_words(tmp_path: Path) -> None:
    rule = {**FORBIDDEN, "advice": "先停一秒", "better": "我来帮您", "source": "讲义"}
    verdict = the_verdict(dialogue(TALK), tmp_path, rule)

    assert (verdict.code, verdict.name, verdict.advice, verdict.better, verdict.source) == (
        "NX-1.1",
        "规则1",
        "先停一秒",
        "我来帮您",
        "讲义",
    )


@pytest.mark.parametrize(
    ("applies", "call", "reason"),
    [
        ({"tags": ["骚扰"]}, dialogue(TALK), "没有“骚扰”标签"),
        ({"not_tags": ["转接"]}, dialogue(TALK, tags=["转接"]), "带有“转接”标签"),
        ({"min_duration": "60s"}, dialogue(TALK), "通话不足 60 秒"),
        ({"stereo": True}, dialogue(TALK, layout="mono"), "单声道录音"),
        ({"min_agent_talk": "60s"}, dialogue(TALK), "坐席说话不足 60 秒"),
        ({"start_time_known": True}, dialogue(TALK), "话单里没有通话时刻"),
        ({"customer_speaks": False}, dialogue(TALK), "不是无声电话"),
        ({"customer_hung_up_first": True}, dialogue(TALK), "不是客户先挂机"),
        ({"said": [{"who": "customer", "any_of": ["投诉"]}]}, dialogue(TALK), "客户没有说到这件事"),
        ({"not_said": [{"who": "agent", "any_of": ["您好"]}]}, dialogue(TALK), "坐席说了“您好”"),
    ],
)
def test_a_rule_that_does_not_apply_says_why(applies: dict[str, Any], call: Call, reason: str, tmp_path: Path) -> None:
    verdict = the_verdict(call, tmp_path, {**FORBIDDEN, "applies": applies})

    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert reason in verdict.reason


def test_agent_speech_without_words_after_the_customer_is_no_hanging_up(tmp_path: Path) -> None:
    call = dialogue(["[0-2]坐席：您好", "[3-5]客户：再见"], ends_s=9)
    speech = {**call.speech, Role.AGENT: (Span(0, 2000), Span(5500, 7500))}
    rule = {**CLOSING, "window": {}, "applies": {"customer_hung_up_first": False}}

    assert the_verdict(call, tmp_path, rule).outcome is Outcome.NOT_APPLICABLE
    assert the_verdict(msgspec.structs.replace(call, speech=speech), tmp_path, rule).outcome is Outcome.VIOLATED


MONO = Roles(by_track=(Role.UNKNOWN,), confidence=0.0, source="none")


def nameless(call: Call) -> Call:
    """The same call from a mono recording in which nobody is told apart."""
    turns = tuple(Turn(Role.UNKNOWN, 0, turn.words) for turn in call.turns)
    return msgspec.structs.replace(call, turns=turns, roles=MONO, layout="mono")


def test_silence_needs_nobodys_name(tmp_path: Path) -> None:
    rule = {
        "kind": "measure_limit",
        "measure": "dead_air_ms",
        "max": "30s",
        "except": [{"who": "customer", "any_of": ["等一下"], "before": "10s"}],
    }
    silent = ["[0-2]坐席：我看一下", "[40]坐席：好了"]
    asked = ["[0-2]客户：等一下", "[40]坐席：好了"]

    assert the_verdict(nameless(dialogue(silent)), tmp_path, rule).outcome is Outcome.VIOLATED
    assert the_verdict(nameless(dialogue(asked)), tmp_path, rule).outcome is Outcome.MET


def test_a_late_first_word_is_late_whoever_speaks(tmp_path: Path) -> None:
    rule = {"kind": "measure_limit", "measure": "greeting_delay_ms", "role": "agent", "max": "5s"}
    fallback = {**rule, "without_roles": "first_speech_ms"}
    call = nameless(dialogue(["[8]坐席：您好"], measured=[{"name": "first_speech_ms", "value": 8000}]))

    assert the_verdict(call, tmp_path, rule).outcome is Outcome.UNDETERMINED
    assert the_verdict(call, tmp_path, fallback).outcome is Outcome.VIOLATED


def test_a_rule_for_stereo_does_not_wait_for_names_on_mono(tmp_path: Path) -> None:
    verdict = the_verdict(nameless(dialogue(TALK)), tmp_path, {"kind": "interruption"})
    assert verdict.outcome is Outcome.NOT_APPLICABLE


def test_short_words_may_hide_in_a_short_sound(tmp_path: Path) -> None:
    call = dialogue(["[0-2]坐席：您好", "[3-4]客户：好", "[5-7]坐席：好的"], ends_s=9)
    speech = {**call.speech, Role.AGENT: (*call.speech[Role.AGENT], Span(7800, 8200))}
    heard = msgspec.structs.replace(call, speech=speech)

    assert the_verdict(heard, tmp_path, CLOSING).outcome is Outcome.VIOLATED
    assert the_verdict(heard, tmp_path, {**CLOSING, "takes": "300ms"}).outcome is Outcome.UNDETERMINED


def test_what_leaves_the_denominator_costs_nothing(tmp_path: Path) -> None:
    call = dialogue(["[0-3]坐席：你自己想办法", "[4-5]客户：嗯", "[6-7]坐席：好"], ends_s=10)
    speech = {**call.speech, Role.AGENT: (*call.speech[Role.AGENT], Span(8000, 9500))}
    score = judge(msgspec.structs.replace(call, speech=speech), rubric_of(tmp_path, FORBIDDEN, CLOSING))

    assert [verdict.outcome for verdict in score.verdicts] == [Outcome.VIOLATED, Outcome.UNDETERMINED]
    assert [verdict.points for verdict in score.verdicts] == [0, 0]
    assert score.tally == Tally()


def test_reasons_for_a_person_stay_readable(tmp_path: Path) -> None:
    rules = [{**FORBIDDEN, "id": f"rule_{number}", "code": f"NX-1.{number}"} for number in range(1, 10)]
    (reason,) = judge(nameless(dialogue(TALK)), rubric_of(tmp_path, *rules)).needs_review

    assert reason == "待人工：规则1、规则2、规则3、规则4、规则5等 9 条（角色不明：听不出哪一方是坐席）"


@pytest.mark.parametrize(("echo", "outcome"), [(True, Outcome.UNDETERMINED), (False, Outcome.VIOLATED)])
def test_words_that_may_be_the_other_partys_cost_nothing(tmp_path: Path, echo: bool, outcome: Outcome) -> None:
    call = dialogue(TALK)
    graded = tuple(
        TurnTrust(TrustGrade.MEDIUM if echo else TrustGrade.HIGH, echo=echo and turn is call.turns[-1])
        for turn in call.turns
    )
    trust = Trust(grade=TrustGrade.HIGH, coverage=1.0, confidence=0.9, turns=graded)
    verdict = the_verdict(msgspec.structs.replace(call, trust=trust), tmp_path, FORBIDDEN)
    assert verdict.outcome is outcome
    assert ("串音" in verdict.reason) is echo

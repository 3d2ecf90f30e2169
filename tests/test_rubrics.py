"""The rubric that ships: it loads, adds up, proves its examples, and has every rule of the design."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from dialogue import dialogue

from qa.judge import check, judge, load_rubric
from qa.judge.measured import MeasureName
from qa.measure import MEASURES

RUBRICS = Path(__file__).parents[1] / "rubrics"
SHIPPED = RUBRICS / "telecom-affinity.yaml"
RULES = [
    "offer_when_asked",
    "curt_answers",
    "proactive_service",
    "impatient_phrase",
    "overlong_call",
    "shirking_phrase",
    "apology_after_complaint",
    "retention_before_cancel",
    "suggests_cancel",
    "late_greeting",
    "long_silence",
    "hold_notice",
    "hold_thanks",
    "slow_first_answer",
    "unsure_words",
    "care_phrase",
    "greeting",
    "self_introduction",
    "further_help",
    "closing",
    "silent_call_procedure",
    "forbidden_phrase",
    "courtesy_words",
    "surname_address",
    "volume",
    "monotone",
    "rhetorical_question",
    "speech_rate_fast",
    "speech_rate_slow",
    "filler_words",
    "written_style",
    "interruption",
    "backchannel",
    "asks_to_repeat",
    "consent_question",
    "stacked_questions",
    "repeated_question",
    "negative_phrase",
    "imperative_phrase",
    "jargon",
    "over_promise",
    "ticket_number",
    "clear_explanation",
    "arguing_phrase",
    "raised_voice",
    "soothing_after_anger",
    "asks_password",
    "profanity",
]


@pytest.mark.parametrize("path", [SHIPPED], ids=lambda path: path.name)
def test_a_shipped_rubric_has_no_problems(path: Path) -> None:
    assert [str(problem) for problem in check(path)] == []


def test_every_rule_of_the_design_is_there_once() -> None:
    assert sorted(rule.id for rule in load_rubric(SHIPPED).rules) == sorted(RULES)


def test_items_and_weights_are_those_of_the_training_deck() -> None:
    rubric = load_rubric(SHIPPED)

    assert [(one.id, one.weight, [item.points for item in one.items]) for one in rubric.dimensions] == [
        ("NX", 30, [6] * 5),
        ("LM", 30, [6] * 5),
        ("GT", 40, [8] * 5),
        ("HG", 0, [0]),
    ]


def test_a_centre_without_a_language_model_is_asked_for_none() -> None:
    asking = [rule for rule in load_rubric(SHIPPED).rules if rule.ASKS_A_MODEL]

    assert [rule.code.rpartition(".")[0] for rule in asking] == ["NX-1", "GT-4"]
    assert all(rule.off for rule in asking)
    assert load_rubric(SHIPPED).asks == ""


def test_every_rule_says_where_it_comes_from_and_how_to_do_better() -> None:
    for rule in load_rubric(SHIPPED).rules:
        assert rule.source, rule.id
        assert rule.advice, rule.id


def test_seed_and_centre_differ_in_speech_rate() -> None:
    bounds = {
        profile: next(rule.max for rule in load_rubric(SHIPPED, profile).rules if rule.id == "speech_rate_fast")  # type: ignore[attr-defined]
        for profile in ("seed", "centre")
    }
    assert bounds["seed"] == 200 < bounds["centre"]


def test_rules_ask_for_measurements_that_are_made() -> None:
    assert {str(name) for name in MeasureName} <= set(MEASURES)


def test_a_rubric_goes_to_worker_processes_and_judges_there_alike() -> None:
    rubric = load_rubric(SHIPPED)
    call = dialogue(["坐席：为说吧", "客户：我要投诉", "坐席：这个不归我管"])

    assert judge(call, pickle.loads(pickle.dumps(rubric))) == judge(call, rubric)

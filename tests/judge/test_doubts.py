"""What makes one kind of rule doubt makes every kind doubt: a voice without words, a trigger hardly heard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from dialogue import dialogue, rubric_of

from qa.judge import judge
from qa.model import Call, Measurement, Outcome, Role, Turn

RAISED = {
    "who": "customer",
    "any_of": ["我要投诉"],
    "raised": {"any_of": ["每次都"], "by_db": 5, "by_semitones": 2, "turns": 2},
}
LOUD = {"turn_loudness_db": [-24, -15, -14, -23, -24, -24], "turn_pitch_hz": [200, 250, 250, 200, 200, 0]}
BY_VOICE_ALONE: list[dict[str, Any]] = [
    {"kind": "combine", "all": [{"said": RAISED}, {"said": {"who": "agent", "any_of": ["我看看"]}}]},
    {
        "kind": "combine",
        "all": [{"followed": {"first": RAISED, "then": {"who": "agent", "any_of": ["我看看"]}, "turns": 1}}],
    },
    {
        "kind": "phrase_before",
        "when": RAISED,
        "first": {"who": "agent", "any_of": ["抱歉"]},
        "then": {"who": "agent", "any_of": ["我看看"]},
    },
]


def shouting() -> Call:
    call = dialogue(
        [
            *("客户：我想问一下宽带", "坐席：您请说", "客户：我都说了是五五六六", "坐席：好的"),
            *("客户：我说了三遍了你听见没有", "坐席：我看看", "客户：账号是五五六六", "坐席：好的"),
            *("客户：行吧那就这样", "坐席：再见", "客户：嗯嗯"),
        ]
    )
    turns = call.turns_of(Role.CUSTOMER)
    rows = [
        Measurement(name, float(value), "", turn.span, Role.CUSTOMER)
        for name, values in LOUD.items()
        for turn, value in zip(turns, values, strict=True)
    ]
    return msgspec.structs.replace(call, measurements=(*call.measurements, *rows))


@pytest.mark.parametrize("rule", BY_VOICE_ALONE, ids=["said", "followed", "before"])
def test_a_raised_voice_without_words_costs_nothing_in_any_kind(tmp_path: Path, rule: dict[str, Any]) -> None:
    (verdict,) = judge(shouting(), rubric_of(tmp_path, rule)).verdicts

    assert verdict.outcome is not Outcome.VIOLATED


def test_a_wish_that_was_hardly_heard_is_for_a_person(tmp_path: Path) -> None:
    rule = {
        "kind": "phrase_before",
        "when": {"who": "customer", "any_of": ["我要销户"]},
        "first": {"who": "agent", "any_of": ["什么原因"]},
        "then": {"who": "agent", "any_of": ["帮您登记"]},
    }
    call = dialogue(["客户：我要销户", "坐席：好的，我帮您登记"])
    rubric = rubric_of(tmp_path, rule)
    unsure = msgspec.structs.replace(call, turns=(_hardly_heard(call.turns[0]), call.turns[1]))

    assert judge(call, rubric).verdicts[0].outcome is Outcome.VIOLATED
    verdict = judge(unsure, rubric).verdicts[0]
    assert verdict.outcome is Outcome.UNDETERMINED
    assert "我要销户" in verdict.reason


def test_a_manual_rule_says_what_the_rubric_now_says(tmp_path: Path) -> None:
    call = dialogue(["客户：你好", "坐席：您好，请讲"])
    old, new = (rubric_of(tmp_path, {"kind": "manual", "note": note}) for note in ("听语气", "听结束语"))

    assert judge(call, new, judge(call, old)) == judge(call, new)


def _hardly_heard(turn: Turn) -> Turn:
    return Turn(turn.role, turn.track, tuple(msgspec.structs.replace(word, confidence=0.05) for word in turn.words))

"""Turns are graded by themselves, on grounds that can be read."""

from __future__ import annotations

import pytest
from measured_calls import AGENT, CUSTOMER, Call
from msgspec.structs import replace

from qa.measure import turn_trust
from qa.measure.trust import assess
from qa.model import Measurement, Removed, Trust, TrustGrade, Turn
from qa.span import Span

HIGH, MEDIUM, LOW = TrustGrade.HIGH, TrustGrade.MEDIUM, TrustGrade.LOW
SAID = {AGENT: [(0, 4000, "您好请问有什么可以帮您")], CUSTOMER: [(6000, 9000, "我想问一下话费")]}


def trust(call: Call, *rows: Measurement) -> Trust:
    return assess(call.transcript, call.roles, call.turns, rows)


def agent_believed(confidence: float) -> Call:
    call = Call(10_000, SAID)
    agent, customer = call.turns
    words = tuple(replace(word, confidence=confidence) for word in agent.words)
    call.turns = (replace(agent, words=words), customer)
    return call


@pytest.mark.parametrize(
    ("confidence", "grade"), [(0.9, HIGH), (0.86, HIGH), (0.84, MEDIUM), (0.71, MEDIUM), (0.6, LOW)]
)
def test_a_turn_is_graded_by_its_own_confidence(confidence: float, grade: TrustGrade) -> None:
    agent, customer = trust(agent_believed(confidence)).turns
    assert (agent.grade, customer.grade) == (grade, HIGH)
    assert bool(agent.reasons) == (grade is not HIGH)


@pytest.mark.parametrize(("unheard_ms", "grade"), [(0, HIGH), (500, HIGH), (800, MEDIUM), (1500, LOW)])
def test_a_turn_with_speech_that_has_no_words_is_doubted(unheard_ms: int, grade: TrustGrade) -> None:
    missing = [Span(1000, 1000 + unheard_ms)] if unheard_ms else []
    agent, _ = trust(Call(10_000, SAID, missing)).turns
    assert agent.grade is grade
    assert any("没有听出来" in why for why in agent.reasons) == (grade is not HIGH)


def test_a_turn_that_goes_round_in_circles_is_not_believed() -> None:
    agent, customer = trust(Call(20_000, {**SAID, AGENT: [(0, 5000, "我们我们我们我们我们我们")]})).turns
    assert (agent.grade, customer.grade) == (LOW, HIGH)
    assert "反复" in agent.reasons[0]


def test_more_words_than_a_tongue_can_say_are_doubted() -> None:
    agent, _ = trust(Call(10_000, {**SAID, AGENT: [(0, 1000, "您好请问有什么可以帮您")]})).turns
    assert agent.grade is MEDIUM
    assert "太密" in agent.reasons[0]


@pytest.mark.parametrize(("reason", "grade"), [("loop", MEDIUM), ("no_speech", HIGH)])
def test_what_was_invented_in_a_turn_is_held_against_it(reason: str, grade: TrustGrade) -> None:
    call = Call(10_000, SAID)
    removed = Removed(channel=0, span=Span(500, 900), text="字幕", reason=reason)
    call.transcript = replace(call.transcript, removed=(removed,))
    agent, customer = trust(call).turns
    assert (agent.grade, customer.grade) == (grade, HIGH)


def test_a_turn_that_is_hardly_audible_is_doubted() -> None:
    call = Call(10_000, SAID)
    faint = Measurement("turn_loudness_db", -55.0, "dBFS", call.turns[0].span, AGENT)
    agent, customer = trust(call, faint).turns
    assert (agent.grade, customer.grade) == (MEDIUM, HIGH)
    assert "声音太小" in agent.reasons[0]


@pytest.mark.parametrize(
    ("name", "value", "grade", "says"),
    [
        ("clipping_pct", 0.2, HIGH, ""),
        ("clipping_pct", 3.0, MEDIUM, "坐席的声音削波失真（3.0%"),
        ("clipping_pct", 20.0, LOW, "削波"),
        ("bleed_db", -30.0, HIGH, ""),
        ("bleed_db", -15.0, MEDIUM, "只比自己的声音小 15 dB"),
        ("bleed_db", -6.0, LOW, "可能记错人"),
        ("bleed_db", 3.0, LOW, "（比自己的声音还大 3 dB）"),
        ("band_hz", 3500.0, HIGH, ""),
        ("band_hz", 2500.0, HIGH, ""),
        ("band_hz", 2100.0, MEDIUM, "频带只到 2100 Hz"),
        ("band_hz", 1400.0, LOW, "发闷"),
        ("loudness_db", -30.0, HIGH, ""),
        ("loudness_db", -50.0, MEDIUM, "坐席的声音太小（-50 dB）"),
    ],
)
def test_a_call_is_doubted_for_its_sound(name: str, value: float, grade: TrustGrade, says: str) -> None:
    call = Call(10_000, SAID)
    found = trust(call, Measurement(name, value, "", call.recording.span, AGENT))
    assert found.grade is grade
    assert says in "".join(found.reasons)


@pytest.mark.parametrize(
    ("customer_db", "agent", "customer"), [(None, MEDIUM, MEDIUM), (-30.0, HIGH, LOW), (-19.0, MEDIUM, MEDIUM)]
)
def test_the_same_words_in_both_channels_are_doubted_where_they_are_quieter(
    customer_db: float | None, agent: TrustGrade, customer: TrustGrade
) -> None:
    line = "您好请问有什么可以帮您"
    call = Call(20_000, {AGENT: [(0, 4000, line)], CUSTOMER: [(100, 4100, line), (8000, 12_000, "我想查一下话费")]})
    levels = {call.turns[0].span: -18.0, call.turns[1].span: customer_db}
    rows = [
        Measurement("turn_loudness_db", db, "dBFS", turn.span, turn.role)
        for turn in call.turns
        if (db := levels.get(turn.span)) is not None
    ]
    graded = trust(call, *rows).turns
    assert [one.grade for one in graded] == [agent, customer, HIGH]


def test_channels_are_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[Span, Span]] = []
    really = turn_trust._say_the_same

    def counted(turn: Turn, near: Span, other: Turn, near_other: Span) -> bool:
        compared.append((turn.span, other.span))
        return really(turn, near, other, near_other)

    monkeypatch.setattr(turn_trust, "_say_the_same", counted)
    line = "您好请问有什么可以帮您"
    assert "两边声道" in "".join(trust(Call(20_000, {AGENT: [(0, 4000, line)], CUSTOMER: [(100, 4100, line)]})).reasons)
    assert len(compared) == len(set(compared)) == 2

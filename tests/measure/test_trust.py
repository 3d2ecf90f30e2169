"""Trust: which transcripts may cost points, and what people are told about the others."""

from __future__ import annotations

import pytest
from measured_calls import AGENT, CUSTOMER, OTHER, UNKNOWN, Call
from msgspec.structs import replace

from qa.measure.trust import assess
from qa.model import Removed, Roles, Trust, TrustGrade
from qa.span import Span

HIGH, MEDIUM, LOW = TrustGrade.HIGH, TrustGrade.MEDIUM, TrustGrade.LOW
SAID = {AGENT: [(0, 5000, "您好请问有什么可以帮您")], CUSTOMER: [(6000, 9000, "我想问一下话费")]}


def trust(call: Call) -> Trust:
    return assess(call.transcript, call.roles, call.turns)


def with_roles(confidence: float, source: str = "content") -> Call:
    call = Call(10_000, SAID)
    call.roles = Roles(by_track=(AGENT, CUSTOMER), confidence=confidence, source=source)
    return call


def with_confidence(confidence: float) -> Call:
    call = Call(10_000, SAID)
    tracks = tuple(
        replace(track, words=tuple(replace(word, confidence=confidence) for word in track.words))
        for track in call.transcript.tracks
    )
    call.transcript = replace(call.transcript, tracks=tracks)
    return call


def with_removed(text: str, reason: str) -> Call:
    call = Call(10_000, SAID)
    removed = Removed(channel=0, span=Span(0, 900), text=text, reason=reason)
    call.transcript = replace(call.transcript, removed=(removed,))
    return call


def on_line(*, dead: bool) -> Call:
    call = Call(10_000, {AGENT: SAID[AGENT], CUSTOMER: []} if dead else SAID)
    agent, customer = call.transcript.tracks
    call.transcript = replace(call.transcript, tracks=(agent, replace(customer, dead=dead)))
    return call


def stored_as(layout: str) -> Call:
    call = Call(10_000, SAID)
    call.transcript = replace(call.transcript, layout=layout)
    return call


def heard(agent_ms: int) -> Call:
    """The agent speaks for ten seconds, of which `agent_ms` ended in words; the customer is heard whole."""
    agent = [(0, agent_ms, "您好" * 5), (agent_ms, 10_000, "")] if agent_ms < 10_000 else [(0, 10_000, "您好" * 5)]
    return Call(40_000, {AGENT: agent, CUSTOMER: [(20_000, 22_000, "我想问一下")]})


def test_a_good_transcript_gives_no_reasons() -> None:
    found = trust(Call(10_000, SAID))
    assert (found.grade, found.coverage, found.confidence, found.reasons) == (HIGH, 1.0, 1.0, ())


@pytest.mark.parametrize(
    ("call", "grade", "says"),
    [
        (with_confidence(0.7), HIGH, ""),
        (with_confidence(0.5), MEDIUM, "把握偏低（平均 0.50）"),
        (with_confidence(0.3), LOW, "把握偏低"),
        (heard(10_000), HIGH, ""),
        (heard(7500), MEDIUM, "转写出了文字"),
        (heard(3000), LOW, "转写出了文字"),
        (with_roles(0.95), HIGH, ""),
        (with_roles(0.7), MEDIUM, "把握不足（70%）"),
        (with_roles(0.02, "call_list"), LOW, "声道可能写反"),
        (with_removed("谢谢观看谢谢观看谢谢观看", "hallucination"), MEDIUM, "去掉了"),
        (with_removed("零" * 100, "loop"), LOW, "去掉了 85%"),
        (on_line(dead=False), HIGH, ""),
        (on_line(dead=True), LOW, "声道 2 没有声音（0 秒），客户说的话没有录下来"),
        (stored_as("fake_stereo"), MEDIUM, "2 个声道是同一个声音"),
        (stored_as("mono"), HIGH, ""),
        (Call(10_000, {UNKNOWN: [(0, 9000, "您好请问有什么可以帮您")]}), MEDIUM, "分不出"),
        (Call(10_000, {AGENT: [(0, 9000, "")], CUSTOMER: []}), LOW, "一个字都没有"),
        (Call(10_000, {AGENT: [], CUSTOMER: []}), LOW, "没有听到说话"),
    ],
)
def test_each_ground_lowers_the_grade_and_says_why(call: Call, grade: TrustGrade, says: str) -> None:
    judged = trust(call)
    assert judged.grade is grade
    assert any(says in reason for reason in judged.reasons) if says else judged.reasons == ()


def test_the_agent_alone_can_be_the_ground() -> None:
    said = {AGENT: [(0, 1000, "您好请讲"), (1000, 6000, "")], CUSTOMER: [(10_000, 60_000, "我想说" * 30)]}
    judged = trust(Call(60_000, said))
    assert judged.coverage > 0.9
    assert judged.grade is LOW
    assert "坐席" in judged.reasons[0]


def test_unheard_speech_lowers_coverage_even_beside_words() -> None:
    call = Call(10_000, SAID, unheard=[Span(0, 4000)])
    assert trust(call).coverage == 0.5


def test_the_worst_reason_comes_first() -> None:
    call = with_confidence(0.5)
    call.roles = Roles(by_track=(AGENT, CUSTOMER), confidence=0.1, source="call_list")
    judged = trust(call)
    assert judged.grade is LOW
    assert "声道" in judged.reasons[0]
    assert len(judged.reasons) == 2


@pytest.mark.parametrize(("echoed", "grade"), [(0, HIGH), (1, MEDIUM), (8, LOW)])
def test_a_call_in_which_both_channels_say_the_same_is_doubted(echoed: int, grade: TrustGrade) -> None:
    lines = [
        "您好请问有什么可以帮您",
        "好的我马上为您查询",
        "您这个月话费五十九元",
        "请问还有其他需要吗",
        "感谢您的来电再见",
    ]
    agent = [(10_000 * i, 10_000 * i + 4000, line) for i, line in enumerate(lines * 4)]
    customer = [(start + 6000, start + 8000, f"我想知道第{i}件事") for i, (start, _, _) in enumerate(agent)]
    customer += [(start, end, text) for start, end, text in agent[:echoed]]
    found = trust(Call(200_000, {AGENT: agent, CUSTOMER: customer}))
    assert found.grade is grade
    assert any("两边声道同时说同样的话" in reason for reason in found.reasons) == (echoed > 0)


def test_announcements_are_no_ground_for_anything() -> None:
    said = {**SAID, OTHER: [(0, 5000, "您好请问有什么可以帮您"), (5000, 9000, "")]}
    assert trust(Call(10_000, said, [])).grade is HIGH

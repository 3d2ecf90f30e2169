"""What `qa eval` says about single turns: their bounds, and the errors laid on each."""

from __future__ import annotations

from msgspec.structs import replace

from qa.evaluate.compare import Errors
from qa.evaluate.hearing import Lost, bound_errors, invented, lost, quantile, turn_errors
from qa.evaluate.labels import Label, LabelledTurn
from qa.model import Call, Recording, Role, Roles, Trust, TrustGrade, Turn, TurnTrust
from qa.span import Span
from qa.transcribe.spread import words_of

LABEL = Label(
    call_id="c",
    file="c.wav",
    layout="agent,customer",
    duration_s=10,
    turns=[
        LabelledTurn("agent", 1.0, 3.0, "您好请讲"),
        LabelledTurn("customer", 3.5, 5.0, "我查话费"),
        LabelledTurn("agent", 6.0, 7.0, "好的"),
        LabelledTurn("customer", 8.0, 8.5, "嗯"),
    ],
    fails=[],
)


def turn(role: Role, start_ms: int, end_ms: int, text: str) -> Turn:
    return Turn(role, 0 if role is Role.AGENT else 1, words_of(text, Span(start_ms, end_ms)))


def call(*turns: Turn, grades: tuple[TrustGrade, ...] = ()) -> Call:
    recording = Recording(
        call_id="c", path="c.wav", sha256="", duration_ms=10_000, sample_rate_hz=8000, channel_count=2
    )
    trust = Trust(grade=TrustGrade.HIGH, coverage=1, confidence=1, turns=tuple(TurnTrust(grade) for grade in grades))
    roles = Roles(by_track=(Role.AGENT, Role.CUSTOMER), confidence=1, source="call_list")
    return Call(recording=recording, roles=roles, turns=turns, trust=trust)


HEARD = (
    turn(Role.AGENT, 1100, 2800, "您好请讲"),
    turn(Role.CUSTOMER, 3500, 5200, "我差花费"),
    turn(Role.AGENT, 5900, 7000, "好的"),
)


def test_bounds_are_compared_turn_by_turn_and_unheard_turns_have_none() -> None:
    starts, ends = bound_errors(LABEL, call(*HEARD))
    assert starts == [100, 0, 100]
    assert ends == [200, 200, 0]


def test_errors_are_laid_on_the_turn_in_which_they_were_heard() -> None:
    grades = (TrustGrade.HIGH, TrustGrade.LOW, TrustGrade.HIGH)
    laid = {t.text: (grade, e.edits, e.length) for t, grade, e in turn_errors(LABEL, call(*HEARD, grades=grades))}
    assert laid["您好请讲"] == (TrustGrade.HIGH, 0, 4)
    assert laid["好的"] == (TrustGrade.HIGH, 0, 2)
    # 查 and 话 misheard, and the 嗯 that nobody heard
    assert laid["我差花费"] == (TrustGrade.LOW, 3, 4)


def test_a_call_without_grades_gives_nothing() -> None:
    assert turn_errors(LABEL, call(*HEARD)) == []


def test_quantiles() -> None:
    assert quantile([], 0.5) is None
    assert quantile([30, 10, 20], 0.5) == 20
    assert quantile(list(range(100)), 0.95) == 95


def test_turns_without_a_word_are_lost_unless_the_call_lists_them() -> None:
    # The customer's 嗯 lasts half a second, and nothing was heard of it.
    assert lost(LABEL, call(*HEARD)) == Lost(turns=4, listed=0, unlisted=1)
    listed = replace(call(*HEARD), unheard={Role.CUSTOMER: (Span(8000, 8500),)})
    assert lost(LABEL, listed) == Lost(turns=4, listed=1, unlisted=0)


def test_words_where_nobody_is_labelled_to_speak_are_invented() -> None:
    assert invented(LABEL, call(*HEARD)) == Errors(0, 10)
    ghost = turn(Role.CUSTOMER, 1000, 2000, "字幕")
    assert invented(LABEL, call(*HEARD, ghost)) == Errors(2, 12)


def test_an_announcement_is_neither_lost_nor_invented_unless_a_party_gets_it() -> None:
    menu = LabelledTurn("other", 8.6, 9.9, "满意请按一")
    label = replace(LABEL, turns=[*LABEL.turns, menu])
    without = call(*HEARD)
    assert lost(label, without) == lost(LABEL, without)
    apart = call(*HEARD, turn(Role.OTHER, 8600, 9900, "满意请按一"))
    assert (lost(label, apart), invented(label, apart)) == (lost(LABEL, without), Errors(0, 10))
    credited = call(*HEARD, turn(Role.AGENT, 8600, 9900, "满意请按一"))
    assert invented(label, credited) == Errors(5, 15)

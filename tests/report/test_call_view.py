"""What the page of a call says, compared as data."""

from __future__ import annotations

from pathlib import Path

from conftest import built
from records import A, C, finding, night_of, record, recording, sample, score, talk

from qa.measures import MEASURES
from qa.model import Finding, Measurement, Outcome, Role, Trust, TrustGrade, TurnTrust
from qa.report.jsonl import line_of
from qa.report.ledger import call_row
from qa.report.measures import measure_views, quantity
from qa.report.view import Piece, call_view
from qa.span import Span

_BY_ID = {each.recording.call_id: each for each in sample().records}


def test_offending_words_are_cut_out_of_their_turn_without_the_punctuation() -> None:
    view = call_view(_BY_ID["c02"])
    assert view.turns[2].pieces == (Piece("这个", ()), Piece("不归我管", (2,)), Piece("，你去营业厅问吧。", ()))
    assert view.turns[6].pieces == (
        Piece("退费我", ()),
        Piece("没办法", (4,)),
        Piece("，", ()),
        Piece("你怎么不早说", (5,)),
        Piece("？", ()),
    )


def test_findings_are_numbered_in_time_and_stand_beside_their_turn() -> None:
    view = call_view(_BY_ID["c02"])
    assert [(f.number, f.code, f.points, f.quote) for f in view.findings] == [
        (1, "LM-2.1", 4, "说吧"),
        (2, "NX-3.1", 3, "不归我管"),
        (3, "GT-4.1", 4, "我不知道"),
        (4, "GT-4.1", 4, "没办法"),
        (5, "LM-4.1", 3, "你怎么不早说"),
        (6, "LM-1.2", 2, "你要投诉就去投诉。"),
        (7, "LM-2.1", 2, "你要投诉就去投诉"),
    ]
    assert [[f.number for f in turn.findings] for turn in view.turns] == [[1], [], [2], [], [3], [], [4, 5], [], [6, 7]]
    assert view.findings[0].near == "喂，说吧"


def test_overlapping_findings_share_their_words() -> None:
    turns = talk([(A, "我不知道没办法")])
    made = record(
        recording("o"),
        turns,
        score("o", [finding("negative_phrase", turns, "我不知道没"), finding("over_promise", turns, "知道没办法")]),
    )
    assert call_view(made).turns[0].pieces == (
        Piece("我不", (1,)),
        Piece("知道没", (1, 2)),
        Piece("办法", (2,)),
    )


def test_words_of_the_other_party_are_never_marked() -> None:
    turns = talk([(A, "我不知道")]) + talk([(C, "你说什么")], first_ms=1000)
    made = record(recording("x"), turns, score("x", [finding("negative_phrase", turns, "我不知道")]))
    agent, customer = call_view(made).turns
    assert agent.pieces == (Piece("我不知道", (1,)),)
    assert customer.pieces == (Piece("你说什么", ()),)
    assert agent.anchor != customer.anchor


def test_a_finding_in_silence_stands_beside_the_turn_before() -> None:
    turns = talk([(A, "请稍等"), (C, "好")], gap_ms=40_000)
    silence = Finding(
        rule_id="long_silence", span=Span(10_000, 41_000), role=A, quote="（31 秒没人说话）", message="冷场"
    )
    view = call_view(record(recording("s"), turns, score("s", [silence])))
    assert [len(turn.findings) for turn in view.turns] == [1, 0]
    assert all(piece.findings == () for turn in view.turns for piece in turn.pieces)


def test_what_is_undetermined_costs_nothing_and_says_why() -> None:
    view = call_view(_BY_ID["c06"])
    waiting = [f for f in view.findings if not f.decided]
    assert [(f.code, f.points) for f in waiting] == [("LM-4.1", 0)]
    assert [(u.code, u.reason) for u in view.undetermined] == [("LM-4.1", "这几个字听得不清（0.31）")]


def test_word_times_add_up_to_the_words_own() -> None:
    turn = _BY_ID["c02"].call.turns[0]  # type: ignore[union-attr]
    at, read, chars = 0, [], 0
    for step in call_view(_BY_ID["c02"]).turns[0].words.split():
        size, later = step.split(":")
        at += int(later)
        read.append((at, int(size)))
        chars += int(size)
    assert read == [(word.span.start_ms, len(word.text)) for word in turn.words]
    assert chars == len(turn.text)


def test_a_failed_call_has_an_empty_view() -> None:
    view = call_view(_BY_ID["c05"])
    assert (view.turns, view.findings, view.dimensions, view.timeline) == ((), (), (), None)


def test_the_timeline_draws_silence_overlap_and_near_findings_once() -> None:
    turns = talk([(A, "一二三四五")]) + talk([(C, "一二三四五")], first_ms=1600)
    made = record(
        recording("t", duration_ms=20_000),
        turns,
        score("t", [finding("negative_phrase", turns, "一二"), finding("over_promise", turns, "二三")]),
    )
    line = call_view(made).timeline
    assert line is not None
    assert [lane.role for lane in line.lanes] == [Role.AGENT, Role.CUSTOMER]
    assert line.overlaps
    assert [span for *_, span in line.silences] == [Span(2600, 20_000)]
    assert [marker.label for marker in line.markers] == ["1–2"]


def test_a_page_says_how_a_figure_was_taken_as_the_program_defines_it() -> None:
    made = record(
        recording("m"),
        talk([(A, "您好。")]),
        None,
        measurements=(
            Measurement("dead_air_ms", 4000.0, "ms", Span(1000, 5000)),
            Measurement("gone_since_ms", 4000.0, "ms", Span(1000, 5000)),
        ),
    )
    assert made.call is not None
    known, gone = measure_views(made.call)
    assert (known.label, known.definition) == (MEASURES["dead_air_ms"].label, MEASURES["dead_air_ms"].definition)
    assert (gone.label, gone.definition) == ("gone_since_ms", "")


def test_stretches_are_counted_and_the_longest_lead_to_their_second() -> None:
    made = record(
        recording("m"),
        talk([(A, "您好")]),
        None,
        measurements=tuple(Measurement("dead_air_ms", ms, "ms", Span(0, ms)) for ms in (2000, 31_000, 4000)),
    )
    assert made.call is not None
    (view,) = measure_views(made.call)
    assert view.value == "3 处，最长 31.0 秒，合计 37.0 秒"
    assert [place.value for place in view.places] == ["31.0 秒", "4.0 秒", "2.0 秒"]


def test_units_are_those_people_read() -> None:
    assert quantity(6200, "ms") == "6.2 秒"
    assert quantity(214.6, "syllables/min") == "215 音节/分钟"
    assert quantity(56.4, "%") == "56%"
    assert quantity(-23.46, "dBFS") == "-23.5 dBFS"
    assert quantity(2, "furlongs") == "2 furlongs"


def test_every_outcome_is_shown_in_the_items() -> None:
    view = call_view(_BY_ID["c02"])
    outcomes = {v.outcome for d in view.dimensions for i in d.items for v in i.verdicts}
    assert outcomes == {Outcome.MET, Outcome.VIOLATED, Outcome.NOT_APPLICABLE}
    assert sum(len(d.items) for d in view.dimensions) == 15


def test_a_customers_words_that_went_unanswered_are_marked_as_the_cause() -> None:
    turns = talk([(C, "我要投诉你们"), (A, "哦"), (C, "快点")])
    unanswered = Finding(
        rule_id="apology_after_complaint", span=Span(1000, 4000), role=A, quote="投诉", message="没有致歉"
    )
    view = call_view(record(recording("a"), turns, score("a", [unanswered])))
    assert view.turns[0].pieces == (Piece("我要", ()), Piece("投诉", (1,)), Piece("你们", ()))
    assert view.findings[0].quoted is Role.CUSTOMER
    assert [len(turn.findings) for turn in view.turns] == [1, 0, 0]


def test_the_evidence_of_something_not_said_is_not_marked_as_if_it_were_wrong() -> None:
    turns = talk([(A, "您这边的线路不太正常需要安排维修师傅上门看一下才行"), (C, "好"), (A, "那就这样")])
    missing = Finding(
        rule_id="closing",
        span=Span(1000, 9000),
        role=A,
        quote=turns[0].text + " " + turns[2].text,
        message="没有道别",
    )
    view = call_view(record(recording("n"), turns, score("n", [missing])))
    assert all(piece.findings == () for turn in view.turns for piece in turn.pieces)
    assert [len(turn.findings) for turn in view.turns] == [1, 0, 0]


def test_the_same_words_twice_are_marked_where_the_finding_is() -> None:
    turns = talk([(A, "没办法，真的没办法")])
    second = turns[0].words[-3].span.start_ms
    later = Finding(rule_id="negative_phrase", span=Span(second, second + 600), role=A, quote="没办法", message="x")
    view = call_view(record(recording("w"), turns, score("w", [later])))
    assert view.turns[0].pieces == (Piece("没办法，真的", ()), Piece("没办法", (1,)))


def test_reasons_for_a_person_are_said_once() -> None:
    turns = talk([(A, "您好")])
    asked = score("r", undetermined={"volume": "没有参照"}, needs_review=("待人工：音量（没有参照）", "请听结尾"))
    view = call_view(record(recording("r"), turns, asked))
    assert view.review == ("请听结尾",)
    assert call_row(view).review == ("请听结尾", "没有参照")


def test_each_turn_says_how_far_it_can_be_believed_and_why(tmp_path: Path) -> None:
    turns = talk([(A, "您好"), (C, "我要查话费"), (A, "好的")])
    trust = Trust(
        grade=TrustGrade.MEDIUM,
        coverage=0.9,
        confidence=0.8,
        turns=(
            TurnTrust(TrustGrade.HIGH),
            TurnTrust(TrustGrade.LOW, ("一半没有转出文字",)),
            TurnTrust(TrustGrade.MEDIUM, ("把握一般",)),
        ),
    )
    one = record(recording("g"), turns, score("g"), trust=trust)
    assert [turn.doubtful for turn in call_view(one).turns] == [False, True, False]
    page = (built(night_of([one]), tmp_path) / "calls/g.html").read_text(encoding="utf-8")
    assert "听不准：一半没有转出文字" in page
    assert "（听得一般：把握一般）" in page
    assert line_of(call_view(one))["turns"][1]["trust"] == {"grade": "low", "reasons": ("一半没有转出文字",)}
    ungraded = record(recording("u"), talk([(A, "您好")], confidence=0.4), score("u"))
    assert call_view(ungraded).turns[0].doubtful

"""Turns: where one party's words end a turn, and where they do not."""

from __future__ import annotations

from qa.model import Role, Roles, Track, Transcript, Turn, Word
from qa.span import Span, merge
from qa.transcribe.spread import words_of
from qa.transcribe.turns import turns_of

BOTH = Roles(by_track=(Role.AGENT, Role.CUSTOMER), confidence=1, source="sidecar")


def track(channel: int, *said: tuple[int, int, str], speech: tuple[Span, ...] | None = None) -> Track:
    spans = [Span(start, end) for start, end, _ in said]
    words = [word for (start, end, text) in said for word in words_of(text, Span(start, end))]
    return Track(channel=channel, speech=merge(spans) if speech is None else speech, words=tuple(words))


def turns(*tracks: Track, roles: Roles = BOTH) -> list[tuple[str, str]]:
    return [(turn.role.label, turn.text) for turn in turns_of(Transcript(engine="x", tracks=tracks), roles)]


def test_a_short_pause_stays_inside_a_turn_and_a_long_one_ends_it() -> None:
    agent = track(0, (0, 1000, "您好"), (3400, 4000, "请讲"), (6600, 7000, "在吗"))
    assert turns(agent, track(1)) == [("坐席", "您好请讲"), ("坐席", "在吗")]


def test_an_answer_in_a_short_pause_ends_the_turn() -> None:
    agent = track(0, (0, 1000, "报一下号码"), (2000, 3000, "谢谢您"))
    assert turns(agent, track(1, (1200, 1800, "三七二"))) == [
        ("坐席", "报一下号码"),
        ("客户", "三七二"),
        ("坐席", "谢谢您"),
    ]


def test_a_word_of_assent_does_not_shatter_a_long_turn() -> None:
    agent = track(0, (0, 3000, "您的套餐是五十九元的"), (3900, 6000, "每个月有二十个G"))
    assert turns(agent, track(1, (3200, 3600, "嗯,好的"))) == [
        ("坐席", "您的套餐是五十九元的每个月有二十个G"),
        ("客户", "嗯,好的"),
    ]


def test_a_word_of_assent_that_answers_a_question_is_a_turn() -> None:
    agent = track(0, (0, 3000, "您看这样可以吗"), (3900, 6000, "那我帮您登记"))
    assert [text for _, text in turns(agent, track(1, (3200, 3600, "好的")))] == [
        "您看这样可以吗",
        "好的",
        "那我帮您登记",
    ]


def test_assent_that_goes_on_is_a_turn() -> None:
    agent = track(0, (0, 1000, "五十九元的"), (2400, 3000, "还有流量"))
    assert len(turns(agent, track(1, (1050, 2300, "嗯好的嗯")))) == 3


def test_overlapping_turns_stay_whole() -> None:
    customer = track(1, (0, 4000, "我想把现在的套餐"), (4300, 6000, "改成便宜的那个"))
    agent = track(0, (3000, 5000, "改不了那个已经下架了"))
    assert turns(agent, customer) == [("客户", "我想把现在的套餐改成便宜的那个"), ("坐席", "改不了那个已经下架了")]


def test_someone_who_was_cut_short_starts_a_new_turn_afterwards() -> None:
    customer = track(1, (0, 3000, "我想把套餐"), (4400, 6000, "我还没说完"))
    agent = track(0, (2700, 4200, "改不了改不了"))
    assert [text for _, text in turns(agent, customer)] == ["我想把套餐", "改不了改不了", "我还没说完"]


def test_a_word_stretched_over_a_pause_does_not_hide_it() -> None:
    # 查 lasts from 1.0 to 9.8 s because the recogniser stretched it; activity knows better.
    words = (Word("我", Span(500, 1000), 1), Word("查", Span(1000, 9800), 1), Word("好", Span(9800, 10_000), 1))
    agent = Track(channel=0, speech=(Span(500, 1200), Span(9750, 10_000)), words=words)
    assert turns(agent, track(1)) == [("坐席", "我查"), ("坐席", "好")]


def test_words_that_were_lost_leave_no_pause() -> None:
    agent = track(0, (0, 1000, "您好"), (5000, 6000, "请讲"), speech=(Span(0, 6000),))
    assert turns(agent, track(1)) == [("坐席", "您好请讲")]


def test_a_soft_voice_that_activity_missed_is_not_cut() -> None:
    agent = track(0, (0, 6000, "您好请问有什么可以帮您"), speech=(Span(0, 1000), Span(5500, 6000)))
    assert len(turns(agent, track(1))) == 1


def test_one_mixed_voice_is_cut_by_pauses_alone_and_sooner() -> None:
    unknown = Roles(by_track=(Role.UNKNOWN,), confidence=0, source="none")
    mixed = track(0, (0, 1000, "您好"), (1200, 2000, "你好我想问"), (2600, 3000, "请讲"))
    assert turns(mixed, roles=unknown) == [("未知", "您好你好我想问"), ("未知", "请讲")]


def test_music_takes_no_floor() -> None:
    roles = Roles(by_track=(Role.AGENT, Role.OTHER), confidence=1, source="sidecar")
    agent = track(0, (0, 1000, "请讲"), (2000, 3000, "您说"))
    assert turns(agent, track(1, (1200, 1800, "当前坐席忙")), roles=roles)[0] == ("坐席", "请讲您说")


def test_turns_come_in_time_order_and_keep_every_word() -> None:
    agent = track(0, (100, 900, "一二三"), (5000, 5500, "四五"), (9000, 9900, "六"))
    customer = track(1, (0, 100, "喂"), (2000, 4000, "七八九"), (5100, 5300, "十"))
    made: tuple[Turn, ...] = turns_of(Transcript(engine="x", tracks=(agent, customer)), BOTH)
    assert list(made) == sorted(made, key=lambda turn: turn.span)
    assert sum(len(turn.words) for turn in made) == len(agent.words) + len(customer.words)


def test_a_track_without_words_has_no_turns() -> None:
    assert turns(track(0, speech=(Span(0, 900),)), track(1)) == []

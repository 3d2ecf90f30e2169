"""Recorded announcements belong to nobody; what an agent says live stays the agent's."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from qa.model import ANNOUNCEMENT, Recording, Role, Track, Transcript, Turn, Word
from qa.span import Span, merge, total_ms
from qa.transcribe.announcements import set_apart
from qa.transcribe.roles import assign
from qa.transcribe.spread import words_of
from qa.transcribe.turns import turns_of

AGENT, CUSTOMER, OTHER = Role.AGENT, Role.CUSTOMER, Role.OTHER
SYLLABLE_MS = 200

MENU = "您好，欢迎致电中国电信客户服务热线。普通话服务请按1，英语服务请按2。"
QUEUE = "您的来电很重要，坐席全忙，请稍候。"
NOTICE = "为了保证服务质量，您的通话可能会被录音。"
SURVEY = "请对本次服务进行评价，满意请按1，不满意请按2。"
GREETING = "您好，10000号，工号1234为您服务，请问有什么可以帮您？"
WISH = "我想查一下这个月的话费。"
FAREWELL = "请您稍后对我的服务做出评价，感谢您的来电，再见。"


def transcript(*said: tuple[str, str], layout: str = "stereo", gap_ms: int = 900) -> Transcript:
    """Lines one after the other: A agent's channel, C customer's, AC both; a leading `+` follows without a pause."""
    words: dict[str, list[Word]] = {"A": [], "C": []}
    speech: dict[str, list[Span]] = {"A": [], "C": []}
    at = 500
    for channels, text in said:
        at += 150 if text.startswith("+") else gap_ms
        plain = text.removeprefix("+")
        span = Span(at, at + SYLLABLE_MS * len(plain))
        for channel in channels:
            words[channel] += words_of(plain, span)
            speech[channel].append(span)
        at = span.end_ms
    tracks = tuple(
        Track(channel=i, words=tuple(words[name]), speech=merge(speech[name])) for i, name in enumerate("AC")
    )
    return Transcript(engine="x", tracks=tracks[:1] if layout == "mono" else tracks, layout=layout)


def recording(channels: int = 2) -> Recording:
    return Recording(
        call_id="a",
        path="a.wav",
        sha256="",
        duration_ms=200_000,
        sample_rate_hz=8000,
        channel_count=channels,
        channel_roles=(AGENT, CUSTOMER) if channels == 2 else None,
    )


def turns(heard: Transcript) -> tuple[Turn, ...]:
    apart = set_apart(heard)
    return turns_of(apart, assign(apart, recording(len(heard.tracks))))


def said_by(role: Role, heard: Transcript) -> str:
    return "".join(turn.text for turn in turns(heard) if turn.role is role)


@pytest.mark.parametrize("channels", ["A", "AC"])
def test_menu_queue_and_survey_are_nobodys_and_the_conversation_is_whole(channels: str) -> None:
    heard = transcript(
        (channels, MENU),
        (channels, NOTICE),
        (channels, QUEUE),
        (channels, "工号1234为您服务。"),
        ("A", GREETING),
        ("C", WISH),
        ("A", "好的，请您稍等。"),
        ("C", "谢谢。"),
        ("A", FAREWELL),
        (channels, SURVEY),
        (channels, "感谢您的评价，再见。"),
    )
    assert said_by(AGENT, heard) == GREETING + "好的，请您稍等。" + FAREWELL
    assert said_by(CUSTOMER, heard) == WISH + "谢谢。"
    once = MENU + NOTICE + QUEUE + "工号1234为您服务。" + SURVEY + "感谢您的评价，再见。"
    assert sorted(said_by(OTHER, heard)) == sorted(once * len(channels))


LIVE = [
    GREETING,
    "您好，欢迎致电中国电信客户服务热线，客服代表1001号很高兴为您服务，请问有什么可以帮助您？",
    "您好，欢迎致电中国电信。",
    "工号1234为您服务。",
    "您好，本次通话将会被录音，请问您是机主本人吗？",
    "您可以拨打10000号，按1再按2，就能查到。",
    "您先按1，听到提示后请按2。",
    "您打进来以后，宽带业务请按2，就可以了。",
    "请您稍后对我的服务做出评价，满意请按1，感谢您的来电，再见。",
    "抱歉，现在坐席比较忙，让您久等了，请问有什么可以帮您？",
    "我帮您转接人工，请稍候。",
    "正在为您查询，请稍候，不要挂机。",
    "您拨打的电话是空号吗？",
    "请您输入六位密码，以井号键结束，好吗？",
    "我就是人工客服，您的通话会被录音，您放心。",
    "感谢您的来电，祝您生活愉快，再见。",
]


@pytest.mark.parametrize("line", LIVE)
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_what_an_agent_says_live_stays_the_agents(line: str, place: str) -> None:
    lines = {
        "first": [("A", line), ("C", WISH), ("A", "好的。")],
        "middle": [("A", "您好，请讲。"), ("C", WISH), ("A", line), ("C", "好的，谢谢。"), ("A", "不客气，再见。")],
        "last": [("A", "您好，请讲。"), ("C", WISH), ("A", line)],
    }[place]
    heard = transcript(*lines)
    assert set_apart(heard) is heard


@pytest.mark.parametrize(
    "line",
    [
        "请您对本次服务进行评价，感谢您的来电，再见。",
        "感谢您的来电，请对本次服务进行评价，再见。",
        "请对本次服务进行评价，祝您一切顺利。",
    ],
)
@pytest.mark.parametrize("before", [("A", "好的。"), ("A", "没问题。"), None])
@pytest.mark.parametrize("layout", ["stereo", "mono"])
def test_a_farewell_that_asks_for_the_rating_is_the_agents(
    line: str, before: tuple[str, str] | None, layout: str
) -> None:
    talk = [
        ("A", GREETING),
        ("C" if layout == "stereo" else "A", "我没有了。"),
        *([before] if before else []),
        ("A", line),
    ]
    heard = transcript(*talk, layout=layout, gap_ms=700)
    assert set_apart(heard) is heard


@pytest.mark.parametrize(
    ("line", "channels", "gap_ms"),
    [
        ("请对本次服务进行评价，感谢您的来电，再见。", "A", 5000),
        ("请对本次服务进行评价，感谢您的来电，再见。", "AC", 700),
        ("请对本次服务进行评价，满意请按1，不满意请按2，感谢您的来电，再见。", "A", 700),
        ("请对本次服务进行评价。", "A", 700),
    ],
)
def test_a_survey_is_the_machines_where_keys_a_pause_or_both_channels_say_so(
    line: str, channels: str, gap_ms: int
) -> None:
    heard = transcript(("A", GREETING), ("C", WISH), ("A", "好的，再见。"), (channels, line), gap_ms=gap_ms)
    assert said_by(AGENT, heard) == GREETING + "好的，再见。"
    assert said_by(OTHER, heard) == line * len(channels)


RECORDED = [
    MENU,
    QUEUE,
    SURVEY,
    "您的来电对我们非常重要，请耐心等待。",
    "您前面还有3位客户在等待，预计等待时间2分钟。",
    "对不起，坐席忙，请稍后再拨。",
    "对方已挂断。",
    "请输入您的服务密码，以井号键结束。",
    "正在为您转接人工服务，请稍候。",
    "您好，您拨打的用户正忙，请稍后再拨。",
    "请在滴声后留言。",
]


@pytest.mark.parametrize("line", RECORDED)
@pytest.mark.parametrize("channels", ["A", "C", "AC"])
def test_recorded_lines_are_nobodys_before_and_after_the_conversation(line: str, channels: str) -> None:
    talk = [("A", GREETING), ("C", WISH), ("A", "好的，再见。"), ("C", "再见。")]
    for lines in ([(channels, line), *talk], [*talk, (channels, line)]):
        heard = transcript(*lines)
        assert said_by(AGENT, heard) == GREETING + "好的，再见。"
        assert said_by(CUSTOMER, heard) == WISH + "再见。"
        assert said_by(OTHER, heard) == line * len(channels)


@pytest.mark.parametrize("line", ["普通话请按1，英语请按2。", "请输入您的服务密码，以井号键结束。", QUEUE])
def test_in_the_middle_of_a_conversation_a_machine_must_say_it_clearly(line: str) -> None:
    heard = transcript(("A", GREETING), ("C", WISH), ("A", line), ("C", "嗯，输好了。"), ("A", "好的，谢谢您。"))
    assert said_by(OTHER, heard) == line


def test_one_hint_in_the_middle_of_a_conversation_is_not_enough() -> None:
    heard = transcript(("A", GREETING), ("C", WISH), ("A", "请按1。"), ("C", "嗯，按了。"), ("A", "好的。"))
    assert set_apart(heard) is heard


def test_an_agent_who_does_not_greet_gets_no_greeting_from_the_machine() -> None:
    heard = transcript(("A", MENU), ("A", QUEUE), ("A", "喂，说。"), ("C", WISH), ("A", "嗯。"))
    assert said_by(AGENT, heard) == "喂，说。嗯。"


def test_a_recorded_number_is_left_where_it_may_be_all_the_greeting_there_was() -> None:
    heard = transcript(("A", MENU), ("A", "工号1234为您服务。"), ("C", WISH), ("A", "好的。"))
    assert said_by(AGENT, heard) == "工号1234为您服务。好的。"


def test_a_number_right_before_the_greeting_is_the_machines() -> None:
    heard = transcript(("A", "1234号话务员为您服务。"), ("A", "+您好，请问有什么可以帮您？"), ("C", WISH))
    assert said_by(AGENT, heard) == "您好，请问有什么可以帮您？"
    assert said_by(OTHER, heard) == "1234号话务员为您服务。"


def test_the_same_words_in_every_channel_are_nobodys_at_the_start() -> None:
    line = "尊敬的客户，流量套餐全新上线。"
    heard = transcript(("AC", line), ("A", GREETING), ("C", WISH), ("A", "好的，再见。"))
    assert said_by(OTHER, heard) == line * 2
    one_sided = transcript(("A", line), ("A", GREETING), ("C", WISH), ("A", "好的，再见。"))
    assert set_apart(one_sided) is one_sided


def test_channels_that_hear_each_other_all_through_prove_nothing() -> None:
    heard = transcript(("AC", "尊敬的客户，话费已经到账。"), ("AC", GREETING), ("AC", WISH), ("AC", FAREWELL))
    assert set_apart(heard) is heard


def test_no_word_and_no_speech_is_lost_or_said_twice() -> None:
    heard = transcript(("AC", MENU), ("A", GREETING), ("C", WISH), ("A", FAREWELL), ("A", SURVEY))
    gap = Span(60_000, 61_000)
    agent = replace(heard.tracks[0], speech=merge([*heard.tracks[0].speech, gap]), unheard=(gap,))
    heard = replace(heard, tracks=(agent, heard.tracks[1]))
    apart = set_apart(heard)
    assert [track.label for track in apart.tracks] == ["", "", ANNOUNCEMENT, ANNOUNCEMENT]
    for channel in (0, 1):
        mine = [track for track in apart.tracks if track.channel == channel]
        before = heard.tracks[channel]
        assert sorted((word.span, word.text) for track in mine for word in track.words) == [
            (word.span, word.text) for word in before.words
        ]
        assert merge(span for track in mine for span in track.speech) == merge(before.speech)
        assert sum(total_ms(track.speech) for track in mine) == total_ms(before.speech)
        assert sorted(span for track in mine for span in track.unheard) == sorted(before.unheard)


def test_one_mixed_channel_keeps_the_conversation_together() -> None:
    heard = transcript(("A", MENU), ("A", GREETING), ("A", "好的。"), layout="mono")
    apart = set_apart(heard)
    assert [track.label for track in apart.tracks] == ["", ANNOUNCEMENT]
    named = assign(apart, recording(1))
    assert named.by_track[0] is Role.UNKNOWN
    assert "没有分开说话人" in named.doubt


def test_the_evidence_says_what_the_machine_said() -> None:
    apart = set_apart(transcript(("A", MENU), ("A", GREETING), ("C", WISH)))
    evidence = [piece for piece in assign(apart, recording()).evidence if piece.role is OTHER]
    assert "请按1" in evidence[0].quote
    assert evidence[0].track == 2


def test_a_source_that_labels_announcements_itself_is_believed() -> None:
    heard = transcript(("A", MENU), ("A", GREETING), ("C", WISH))
    labelled = replace(heard, tracks=(*heard.tracks, Track(channel=0, speech=(), words=(), role=OTHER)))
    assert set_apart(labelled) is labelled

"""Roles: whose word counts, and how much of a garbled greeting is enough."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from qa.model import Recording, Role, Track, Transcript
from qa.span import Span
from qa.transcribe.roles import assign
from qa.transcribe.sidecar import transcript_from_turns
from qa.transcribe.sidecar_format import SpokenTurn
from qa.transcribe.spread import words_of

AGENT, CUSTOMER, UNKNOWN = Role.AGENT, Role.CUSTOMER, Role.UNKNOWN
CORPUS = Path(__file__).parents[2] / "../shared/corpus"

GREETING = "您好,欢迎致电客服热线,工号八零三五很高兴为您服务,请问有什么可以帮您?"
WISH = "喂,你好,我想问一下我家的宽带怎么又断了。"


def call(channels: int = 2, mapped: tuple[Role, ...] | None = None) -> Recording:
    return Recording(
        call_id="a",
        path="a.wav",
        sha256="",
        duration_ms=60_000,
        sample_rate_hz=8000,
        channel_count=channels,
        channel_roles=mapped,
    )


def transcript(*texts: str, layout: str = "stereo", roles: tuple[Role | None, ...] = (None, None)) -> Transcript:
    tracks = tuple(
        Track(
            channel=i if layout == "stereo" else 0,
            speech=(Span(0, 9000),) if text else (),
            words=words_of(text, Span(1000 + 9000 * i, 9000 + 9000 * i)),
            role=roles[i],
        )
        for i, text in enumerate(texts)
    )
    return Transcript(engine="x", tracks=tracks, layout=layout)


def test_the_sidecar_knows() -> None:
    roles = assign(transcript(WISH, GREETING, roles=(AGENT, CUSTOMER)), call(mapped=(CUSTOMER, AGENT)))
    assert (roles.by_track, roles.source, roles.confidence) == ((AGENT, CUSTOMER), "sidecar", 1.0)


def test_the_call_list_comes_next() -> None:
    roles = assign(transcript("今天天气", "不错"), call(mapped=(CUSTOMER, AGENT)))
    assert (roles.by_track, roles.source, roles.confidence) == ((CUSTOMER, AGENT), "call_list", 1.0)


def test_a_call_list_that_the_words_contradict_is_kept_and_doubted() -> None:
    roles = assign(transcript(WISH + "你们到底管不管!", GREETING + "请您稍等。"), call(mapped=(AGENT, CUSTOMER)))
    assert (roles.by_track, roles.source) == ((AGENT, CUSTOMER), "call_list")
    assert roles.confidence < 0.5
    assert all("相反" in piece.why for piece in roles.evidence)
    assert {piece.track for piece in roles.evidence} == {0, 1}


def test_one_odd_sentence_does_not_throw_doubt_on_the_call_list() -> None:
    roles = assign(transcript("你们怎么还没到", "您好"), call(mapped=(AGENT, CUSTOMER)))
    assert roles.confidence == 1.0


def test_words_decide_without_a_call_list_and_say_why() -> None:
    roles = assign(transcript(WISH, GREETING), call())
    assert (roles.by_track, roles.source) == ((CUSTOMER, AGENT), "content")
    assert roles.confidence > 0.95
    for piece in roles.evidence:
        assert piece.quote in (WISH, GREETING)[piece.track]
        assert piece.span.duration_ms > 0
        assert piece.role is roles.by_track[piece.track]


@pytest.mark.parametrize(
    "heard",
    [
        "您好欢迎至电客户服务热线很高兴为你服",
        "好欢迎之电请问什么可以帮你",
        "客户代表三零二五号为您服务",
        "你好我是电信的客服打扰您一下",
        "请您稍等我马上为您查询",
        "还是要其他服务吗感谢您来电",
    ],
)
def test_half_a_greeting_is_enough(heard: str) -> None:
    roles = assign(transcript(WISH, heard), call())
    assert roles.by_track == (CUSTOMER, AGENT)
    assert roles.confidence > 0.8


def test_a_rude_agent_is_still_the_agent() -> None:
    roles = assign(transcript("说吧。这个不归我管,你自己去网上看。", "我想退订彩铃,你帮我查一下。"), call())
    assert roles.by_track == (AGENT, CUSTOMER)


def test_in_a_silent_call_the_side_that_greets_is_the_agent() -> None:
    assert assign(transcript("", GREETING), call()).by_track == (CUSTOMER, AGENT)
    assert assign(transcript(WISH, ""), call()).by_track == (CUSTOMER, AGENT)


def test_nothing_telling_leaves_everybody_unknown() -> None:
    for texts in (("今天天气", "不错"), ("", ""), ("", "啊")):
        roles = assign(transcript(*texts), call())
        assert (roles.by_track, roles.source, roles.confidence) == ((UNKNOWN, UNKNOWN), "none", 0.0)


@pytest.mark.parametrize("layout", ["mono", "fake_stereo"])
def test_a_mixed_voice_is_nobody_even_with_a_map(layout: str) -> None:
    roles = assign(transcript(GREETING + WISH, layout=layout), call(mapped=(AGENT, CUSTOMER)))
    assert (roles.by_track, roles.source, roles.confidence) == ((UNKNOWN,), "none", 0.0)


def test_voices_told_apart_on_mono_are_named_by_their_words() -> None:
    assert assign(transcript(GREETING, WISH, layout="mono"), call(1)).by_track == (AGENT, CUSTOMER)


def test_a_cue_does_not_reach_over_a_pause() -> None:
    # 我…没 across twenty seconds of somebody else's talk is not one sentence.
    words = words_of("我昨天交的", Span(0, 1000)) + words_of("没听懂", Span(20_000, 21_000))
    heard = Transcript(
        engine="x",
        tracks=(
            Track(channel=0, speech=(), words=words),
            Track(channel=1, speech=(), words=words_of(GREETING, Span(0, 9))),
        ),
    )
    assert all(piece.span.duration_ms < 5000 for piece in assign(heard, call()).evidence)


@pytest.mark.shared
@pytest.mark.skipif(not CORPUS.exists(), reason="the labelled calls are not here")
@pytest.mark.parametrize("lost", [0.0, 0.15])
def test_labelled_calls_with_their_roles_hidden(lost: float) -> None:
    chance = random.Random(7)
    seen = 0
    for path in sorted(CORPUS.glob("*.truth.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        channels = {"agent": 1, "customer": 0}
        turns = [
            SpokenTurn(
                span=Span(round(turn["start"] * 1000), round(turn["end"] * 1000)),
                text="".join(c for c in turn["text"] if chance.random() >= lost),
                channel=channels[turn["role"]],
            )
            for turn in truth["turns"]
        ]
        roles = assign(transcript_from_turns(turns, call(), engine="truth"), call())
        assert roles.by_track == (CUSTOMER, AGENT)[-len(roles.by_track) :], path.name
        assert roles.confidence >= (0.9 if lost == 0 else 0.6)
        seen += 1
    assert seen >= 16

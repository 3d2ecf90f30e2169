"""The sidecar: what it gives, and what it says about files that are wrong."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

import pytest

from qa.errors import CallError
from qa.model import Recording, Role
from qa.span import Span
from qa.transcribe.sidecar import SidecarEngine, sidecar_of, sidecar_sha256, transcript_from_turns
from qa.transcribe.sidecar_format import SpokenTurn
from qa.transcribe.spread import words_of

TURN = {"role": "agent", "start_ms": 1000, "end_ms": 3000, "text": "您好,请讲。"}


def recording(folder: Path, channels: int = 2, duration_ms: int = 60_000, **more: Any) -> Recording:
    return Recording(
        call_id="a",
        path=str(folder / "a.wav"),
        sha256="",
        duration_ms=duration_ms,
        sample_rate_hz=8000,
        channel_count=channels,
        **more,
    )


def written(folder: Path, content: object) -> Path:
    path = folder / "a.transcript.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def silent_wav(path: Path, seconds: float, channels: int) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(2 * channels * int(8000 * seconds)))


def test_a_turn_without_words_gets_even_times_by_syllable(tmp_path: Path) -> None:
    written(tmp_path, {"turns": [TURN]})
    (track,) = SidecarEngine().transcribe(recording(tmp_path)).tracks
    assert [(word.text, word.span.start_ms, word.span.end_ms) for word in track.words] == [
        ("您", 1000, 1500),
        ("好,", 1500, 2000),
        ("请", 2000, 2500),
        ("讲。", 2500, 3000),
    ]
    assert track.role is Role.AGENT
    assert track.speech == (Span(1000, 3000),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("59元", ["59", "元"]),
        ("“好的。”", ["“好", "的。”"]),
        (" 开通 5G ", ["开", "通 ", "5", "G"]),
        ("。,", []),
        ("", []),
    ],
)
def test_words_joined_are_the_text_again(text: str, words: list[str]) -> None:
    made = words_of(text, Span(0, 3000))
    assert [word.text for word in made] == words
    assert "".join(words) == (text.strip() if words else "")
    assert not made or (made[0].span.start_ms, made[-1].span.end_ms) == (0, 3000)


def test_a_number_takes_the_time_of_its_syllables() -> None:
    number, unit = words_of("59元", Span(0, 4000))
    assert (number.span, unit.span) == (Span(0, 3000), Span(3000, 4000))


def test_words_of_the_file_keep_their_times_and_confidence(tmp_path: Path) -> None:
    word = {"text": "喂", "start_ms": 1200, "end_ms": 1400, "confidence": 0.25}
    written(tmp_path, {"engine": "v", "turns": [{"channel": 1, "start_ms": 1000, "end_ms": 2000, "words": [word]}]})
    transcript = SidecarEngine().transcribe(recording(tmp_path))
    (track,) = transcript.tracks
    assert transcript.engine == "sidecar:v"
    assert (track.channel, track.role) == (1, None)
    assert [(w.text, w.span, w.confidence) for w in track.words] == [("喂", Span(1200, 1400), 0.25)]


def test_a_mono_recording_with_roles_stays_mono_with_a_track_for_each_role(tmp_path: Path) -> None:
    turns = [TURN, {"role": "customer", "start_ms": 3500, "end_ms": 4000, "text": "嗯"}]
    written(tmp_path, {"turns": turns})
    transcript = SidecarEngine().transcribe(recording(tmp_path, channels=1))
    assert transcript.layout == "mono"
    assert [(track.channel, track.role) for track in transcript.tracks] == [(0, Role.AGENT), (0, Role.CUSTOMER)]


def test_roles_find_their_channel_in_the_call_list(tmp_path: Path) -> None:
    written(tmp_path, {"turns": [TURN]})
    known = recording(tmp_path, channel_roles=(Role.CUSTOMER, Role.AGENT))
    assert SidecarEngine().transcribe(known).tracks[0].channel == 1


def test_a_turn_nobody_could_make_out_is_speech_without_words(tmp_path: Path) -> None:
    written(tmp_path, {"turns": [TURN, {"role": "agent", "start_ms": 5000, "end_ms": 6000, "text": ""}]})
    (track,) = SidecarEngine().transcribe(recording(tmp_path)).tracks
    assert track.speech == (Span(1000, 3000), Span(5000, 6000))
    assert track.unheard == (Span(5000, 6000),)


def test_speech_comes_from_the_sound_where_there_is_sound(tmp_path: Path) -> None:
    silent_wav(tmp_path / "a.wav", 5, 2)
    written(tmp_path, {"turns": [TURN]})
    assert SidecarEngine().transcribe(recording(tmp_path)).tracks[0].speech == ()
    written(tmp_path, {"turns": [TURN], "speech_from": "turns"})
    assert SidecarEngine().transcribe(recording(tmp_path)).tracks[0].speech == (Span(1000, 3000),)


def test_speech_from_audio_needs_audio(tmp_path: Path) -> None:
    written(tmp_path, {"turns": [TURN], "speech_from": "audio"})
    with pytest.raises(CallError) as caught:
        SidecarEngine().transcribe(recording(tmp_path))
    assert caught.value.slug == "audio-missing"


def test_voices_that_share_a_channel_share_its_speech() -> None:
    turns = [
        SpokenTurn(span=Span(0, 1000), text="您好", role=Role.AGENT),
        SpokenTurn(span=Span(2000, 3000), text="你好", role=Role.CUSTOMER),
    ]
    mono = recording(Path(), channels=1)
    agent, customer = transcript_from_turns(
        turns, mono, engine="x", speech=[[Span(100, 1100), Span(1700, 3900)]]
    ).tracks
    assert agent.speech == (Span(100, 1100),)
    assert customer.speech == (Span(1700, 3900),)
    assert customer.unheard == (Span(3300, 3900),)


def test_the_name_with_the_extension_wins(tmp_path: Path) -> None:
    written(tmp_path, {"turns": []})
    longer = tmp_path / "a.wav.transcript.json"
    longer.write_text("{}", encoding="utf-8")
    assert sidecar_of(tmp_path / "a.wav") == longer
    assert sidecar_of(tmp_path / "b.wav") is None
    assert sidecar_sha256(tmp_path / "b.wav") == ""
    assert len(sidecar_sha256(tmp_path / "a.wav")) == 64


def turn(**changes: object) -> dict[str, object]:
    return {"turns": [{key: value for key, value in {**TURN, **changes}.items() if value is not None}]}


WORD = {"text": "您", "start_ms": 1000, "end_ms": 1200}


@pytest.mark.parametrize(
    ("content", "slug", "says"),
    [
        ("{", "sidecar-unreadable", ["a.transcript.json:1:2", "JSON"]),
        ([], "sidecar-invalid", ["最外层", "{…} 对象"]),
        ({}, "sidecar-invalid", ["turns: 没有写"]),
        ({"turns": 3}, "sidecar-invalid", ["turns: 写的是 3", "列表"]),
        ({"turns": [], "speach_from": "audio"}, "sidecar-invalid", ["speach_from", "是不是想写“speech_from”"]),
        ({"turns": [], "speech_from": "vad"}, "sidecar-invalid", ["speech_from", '"vad"', "audio 或 turns"]),
        ({"turns": [], "engine": 3}, "sidecar-invalid", ["engine: 写的是 3"]),
        (turn(role="坐席"), "sidecar-invalid", ["turns[0].role", '"坐席"', "agent、customer、other"]),
        (turn(role=None), "sidecar-invalid", ["turns[0].role: 没有写", "channel"]),
        (turn(channel=2), "sidecar-invalid", ["turns[0].channel: 写的是 2", "0 到 1"]),
        (turn(channel=True), "sidecar-invalid", ["turns[0].channel: 写的是 true"]),
        (turn(start_ms=1.5), "sidecar-invalid", ["turns[0].start_ms: 写的是 1.5", "毫秒"]),
        (turn(start_ms=-1), "sidecar-invalid", ["turns[0].start_ms: 写的是 -1"]),
        (turn(end_ms=None), "sidecar-invalid", ["turns[0].end_ms: 没有写"]),
        (turn(end_ms=1000), "sidecar-invalid", ["turns[0].end_ms", "大于 start_ms(1000)"]),
        (turn(end_ms=99_000), "sidecar-invalid", ["turns[0].end_ms", "60000 毫秒"]),
        (turn(text=None), "sidecar-invalid", ["turns[0].text: 没有写"]),
        (turn(text=5), "sidecar-invalid", ["turns[0].text: 写的是 5"]),
        (turn(words=[{**WORD, "text": ","}]), "sidecar-invalid", ["turns[0].words[0].text", "有字的词"]),
        (turn(words=[{**WORD, "end_ms": 9000}]), "sidecar-invalid", ["turns[0].words[0]", "1000–3000"]),
        (turn(words=[{**WORD, "confidence": 93}]), "sidecar-invalid", ["words[0].confidence: 写的是 93", "0 到 1"]),
        (turn(words=[{**WORD, "confidance": 1}]), "sidecar-invalid", ["words[0].confidance", "confidence"]),
        (turn(words=[{**WORD, "colour": 1}]), "sidecar-invalid", ["words[0].colour", "可用的键"]),
    ],
)
def test_a_wrong_file_is_told_by_place_value_and_what_would_be_right(
    tmp_path: Path, content: object, slug: str, says: list[str]
) -> None:
    written(tmp_path, content)
    with pytest.raises(CallError) as caught:
        SidecarEngine().transcribe(recording(tmp_path))
    assert caught.value.slug == slug
    assert "a.transcript.json" in caught.value.message
    for piece in says:
        assert piece in caught.value.message


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.transcript.json").write_bytes('{"engine": "讯飞", "turns": []}'.encode("gb18030"))
    with pytest.raises(CallError, match="UTF-8"):
        SidecarEngine().transcribe(recording(tmp_path))


def test_a_missing_file_is_told_by_the_name_it_should_have(tmp_path: Path) -> None:
    with pytest.raises(CallError, match=r"a\.transcript\.json") as caught:
        SidecarEngine().transcribe(recording(tmp_path))
    assert caught.value.slug == "sidecar-missing"

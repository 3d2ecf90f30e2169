"""What browsers play is linked, what they do not is copied small, and a broken file stops nothing."""

from __future__ import annotations

import os
import wave
from pathlib import Path

import av
import pytest
from conftest import built, write_tone
from records import GOOD, night_of, record, recording, score, talk

from qa.errors import CallError
from qa.model import CallRecord, Recording
from qa.report.audio import Audio, Wishes, with_audio
from qa.report.view import call_view
from qa.sound.encode import codec_of, is_played_by_browsers, to_mp3

_PLAYED = {
    "pcm_s16le": (".wav", True),
    "pcm_alaw": (".wav", True),
    "pcm_mulaw": (".wav", True),
    "adpcm_ima_wav": (".wav", False),
    "flac": (".flac", True),
    "libmp3lame": (".mp3", True),
    "wmav2": (".wma", False),
    "aac": (".m4a", True),
    "libopus": (".ogg", True),
}


def encoded(codec: str, path: Path, seconds: int = 3) -> Path:
    plain = write_tone(path.with_name("plain.wav"), seconds, 48_000)
    with av.open(str(plain)) as source, av.open(str(path), "w") as sink:
        stream = sink.add_stream(codec, rate=48_000)
        stream.layout = "stereo"
        stream.bit_rate = 96_000
        for frame in source.decode(audio=0):
            frame.pts = None
            sink.mux(stream.encode(frame))
        sink.mux(stream.encode(None))
    return path


def audio_of(one: Recording, out: Path, *, copies: bool) -> Audio:
    ((_, found),) = with_audio([call_view(CallRecord(recording=one))], out, Wishes(copies=copies))
    return found


@pytest.mark.parametrize("codec", _PLAYED)
def test_codecs_are_told_apart_by_what_browsers_play(codec: str, tmp_path: Path) -> None:
    ending, played = _PLAYED[codec]
    path = encoded(codec, tmp_path / f"x{ending}")
    assert is_played_by_browsers(path, codec_of(path)) is played


def test_a_copy_is_small_stereo_and_as_long(tmp_path: Path) -> None:
    original = encoded("adpcm_ima_wav", tmp_path / "a.wav", 20)
    copy = tmp_path / "out/a.mp3"
    to_mp3(original, copy)
    with av.open(str(copy)) as heard:
        assert heard.streams.audio[0].codec_context.channels == 2
        assert heard.duration is not None
        assert heard.duration / av.time_base == pytest.approx(20, abs=0.2)
    assert copy.stat().st_size <= 4200 * 20


def test_the_original_is_linked_where_it_plays(tmp_path: Path) -> None:
    original = write_tone(tmp_path / "录音 a#1.wav", 1)
    found = audio_of(recording("a", path=str(original), codec="pcm_s16le"), tmp_path / "out", copies=True)
    assert found.address == "../%E5%BD%95%E9%9F%B3%20a%231.wav"
    assert not (tmp_path / "out/audio").exists()


def test_a_fresh_copy_is_not_made_again(tmp_path: Path) -> None:
    original = encoded("adpcm_ima_wav", tmp_path / "a.wav")
    one = recording("a", path=str(original), codec="adpcm_ima_wav")
    assert audio_of(one, tmp_path / "out", copies=True).address == "audio/a.mp3"
    copy = tmp_path / "out/audio/a.mp3"
    made = copy.stat().st_mtime_ns
    audio_of(one, tmp_path / "out", copies=True)
    assert copy.stat().st_mtime_ns == made
    os.utime(original, (copy.stat().st_mtime + 10,) * 2)
    audio_of(one, tmp_path / "out", copies=True)
    assert copy.stat().st_mtime_ns != made


def test_without_copies_the_page_says_why_it_is_silent(tmp_path: Path) -> None:
    original = encoded("adpcm_ima_wav", tmp_path / "a.wav")
    found = audio_of(recording("a", path=str(original), codec="adpcm_ima_wav"), tmp_path / "out", copies=False)
    assert (found.address, found.note) == ("", "浏览器放不了 adpcm_ima_wav 格式的录音")


@pytest.mark.parametrize("content", [b"", b"not audio at all" * 100, b"RIFF\x00\x00\x00\x00WAVEfmt "])
def test_a_broken_recording_costs_its_player_and_not_the_report(content: bytes, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(content)
    with pytest.raises(CallError, match=r"broken\.wav"):
        to_mp3(broken, tmp_path / "x.mp3")
    turns = talk(GOOD)
    calls = [record(recording(name, path=str(broken), codec="gsm_ms"), turns, score(name)) for name in ("a", "b")]
    out = built(night_of(calls), tmp_path / "out")
    page = (out / "calls/a.html").read_text(encoding="utf-8")
    assert "<audio" not in page
    assert "broken.wav" in page
    assert not list((tmp_path / "out").rglob("*.unfinished"))


def test_a_recording_cut_short_still_gives_its_beginning(tmp_path: Path) -> None:
    whole = encoded("libmp3lame", tmp_path / "whole.mp3", 10)
    cut = tmp_path / "cut.mp3"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2] + b"\xff" * 500)
    to_mp3(cut, tmp_path / "copy.mp3")
    with av.open(str(tmp_path / "copy.mp3")) as heard:
        assert heard.duration is not None
        assert heard.duration / av.time_base > 3


def test_a_mono_recording_stays_mono(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "m.wav", 2, channels=1)
    to_mp3(path, tmp_path / "m.mp3")
    with wave.open(str(path)) as original, av.open(str(tmp_path / "m.mp3")) as copy:
        assert original.getnchannels() == copy.streams.audio[0].codec_context.channels == 1


def test_records_keep_their_order_while_copies_are_made(tmp_path: Path) -> None:
    slow = encoded("adpcm_ima_wav", tmp_path / "slow.wav", 4)
    quick = write_tone(tmp_path / "quick.wav", 1)
    calls = [CallRecord(recording=recording(f"c{n}", path=str(quick if n % 3 else slow), codec="")) for n in range(40)]
    found = list(with_audio(map(call_view, calls), tmp_path / "out", Wishes()))
    assert [each.record.recording.call_id for each, _ in found] == [each.recording.call_id for each in calls]
    assert [audio.address for _, audio in found][:2] == ["audio/c0.mp3", "../quick.wav"]

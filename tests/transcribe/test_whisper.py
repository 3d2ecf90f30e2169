"""The Whisper engine on real sound: nothing lost, nothing invented, words where they were spoken."""

from __future__ import annotations

import json
import wave
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from qa.errors import CallError
from qa.hanzi import spoken
from qa.model import Recording, Removed, Transcript, Word
from qa.sound.decode import load
from qa.sound.scene import Voice
from qa.span import Span
from qa.transcribe.decoder import Heard, HeardWord, as_long, compression
from qa.transcribe.engine import Engine, EngineOptions, build
from qa.transcribe.placing import place, unheard
from qa.transcribe.second_pass import listen_again
from qa.transcribe.whisper import in_source_time, punctuated
from qa.transcribe.windows import Piece, Window


def recording(path: Path) -> Recording:
    return Recording(call_id=path.stem, path=str(path), sha256="", duration_ms=0, sample_rate_hz=8000, channel_count=2)


def saved(path: Path, channels: np.ndarray) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setparams((channels.shape[0], 2, 16000, 0, "NONE", ""))
        out.writeframes(np.ascontiguousarray(channels.T).tobytes())
    return path


@pytest.fixture(scope="module")
def whisper() -> Engine:
    return build("whisper", EngineOptions(device="cpu", threads=2))


@pytest.fixture(scope="module")
def shirking(whisper: Engine) -> Transcript:
    path = Path(__file__).parents[2] / "samples" / "s03_shirking.mp3"
    return whisper.transcribe(recording(path))


@pytest.fixture(scope="module")
def said() -> dict[str, list[tuple[Span, str]]]:
    path = Path(__file__).parents[2] / "samples" / "s03_shirking.truth.json"
    truth = json.loads(path.read_text(encoding="utf-8"))
    by_channel: dict[str, list[tuple[Span, str]]] = {}
    for turn in truth["turns"]:
        span = Span(round(turn["start"] * 1000), round(turn["end"] * 1000))
        by_channel.setdefault(str(truth["layout"].split(",").index(turn["role"])), []).append((span, turn["text"]))
    return by_channel


@pytest.mark.model
def test_each_channel_has_its_own_words_near_where_they_were_spoken(
    shirking: Transcript, said: dict[str, list[tuple[Span, str]]]
) -> None:
    assert shirking.layout == "stereo"
    assert [track.channel for track in shirking.tracks] == [0, 1]
    for track in shirking.tracks:
        turns = said[str(track.channel)]
        heard = spoken("".join(word.text for word in track.words))
        wanted = spoken("".join(text for _, text in turns))
        assert len(set(heard) & set(wanted)) >= 0.75 * len(set(wanted))
        for word in track.words:
            middle = (word.span.start_ms + word.span.end_ms) // 2
            assert any(span.start_ms - 300 <= middle <= span.end_ms + 300 for span, _ in turns), word


@pytest.mark.model
def test_words_are_in_order_inside_speech_and_rated(shirking: Transcript) -> None:
    for track in shirking.tracks:
        assert track.role is None, "who is who is decided later"
        assert all(a.span.start_ms <= b.span.start_ms for a, b in pairwise(track.words))
        for word in track.words:
            assert word.span.start_ms < word.span.end_ms
            assert 0 <= word.confidence <= 1
            assert any(speech.overlaps(word.span) for speech in track.speech)
            assert any(c.isalnum() for c in word.text)


@pytest.mark.model
def test_all_speech_of_half_a_second_ends_in_words_or_is_listed(shirking: Transcript) -> None:
    for track in shirking.tracks:
        assert track.unheard == unheard(track.speech, track.words)
        assert sum(span.duration_ms for span in track.unheard) <= 0.05 * sum(s.duration_ms for s in track.speech)


@pytest.mark.model
def test_the_same_recording_gives_the_same_transcript(whisper: Engine, shirking: Transcript) -> None:
    path = Path(__file__).parents[2] / "samples" / "s03_shirking.mp3"
    assert whisper.transcribe(recording(path)) == shirking


@pytest.mark.model
def test_two_channels_with_one_signal_are_heard_once(whisper: Engine, tmp_path: Path) -> None:
    sound = load(Path(__file__).parents[2] / "samples" / "s03_shirking.mp3").samples[0, : 16000 * 12]
    heard = whisper.transcribe(recording(saved(tmp_path / "fake.wav", np.stack([sound, sound]))))
    assert heard.layout == "fake_stereo"
    assert len(heard.tracks) == 1
    assert heard.tracks[0].words
    assert "相同" in heard.notes[0]


@pytest.mark.model
@pytest.mark.parametrize("seconds", [0.01, 1, 35])
def test_silence_has_no_words(whisper: Engine, tmp_path: Path, seconds: float) -> None:
    quiet = np.zeros((2, int(16000 * seconds)), np.int16)
    heard = whisper.transcribe(recording(saved(tmp_path / "quiet.wav", quiet)))
    assert all(track.words == () and track.speech == () for track in heard.tracks)
    assert heard.removed == ()
    assert heard.notes == ("整个录音没有声音",) or len(heard.notes) == 2


@pytest.mark.model
def test_noise_and_tones_have_no_words(whisper: Engine, tmp_path: Path) -> None:
    t = np.arange(16000 * 20) / 16000
    ring = (np.sin(2 * np.pi * 450 * t) * 8000 * (t % 5 < 1)).astype(np.int16)
    hiss = (np.random.default_rng(1).standard_normal(t.size) * 300).astype(np.int16)
    heard = whisper.transcribe(recording(saved(tmp_path / "ring.wav", np.stack([ring, hiss]))))
    assert all(track.words == () for track in heard.tracks)


@pytest.mark.model
def test_a_file_that_is_no_recording_is_that_call_s_problem(whisper: Engine, tmp_path: Path) -> None:
    path = tmp_path / "text.wav"
    path.write_text("不是录音", encoding="utf-8")
    with pytest.raises(CallError):
        whisper.transcribe(recording(path))


# ---------------------------------------------------------------- without the model


def heard(*words: tuple[str, int, int, float]) -> Heard:
    return Heard(
        words=tuple(HeardWord(text, start, end, chance) for text, start, end, chance in words),
        logprob=-0.2,
        no_speech=0.0,
        compression=1.0,
        ran_on=False,
    )


def test_punctuation_hangs_on_the_word_before_it_and_never_comes_first() -> None:
    window = Window(0, (Piece(Span(5000, 9000), 0),))
    found = in_source_time(
        window,
        heard(("，", 0, 100, 0.5), ("請問", 100, 500, 0.9), ("?", 500, 500, 0.4), (" ", 600, 700, 0.1)),
    )
    assert found == [Word("请问？", Span(5100, 5500), 0.9)]


def test_a_pause_without_punctuation_gets_a_comma() -> None:
    words = [
        Word("好", Span(0, 200), 1),
        Word("我", Span(600, 800), 1),
        Word("姓", Span(800, 900), 1),
        Word("王。", Span(900, 1000), 1),
    ]
    words.append(Word("嗯", Span(3000, 3100), 1))
    assert [word.text for word in punctuated(words)] == ["好，", "我", "姓", "王。", "嗯"]


def test_encoded_clips_of_any_length_make_one_batch() -> None:
    encoded = np.arange(250, dtype=np.float32).reshape(1, 250, 1)
    longer = as_long(encoded, 600)
    assert longer.shape == (1, 600, 1)
    assert np.array_equal(longer[:, :250], encoded)
    assert longer[:, 250:].min() == 150, "the quiet at the end goes on"
    assert np.array_equal(as_long(encoded, 250), encoded)


def test_a_loop_compresses_and_a_sentence_does_not() -> None:
    assert compression("请问有什么可以帮您") < 1.5
    assert compression("好的" * 40) > 2.4
    assert compression("") == 0


class Rehearsed:
    """A listener whose recogniser has been told what to say; everything around it is real."""

    def __init__(self, *takes: Heard) -> None:
        self.takes = list(takes)
        self.decoder = self
        self.temperatures: list[float] = []

    def hear(self, clips: Sequence[np.ndarray], *, full: bool, temperature: float) -> list[Heard]:
        self.temperatures.append(temperature)
        return [self.takes.pop(0) for _ in clips]

    def believed(self, window: Window, heard: Heard, speech: Sequence[Span]) -> tuple[tuple[Word, ...], list[Removed]]:
        return place(in_source_time(window, heard), speech)[0], []


SAMPLES = np.zeros(16 * 20_000, np.int16)
VOICE = Voice(0, (Span(1000, 2000), Span(8000, 9000)), ())
FIRST = Word("您好，", Span(1000, 2000), 0.9)


def test_speech_without_words_is_heard_again_by_itself() -> None:
    rehearsed = Rehearsed(heard(("没有", 200, 1200, 0.8)))
    words, _ = listen_again(rehearsed, VOICE, SAMPLES, (), [FIRST], ())  # type: ignore[arg-type]
    assert [word.text for word in words] == ["您好，", "没有"]
    assert VOICE.speech[1].overlaps(words[1].span)
    assert rehearsed.temperatures == [0.0]


def test_what_stays_empty_is_tried_warmer_and_then_left_empty() -> None:
    rehearsed = Rehearsed(heard(), heard())
    words, _ = listen_again(rehearsed, VOICE, SAMPLES, (), [FIRST], ())  # type: ignore[arg-type]
    assert words == [FIRST]
    assert rehearsed.temperatures == [0.0, 0.4]
    assert unheard(VOICE.speech, words) == (Span(8000, 9000),)


def test_a_worse_second_hearing_is_not_taken() -> None:
    good = [FIRST, Word("没有了", Span(8000, 9000), 0.9)]
    rehearsed = Rehearsed(heard(("梅", 200, 700, 0.1)))
    words, _ = listen_again(rehearsed, VOICE, SAMPLES, (), list(good), [Span(8000, 9000)])  # type: ignore[arg-type]
    assert words == good


def test_where_nothing_is_missing_nothing_is_heard_twice() -> None:
    rehearsed = Rehearsed()
    good = [FIRST, Word("没有了", Span(8000, 9000), 0.9)]
    assert listen_again(rehearsed, VOICE, SAMPLES, (), list(good), ())[0] == good  # type: ignore[arg-type]
    assert rehearsed.temperatures == []

"""What every engine promises, whatever hears: channels by themselves, words in their speech, nothing in silence.

Whisper needs the `model` extra. SenseVoice and Paraformer run where `QA_SHERPA_MODEL` names a model's folder and
sherpa-onnx is installed; without one, a stand-in for sherpa-onnx's recogniser gives a token for each half second, so
that everything around the model is held to the contract.
"""

from __future__ import annotations

import json
import os
import wave
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from qa.errors import CallError, UsageError
from qa.model import Recording
from qa.sound.decode import SAMPLE_RATE_HZ, load
from qa.sound.scene import survey
from qa.transcribe.engine import Engine, EngineOptions, build, identity, prepare
from qa.transcribe.sherpa import ASSUMED_CONFIDENCE, SherpaEngine, heard_of

SAMPLES = Path(__file__).parents[2] / "samples"


class TokenEveryHalfSecond:
    """sherpa-onnx's interface, no model: writes 好 wherever the sound is loud."""

    def create_stream(self) -> Any:
        stream = SimpleNamespace(result=None)
        stream.accept_waveform = lambda rate, samples: setattr(stream, "given", (rate, samples))
        return stream

    def decode_streams(self, streams: list[Any]) -> None:
        for stream in streams:
            rate, samples = stream.given
            half = rate // 2
            loud = [i for i in range(samples.size // half) if np.abs(samples[i * half : (i + 1) * half]).max() > 0.02]
            tokens = ["好" if i % 2 else "電" for i in loud]
            stream.result = SimpleNamespace(tokens=tokens, timestamps=[i * 0.5 for i in loud])


def model_folder(folder: Path, mark: bytes = b"sense_voice_ctc", size: int = 1 << 21) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.int8.onnx").write_bytes(bytes(size) + b"model_type" + mark + b"\0" * 9)
    (folder / "tokens.txt").write_text("<blk> 0\n好 1\n", encoding="utf-8")
    return folder


@pytest.fixture(
    scope="module", params=[pytest.param("whisper", marks=pytest.mark.model), "sidecar", "sherpa", "sherpa-for-real"]
)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, str]:
    """An engine and what its name must be."""
    if request.param == "sherpa":
        options = EngineOptions(model=str(model_folder(tmp_path_factory.mktemp("model"))))
        return SherpaEngine(options, TokenEveryHalfSecond()), identity("sherpa", options)
    if request.param == "sherpa-for-real":
        pytest.importorskip("sherpa_onnx", reason="the sherpa extra is not installed")
        if "QA_SHERPA_MODEL" not in os.environ:
            pytest.skip("QA_SHERPA_MODEL names no model folder")
        options = EngineOptions(model=os.environ["QA_SHERPA_MODEL"], threads=2)
        return build("sherpa", options), identity("sherpa", options)
    options = EngineOptions(device="cpu", threads=2)
    return build(request.param, options), "sidecar:t" if request.param == "sidecar" else identity("whisper", options)


def recording(path: Path) -> Recording:
    return Recording(call_id=path.stem, path=str(path), sha256="", duration_ms=0, sample_rate_hz=8000, channel_count=2)


def beside(audio: Path) -> None:
    """A transcript for the engine that reads one."""
    turns = [
        {"channel": voice.channel, "start_ms": span.start_ms, "end_ms": span.end_ms, "text": "好的"}
        for voice in survey(load(audio).samples).voices
        for span in voice.speech
    ]
    turns = turns or [{"channel": 0, "start_ms": 0, "end_ms": 1000, "text": ""}]
    text = json.dumps({"engine": "t", "turns": turns}, ensure_ascii=False)
    audio.with_name(f"{audio.stem}.transcript.json").write_text(text, encoding="utf-8")


def test_words_lie_in_the_speech_of_their_channel(engine: tuple[Engine, str], tmp_path: Path) -> None:
    audio = tmp_path / "a.mp3"
    audio.write_bytes((SAMPLES / "s03_shirking.mp3").read_bytes())
    beside(audio)

    transcript = engine[0].transcribe(recording(audio))

    assert transcript.engine == engine[1]
    assert transcript.layout == "stereo"
    assert [track.channel for track in transcript.tracks] == [0, 1]
    voices = survey(load(audio).samples).voices
    for track, voice in zip(transcript.tracks, voices, strict=True):
        assert track.words
        assert track.speech == voice.speech
        assert all(0 <= word.confidence <= 1 and word.text.strip() for word in track.words)
        assert all(any(word.span.overlaps(span) for span in track.speech) for word in track.words)
        assert all(before.span.start_ms <= after.span.start_ms for before, after in pairwise(track.words))
        assert all(any(missing.overlaps(span) for span in track.speech) for missing in track.unheard)
        assert "電" not in "".join(word.text for word in track.words), "simplified"


def test_silence_gives_no_words(engine: tuple[Engine, str], tmp_path: Path) -> None:
    audio = tmp_path / "a.wav"
    with wave.open(str(audio), "wb") as out:
        out.setparams((2, 2, SAMPLE_RATE_HZ, 0, "NONE", ""))
        out.writeframes(bytes(4 * SAMPLE_RATE_HZ * 3))
    beside(audio)
    assert not any(track.words for track in engine[0].transcribe(recording(audio)).tracks)


def test_a_missing_recording_costs_that_call_only(engine: tuple[Engine, str], tmp_path: Path) -> None:
    with pytest.raises(CallError):
        engine[0].transcribe(recording(tmp_path / "gone.wav"))


# ---------------------------------------------------------------- sherpa, up to the model's door


def refused(folder: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        identity("sherpa", EngineOptions(model=str(folder)))
    return caught.value


def test_a_folder_that_holds_no_model_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    assert refused(tmp_path / "none").slug == "model-not-found"
    (tmp_path / "model.onnx").write_bytes(bytes(2_000_000))
    assert "缺少 tokens.txt" in refused(tmp_path).message
    (tmp_path / "tokens.txt").write_text("好 0\n", encoding="utf-8")
    assert "看不出是 SenseVoice 还是 Paraformer" in refused(tmp_path).message
    (tmp_path / "model.onnx").write_bytes(b"version https://git-lfs")
    assert refused(tmp_path).slug == "model-damaged"
    assert "没有模型文件夹 embedded" in refused(Path("embedded")).message


def test_the_kind_is_read_from_the_file_or_from_the_folders_name(tmp_path: Path) -> None:
    told = {
        model_folder(tmp_path / "a", b"sense_voice_ctc"): "sense_voice",
        model_folder(tmp_path / "b", b"paraformer"): "paraformer",
        model_folder(tmp_path / "sherpa-onnx-paraformer-zh", b""): "paraformer",
        model_folder(tmp_path / "SenseVoiceSmall", b""): "sense_voice",
    }
    for folder, kind in told.items():
        assert identity("sherpa", EngineOptions(model=str(folder))).split(":")[2] == kind


def test_its_identity_changes_with_the_model_and_not_with_threads(tmp_path: Path) -> None:
    one, other = model_folder(tmp_path / "a"), model_folder(tmp_path / "b", size=(1 << 21) + 1)
    name = identity("sherpa", EngineOptions(model=str(one)))
    assert name == identity("sherpa", EngineOptions(model=str(one), threads=7))
    assert name != identity("sherpa", EngineOptions(model=str(other)))
    assert name != identity("sherpa", EngineOptions(model=str(one), language="yue"))
    assert "|" not in name


def test_without_the_library_or_with_a_broken_model_the_night_does_not_begin(tmp_path: Path) -> None:
    options = EngineOptions(model=str(model_folder(tmp_path / "m")))
    try:
        import sherpa_onnx  # noqa: F401 - only whether it is there
    except ImportError:
        with pytest.raises(UsageError, match="pip install") as caught:
            prepare("sherpa", options)
        assert caught.value.slug == "engine-not-installed"
        return
    prepare("sherpa", options)
    with pytest.raises(UsageError) as caught:
        build("sherpa", options)
    assert caught.value.slug == "model-damaged"


def test_tokens_become_words_with_times() -> None:
    result = SimpleNamespace(tokens=["<|zh|>", "您", "hel@@", "lo", "▁好"], timestamps=[0.0, 0.1, 0.4, 0.5, 2.0])
    words = heard_of(result, 3000).words
    assert [(w.text, w.start_ms, w.end_ms) for w in words] == [
        ("您", 100, 400),
        ("hel", 400, 500),
        ("lo", 500, 900),
        ("好", 2000, 2400),
    ]
    assert {w.confidence for w in words} == {ASSUMED_CONFIDENCE}


def test_probabilities_are_taken_where_they_are_told_and_times_spread_where_not() -> None:
    words = heard_of(SimpleNamespace(tokens=["您", "好"], timestamps=[], ys_log_probs=[0.0, -0.7]), 1000).words
    assert [(w.start_ms, w.end_ms) for w in words] == [(0, 400), (500, 900)]
    assert [round(w.confidence, 2) for w in words] == [1.0, 0.5]

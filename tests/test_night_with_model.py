"""A whole night with the real engine on real audio: good calls are scored, odd files are named, nobody pays for them."""

from __future__ import annotations

import json
import shutil
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa.sound.decode import SAMPLE_RATE_HZ, decode
from tests.test_cli import qa

pytestmark = pytest.mark.model


def write(path: Path, channels: list[np.ndarray[Any, np.dtype[np.int16]]]) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(len(channels))
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE_HZ)
        out.writeframes(np.stack(channels, axis=1).astype("<i2").tobytes())


@pytest.fixture(scope="module")
def odd_night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, Any]], str]:
    folder = tmp_path_factory.mktemp("odd")
    recordings = folder / "in"
    recordings.mkdir()
    samples = Path(__file__).resolve().parents[1] / "samples"
    shutil.copy(samples / "s03_shirking.mp3", recordings / "good.mp3")
    sound = decode(samples / "s03_shirking.mp3")
    silence = np.zeros(20 * SAMPLE_RATE_HZ, np.int16)
    write(recordings / "silent.wav", [silence, silence])
    write(recordings / "one_second.wav", [sound[0][:SAMPLE_RATE_HZ], sound[1][:SAMPLE_RATE_HZ]])
    write(recordings / "one_sided.wav", [sound[0], np.zeros_like(sound[0])])
    write(recordings / "whole.wav", [sound[0], sound[1]])
    whole = (recordings / "whole.wav").read_bytes()
    (recordings / "whole.wav").unlink()
    (recordings / "truncated.wav").write_bytes(whole[: len(whole) * 6 // 10])
    (recordings / "header_only.wav").write_bytes(whole[:44])
    (recordings / "empty.wav").write_bytes(b"")
    (recordings / "text.wav").write_text("这是一段文字，不是录音。\n" * 50, encoding="utf-8")
    (recordings / "corrupt.mp3").write_bytes(bytes(np.random.default_rng(1).integers(0, 256, 40_000, np.uint8)))
    done = qa("run", recordings, "--out", folder / "out")
    assert done.returncode == 1, done.stderr + done.stdout
    lines = (folder / "out" / "results.jsonl").read_text(encoding="utf-8").splitlines()
    return folder, {call["call_id"]: call for call in map(json.loads, lines)}, done.stdout


def lost(call: dict[str, Any]) -> int:
    return sum(rule["points"] for rule in call["rules"])


def test_no_file_is_lost(odd_night: tuple[Path, dict[str, dict[str, Any]], str]) -> None:
    folder, calls, _ = odd_night
    assert set(calls) == {path.stem for path in (folder / "in").iterdir()}


@pytest.mark.parametrize("name", ["header_only", "empty", "text", "corrupt"])
def test_a_file_that_cannot_be_heard_is_named_with_a_reason(
    odd_night: tuple[Path, dict[str, dict[str, Any]], str], name: str
) -> None:
    _, calls, said = odd_night
    failed = calls[name]["failed"]
    assert failed["slug"] in ("audio-empty", "audio-unreadable")
    assert failed["message"]
    assert f"{name}（读取）" in said
    assert not calls[name]["rules"]


@pytest.mark.parametrize("name", ["silent", "one_second"])
def test_nobody_pays_for_a_call_in_which_nothing_can_be_heard(
    odd_night: tuple[Path, dict[str, dict[str, Any]], str], name: str
) -> None:
    _, calls, _ = odd_night
    assert calls[name]["failed"] is None
    assert lost(calls[name]) == 0


def test_a_truncated_file_is_heard_as_far_as_it_goes(
    odd_night: tuple[Path, dict[str, dict[str, Any]], str],
) -> None:
    _, calls, _ = odd_night
    good, cut = calls["good"], calls["truncated"]
    assert cut["failed"] is None
    assert 0 < cut["duration_ms"] < good["duration_ms"]
    assert cut["turns"]


def test_a_side_that_never_speaks_is_not_invented(odd_night: tuple[Path, dict[str, dict[str, Any]], str]) -> None:
    _, calls, _ = odd_night
    assert {turn["role"] for turn in calls["one_sided"]["turns"]} <= {"agent"}


def test_the_good_recording_is_heard_and_judged(odd_night: tuple[Path, dict[str, dict[str, Any]], str]) -> None:
    _, calls, _ = odd_night
    good = calls["good"]
    said = "".join(turn["text"] for turn in good["turns"] if turn["role"] == "agent")
    assert "投诉就去投诉" in said
    violated = {rule["id"]: rule for rule in good["rules"] if rule["outcome"] == "violated"}
    assert {"forbidden_phrase", "shirking_phrase", "negative_phrase"} <= set(violated)
    finding = violated["forbidden_phrase"]["findings"][0]
    assert finding["role"] == "agent"
    assert 38_000 < finding["start_ms"] < finding["end_ms"] < 42_500


def test_the_next_night_does_nothing_twice(odd_night: tuple[Path, dict[str, dict[str, Any]], str]) -> None:
    folder, _, _ = odd_night
    again = qa("run", folder / "in", "--out", folder / "out")
    assert again.returncode == 1
    assert (
        "本次完成：转写 0、分声 0、测量 0、评分 0；早已完成、没有重做：转写 5、分声 5、测量 5、评分 5" in again.stdout
    )


def test_evaluation_of_the_samples_from_audio(samples: Path) -> None:
    found = json.loads(qa("eval", samples, "--json").stdout)
    assert found["calls"] == 8
    assert not found["failed"]
    assert found["cer"]["all"] < 0.25
    assert found["micro"]["precision"] >= 0.9
    assert found["micro"]["recall"] >= 0.7

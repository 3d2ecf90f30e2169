"""A night of mono recordings with the `mono` extra: voices, roles, a person's word, and what is left to a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa.sound.decode import SAMPLE_RATE_HZ, decode
from tests.test_cli import qa
from tests.test_night_with_model import write

pytestmark = [pytest.mark.model, pytest.mark.mono, pytest.mark.process]

GAP = np.zeros(SAMPLE_RATE_HZ, np.int16)


def mixed(path: Path) -> np.ndarray[Any, np.dtype[np.int16]]:
    return decode(path).astype(np.int32).mean(axis=0).astype(np.int16)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mono")
    recordings = folder / "in"
    recordings.mkdir()
    samples = Path(__file__).resolve().parents[1] / "samples"
    shirking, other = mixed(samples / "s03_shirking.mp3"), mixed(samples / "s05_cancel_retained.ogg")
    write(recordings / "plain.wav", [shirking])
    write(recordings / "fake.wav", [shirking, shirking])
    write(recordings / "transfer.wav", [np.concatenate([shirking, GAP, other])])
    done = qa("run", recordings, "--out", folder / "out")
    assert done.returncode in (0, 1), done.stderr + done.stdout
    return folder


def calls(folder: Path) -> dict[str, dict[str, Any]]:
    lines = (folder / "out" / "results.jsonl").read_text(encoding="utf-8").splitlines()
    return {call["call_id"]: call for call in map(json.loads, lines)}


def line_of(folder: Path, call_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(qa("show", call_id, "--json", "--out", folder / "out").stdout)
    return shown


def violated(call: dict[str, Any]) -> set[str]:
    return {rule["id"] for rule in call["rules"] if rule["outcome"] == "violated"}


def test_both_voices_of_one_channel_are_named_and_judged(night: Path) -> None:
    call = calls(night)["plain"]
    assert call["roles"]["source"] == "content"
    assert "shirking_phrase" in violated(call)
    assert next(r for r in call["rules"] if r["id"] == "interruption")["outcome"] == "not_applicable"


def test_two_channels_with_one_signal_are_one_channel(night: Path) -> None:
    plain, fake = calls(night)["plain"], calls(night)["fake"]
    assert fake["layout"] != "stereo"
    assert violated(fake) == violated(plain)


def test_a_call_with_a_second_agent_waits_for_a_person_and_costs_nobody(night: Path) -> None:
    call = calls(night)["transfer"]
    assert call["roles"]["source"] == "none"
    assert not any(rule["points"] for rule in call["rules"])


def test_a_persons_word_scores_again_without_listening_again_and_stays(night: Path) -> None:
    out = night / "out"
    before = line_of(night, "plain")
    voice = before["roles"]["by_track"].index("customer") + 1
    done = qa("roles", "plain", "--agent", str(voice), "--out", out)
    assert done.returncode in (0, 1), done.stderr
    turned = line_of(night, "plain")
    assert turned["roles"]["source"] == "person"
    assert turned["roles"]["by_track"][voice - 1] == "agent"
    assert violated(turned) != violated(before)
    assert "本次完成：转写 0、分声 0、测量 0" in qa("run", night / "in", "--out", out).stdout
    assert line_of(night, "plain")["roles"] == turned["roles"]

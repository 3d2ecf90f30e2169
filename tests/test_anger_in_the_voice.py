"""A customer who raises their voice is heard to, from the recording to the card; one who merely comes nearer is not."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from dialogue import rubric_of

from qa.ingest import intake
from qa.judge import judge
from qa.judge.matching import Phrases
from qa.judge.pattern import parse
from qa.judge.raised import Raised
from qa.judge.view import View
from qa.model import Call, Outcome, Role, Verdict
from qa.pipeline.steps import assemble
from qa.span import Span
from qa.transcribe.sidecar import transcript_from_turns
from qa.transcribe.sidecar_format import SpokenTurn

ROOT = Path(__file__).parents[1]
RATE_HZ = 8000
RULE = {
    "kind": "phrase_after",
    "when": {
        "who": "customer",
        "any_of": ["我要投诉"],
        "raised": {"any_of": ["每次都", "还没修好"], "by_db": 5, "by_semitones": 2, "turns": 2},
    },
    "then": {"who": "agent", "any_of": ["抱歉", "别着急"], "ear": "generous"},
    "turns": 2,
    "message": "客户说“{trigger}”，坐席说“{quote}”",
}


@dataclass(frozen=True)
class Said:
    role: Role
    text: str
    hz: float = 200.0
    level_db: float = -24.0


def customer(text: str, hz: float = 200.0, level_db: float = -24.0) -> Said:
    return Said(Role.CUSTOMER, text, hz, level_db)


def agent(text: str) -> Said:
    return Said(Role.AGENT, text, 120.0, -22.0)


def recorded(folder: Path, lines: Sequence[Said], channels: int = 2) -> Call:
    """A recording in which each line is a voice-like tone of that pitch and level for two seconds, and its transcript."""
    sound = np.zeros((3 * len(lines) * RATE_HZ, 2))
    turns = []
    for number, line in enumerate(lines):
        t = np.arange(2 * RATE_HZ) / RATE_HZ
        # As wide as a telephone: what is narrower is taken for a bad line.
        wave_ = sum(np.sin(2 * np.pi * line.hz * k * t) / k for k in range(1, int(3400 / line.hz)))
        at = 3 * number * RATE_HZ
        voice = wave_ / np.sqrt(np.mean(np.square(wave_))) * 32768 * 10 ** (line.level_db / 20)
        channel = 0 if line.role is Role.AGENT or channels == 1 else 1
        sound[at : at + t.size, channel] = voice
        turns.append(
            SpokenTurn(role=line.role, channel=channel, span=Span(3000 * number, 3000 * number + 2000), text=line.text)
        )
    path = folder / "call.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(sound[:, :channels].clip(-32768, 32767).astype("<i2").tobytes())
    (recording,) = intake([path], None).recordings
    return assemble(recording, transcript_from_turns(turns, recording, engine="test"))


QUIET = [
    customer("我想问一下我家的宽带"),
    agent("您请说"),
    customer("账号是五五六六七七", hz=205.0),
    agent("好的"),
    customer("上个星期报修过的", hz=196.0, level_db=-23.0),
    agent("我看一下"),
]


def verdict(folder: Path, lines: Sequence[Said], channels: int = 2) -> Verdict:
    (found,) = judge(recorded(folder, lines, channels), rubric_of(folder, RULE)).verdicts
    return found


def test_mild_words_in_a_raised_voice_are_anger_and_the_card_says_by_how_much(tmp_path: Path) -> None:
    found = verdict(tmp_path, [*QUIET, customer("你们每次都这么说", hz=250.0, level_db=-16.0), agent("那没办法")])

    assert found.outcome is Outcome.VIOLATED
    (finding,) = found.findings
    assert finding.quote == "那没办法"
    assert finding.message == "客户说“每次都”，坐席说“那没办法”（声音比自己平时响 7.5 分贝、高 3.6 个半音）"


@pytest.mark.parametrize(
    ("hz", "level_db"), [(200.0, -24.0), (200.0, -12.0), (250.0, -24.0), (170.0, -14.0)],
    ids=["as ever", "only louder", "only higher", "louder and lower"],
)  # fmt: skip
def test_the_same_words_are_not_anger_in_another_voice(tmp_path: Path, hz: float, level_db: float) -> None:
    found = verdict(tmp_path, [*QUIET, customer("你们每次都这么说", hz, level_db), agent("那没办法")])

    assert found.outcome is Outcome.NOT_APPLICABLE


def test_a_raised_voice_with_friendly_words_costs_nothing(tmp_path: Path) -> None:
    found = verdict(tmp_path, [*QUIET, customer("太好了谢谢你啊", hz=260.0, level_db=-15.0), agent("不客气")])

    assert found.outcome is Outcome.NOT_APPLICABLE


def test_two_raised_turns_without_such_words_go_to_a_person(tmp_path: Path) -> None:
    loud = [customer(text, 260.0, -15.0) for text in ("我都说了三遍了", "你听见没有啊")]
    calm = [customer("那就这样吧"), agent("再见")]
    found = verdict(tmp_path, [*QUIET, *calm, loud[0], agent("嗯嗯好"), loud[1], agent("我看看啊")])

    assert found.outcome is Outcome.UNDETERMINED
    assert "只有声音像动气" in found.reason


def test_in_one_channel_nobody_is_heard_to_raise_their_voice(tmp_path: Path) -> None:
    lines = [*QUIET, customer("你们每次都这么说", hz=250.0, level_db=-16.0), agent("那没办法")]

    assert verdict(tmp_path, lines, channels=1).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.shared
@pytest.mark.parametrize(("gain_db", "semitones", "heard"), [(0.0, 0.0, False), (8.0, 0.0, False), (8.0, 3.5, True)])
def test_a_turn_of_a_labelled_call_said_louder_and_higher_is_heard(
    tmp_path: Path, gain_db: float, semitones: float, heard: bool
) -> None:
    """A synthetic voice through a telephone, one turn of it raised: 比平时多 stays mild, the voice does not."""
    folder = ROOT / "../shared/corpus"
    if not folder.is_dir():
        pytest.skip("../shared/corpus is not here")
    from librosa.effects import pitch_shift

    from qa.evaluate.labels import read_labels

    label = next(one for one in read_labels(folder) if one.call_id == "d01_bill_good")
    with wave.open(str(folder / label.file), "rb") as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2).astype(np.float32) / 32768
    mine = [turn for turn in label.turns if turn.role == "customer"]
    raised = max(mine, key=lambda turn: turn.end - turn.start)
    at = slice(round(raised.start * RATE_HZ), round(raised.end * RATE_HZ))
    part = pitch_shift(sound[at, 1], sr=RATE_HZ, n_steps=semitones) if semitones else sound[at, 1]
    # A vocoder loses some of the level.
    kept = np.sqrt(np.mean(np.square(sound[at, 1])) / np.mean(np.square(part)))
    sound[at, 1] = part * kept * 10 ** (gain_db / 20)
    path = tmp_path / "raised.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes((sound * 32768).clip(-32768, 32767).astype("<i2").tobytes())
    (recording,) = intake([path], None).recordings
    turns = [
        SpokenTurn(
            role=Role(turn.role),
            channel=label.layout.split(",").index(turn.role),
            span=Span(round(turn.start * 1000), round(turn.end * 1000)),
            text=turn.text,
        )
        for turn in label.turns
    ]
    call = assemble(recording, transcript_from_turns(turns, recording, engine="truth"))

    found = Raised(any_of=Phrases(patterns=(parse("比平时多"),))).find(View(call), Role.CUSTOMER)

    assert [one.match.quote for one in found] == (["比平时多"] if heard else [])
    if found:
        assert found[0].over_db == pytest.approx(gain_db, abs=1.5)
        assert found[0].over_semitones == pytest.approx(semitones, abs=1.0)

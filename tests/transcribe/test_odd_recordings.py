"""From sound to score with the real recogniser: announcements around a call, and recordings that are not as they should be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.fuzz import ratio

from qa.evaluate.hearing import Lost, invented, lost
from qa.evaluate.labels import Label, LabelledTurn, read_labels
from qa.hanzi import spoken
from qa.judge import judge, load_rubric
from qa.judge.sound import sounds
from qa.model import Call, CallScore, Outcome, Recording, Role, TrustGrade
from qa.pipeline.steps import assemble
from qa.sound.decode import SAMPLE_RATE_HZ, decode, probe
from qa.span import Span, common, subtract, total_ms
from qa.transcribe.engine import Engine, EngineOptions, build
from tests.sound.synthetic import noise, silence, tone, write

pytestmark = pytest.mark.model

ROOT = Path(__file__).parents[2]
PROMPTS = {"menu": (0.0, 7.58), "queue": (8.58, 12.57), "survey": (13.57, 18.45)}
"""Where they lie in tests/audio/announcements.ogg, in seconds (Kokoro-82M, telephone band)."""
CALL_S = 31.5
"""Of the sample: a greeting, a question, an answer and a reply."""
OPENING_S = 15.0


@pytest.fixture(scope="module")
def whisper() -> Engine:
    return build("whisper", EngineOptions(device="cpu", threads=2))


@pytest.fixture(scope="module")
def sample() -> tuple[np.ndarray, Label]:
    (label,) = (one for one in read_labels(ROOT / "samples") if one.call_id == "s07_password_veto")
    return decode(ROOT / "samples" / label.file)[:, : int(CALL_S * SAMPLE_RATE_HZ)], label


def prompt(name: str) -> np.ndarray:
    sound = decode(ROOT / "tests" / "audio" / "announcements.ogg")[0]
    start, end = (int(second * SAMPLE_RATE_HZ) for second in PROMPTS[name])
    return sound[start:end]


def heard(engine: Engine, path: Path) -> tuple[Call, CallScore, tuple[str, ...]]:
    info = probe(path)
    recording = Recording(
        call_id=path.stem,
        path=str(path),
        sha256="",
        duration_ms=info.duration_ms,
        sample_rate_hz=info.sample_rate_hz,
        channel_count=info.channel_count,
        channel_roles=(Role.AGENT, Role.CUSTOMER) if info.channel_count == 2 else None,
    )
    transcript = engine.transcribe(recording)
    call = assemble(recording, transcript)
    return call, judge(call, load_rubric(ROOT / "rubrics" / "telecom-affinity.yaml", "seed")), transcript.notes


def text(call: Call, role: Role) -> str:
    return spoken("".join(turn.text for turn in call.turns_of(role)))


def violated(score: CallScore) -> set[str]:
    return {verdict.rule_id for verdict in score.verdicts if verdict.outcome is Outcome.VIOLATED}


def around(sound: np.ndarray, label: Label, channels: tuple[int, ...]) -> tuple[np.ndarray, Label]:
    """Ring-back, menu and queue before the call and a survey after it, with all of it labelled."""
    parts = [("", np.concatenate([tone(1, 450, -18), silence(2)]))]
    parts += [("普通话请按一", prompt("menu")), ("", silence(0.8)), ("坐席全忙", prompt("queue")), ("", silence(1))]
    before = np.concatenate([part for _, part in parts])
    after = np.concatenate([silence(1), prompt("survey"), silence(0.5)])
    whole = np.zeros((2, before.size + sound.shape[1] + after.size), np.int16)
    whole[:, before.size : before.size + sound.shape[1]] = sound
    for channel in channels:
        whole[channel, : before.size] = before
        whole[channel, -after.size :] = after
    turns, at = [], 0.0
    for name, part in parts:
        if name:
            turns.append(LabelledTurn("other", at, at + part.size / SAMPLE_RATE_HZ, name))
        at += part.size / SAMPLE_RATE_HZ
    kept = [turn for turn in label.turns if turn.end < CALL_S]
    turns += [LabelledTurn(turn.role, turn.start + at, turn.end + at, turn.text) for turn in kept]
    end = at + CALL_S + 1
    turns.append(LabelledTurn("other", end, end + PROMPTS["survey"][1] - PROMPTS["survey"][0], "满意请按一"))
    size = whole.shape[1]
    noisy = whole.astype(np.int32) + noise(size / SAMPLE_RATE_HZ + 1, -65)[:size]
    shown = Label(call_id="around", file="", layout="agent,customer", duration_s=end, turns=turns, fails=[])
    return np.clip(noisy, -32768, 32767).astype(np.int16), shown


@pytest.mark.parametrize("channels", [(0,), (0, 1)], ids=["agent", "both"])
def test_announcements_around_a_call_are_nobodys_and_nothing_is_lost_or_invented(
    whisper: Engine, sample: tuple[np.ndarray, Label], channels: tuple[int, ...], tmp_path: Path
) -> None:
    sound, label = around(*sample, channels)
    call, score, notes = heard(whisper, write(tmp_path / "around.wav", sound, codec="pcm_alaw"))
    for party in (Role.AGENT, Role.CUSTOMER):
        assert "请按" not in text(call, party)
        assert "评价" not in text(call, party)
    assert "好" in text(call, Role.AGENT)[:2]
    assert "服务" in text(call, Role.OTHER)
    assert lost(label, call) == Lost(turns=4)
    assert invented(label, call).edits == 0
    assert not {"greeting", "late_greeting", "imperative_phrase"} & violated(score)
    assert any("音乐或提示音" in note for note in notes)


def test_an_agent_who_says_nothing_of_their_own_gets_no_greeting_from_the_menu(
    whisper: Engine, sample: tuple[np.ndarray, Label], tmp_path: Path
) -> None:
    sound, label = sample
    ungreeted = sound[:, int(18.2 * SAMPLE_RATE_HZ) :]
    channels, _ = around(ungreeted, label, (0,))
    call, score, _ = heard(whisper, write(tmp_path / "ungreeted.wav", channels, codec="pcm_alaw"))
    assert "欢迎" not in text(call, Role.AGENT)
    (greeting,) = (verdict for verdict in score.verdicts if verdict.rule_id == "greeting")
    assert greeting.outcome is not Outcome.MET


@pytest.mark.parametrize(
    ("name", "codec", "rate"), [("a.wav", "pcm_alaw", 8000), ("b.wav", "pcm_s16le", 48_000), ("c.flac", "flac", 44_100)]
)
def test_the_same_call_is_the_same_whatever_the_rate(
    whisper: Engine, sample: tuple[np.ndarray, Label], name: str, codec: str, rate: int, tmp_path: Path
) -> None:
    sound, label = sample
    call, _, notes = heard(whisper, write(tmp_path / name, sound, codec=codec, rate=rate))
    for party in (Role.AGENT, Role.CUSTOMER):
        turns = [turn for turn in label.turns if turn.role == party and turn.end < CALL_S]
        # By sound: 福秘嘛 for 服务密码 is what a processor's rounding does to Whisper base, not what a rate does.
        assert ratio(sounds(text(call, party)), sounds(spoken("".join(turn.text for turn in turns)))) >= 75
        labelled = [Span(round(1000 * turn.start), round(1000 * turn.end)) for turn in turns]
        speech = call.speech[party]
        assert total_ms(common(speech, labelled)) >= total_ms(labelled) / 2
        assert total_ms(subtract(speech, labelled)) <= 300
    assert call.recording.sample_rate_hz == rate
    assert notes == ()
    edge_hz = {row.value for row in call.measured("band_hz", Role.AGENT)}
    assert all(3000 <= hz <= 4200 for hz in edge_hz)
    assert edge_hz


def test_one_signal_in_both_channels_is_heard_once_and_said(
    whisper: Engine, sample: tuple[np.ndarray, Label], tmp_path: Path
) -> None:
    mixed = sample[0][:, : int(OPENING_S * SAMPLE_RATE_HZ)].sum(axis=0).clip(-32768, 32767).astype(np.int16)
    call, score, notes = heard(whisper, write(tmp_path / "same.wav", np.stack([mixed, mixed])))
    assert call.layout == "fake_stereo"
    assert len(call.roles.by_track) == 1
    assert any("内容相同" in note for note in notes)
    assert call.trust is not None
    assert any("2 个声道是同一个声音" in reason for reason in call.trust.reasons)
    assert violated(score) == set()


def test_a_channel_that_was_not_recorded_is_said_and_costs_nothing(
    whisper: Engine, sample: tuple[np.ndarray, Label], tmp_path: Path
) -> None:
    agent = sample[0][0]
    call, score, notes = heard(whisper, write(tmp_path / "dead.wav", np.stack([agent, np.zeros_like(agent)])))
    assert "声道 2 没有声音" in notes
    assert text(call, Role.CUSTOMER) == ""
    assert call.trust is not None
    assert call.trust.grade is TrustGrade.LOW
    assert any("客户说的话没有录下来" in reason for reason in call.trust.reasons)
    assert call.measured("dead_air_ms") == ()
    # What the agent did say stays theirs: asking for a bank card's password is heard without the customer.
    assert not {"silent_call_procedure", "long_silence", "further_help", "closing", "hold_notice"} & violated(score)


def test_a_call_of_three_seconds_is_heard_and_not_held_to_a_whole_procedure(
    whisper: Engine, sample: tuple[np.ndarray, Label], tmp_path: Path
) -> None:
    call, score, _ = heard(whisper, write(tmp_path / "short.wav", sample[0][:, : 3 * SAMPLE_RATE_HZ]))
    assert "好" in text(call, Role.AGENT)
    assert all(word.span.end_ms <= 3000 for turn in call.turns for word in turn.words)
    assert {"further_help", "closing", "silent_call_procedure"} & violated(score) == set()


@pytest.mark.parametrize("level_db", [None, -55.0])
def test_silence_holds_no_words_and_costs_nothing(whisper: Engine, level_db: float | None, tmp_path: Path) -> None:
    line = silence(20) if level_db is None else noise(20, level_db)
    call, score, notes = heard(whisper, write(tmp_path / "silent.wav", np.stack([line, line[::-1]])))
    assert call.turns == ()
    assert call.trust is not None
    assert call.trust.grade is TrustGrade.LOW
    assert ("整个录音没有声音" in notes) == (level_db is None)
    assert violated(score) == set()

"""Loudness and pitch of sounds that are known."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from measured_calls import AGENT, CUSTOMER, Call, Said

RATE = 16_000


def tone(ms: int, hz: float, level_db: float = -20.0) -> np.ndarray:
    """A voice-like tone: a fundamental with harmonics, at an RMS level in dBFS."""
    t = np.arange(ms * RATE // 1000) / RATE
    wave = sum(np.sin(2 * np.pi * hz * k * t) / k for k in (1, 2, 3))
    return scaled(wave, level_db)


def glide(ms: int, low_hz: float, high_hz: float) -> np.ndarray:
    """Up and down between two pitches once a second, evenly on the scale of semitones."""
    t = np.arange(ms * RATE // 1000) / RATE
    up_and_down = np.abs((t % 1.0) * 2 - 1)
    hz = low_hz * (high_hz / low_hz) ** up_and_down
    phase = 2 * np.pi * np.cumsum(hz) / RATE
    return scaled(np.sin(phase) + np.sin(2 * phase) / 2, -20.0)


def scaled(wave: Any, level_db: float) -> np.ndarray:
    rms = np.sqrt(np.mean(np.square(wave)))
    return np.clip(wave / rms * 32768 * 10 ** (level_db / 20), -32768, 32767).astype(np.int16)


def placed(duration_ms: int, *parts: tuple[int, np.ndarray]) -> np.ndarray:
    channel = np.zeros(duration_ms * RATE // 1000, np.int16)
    for start_ms, samples in parts:
        at = start_ms * RATE // 1000
        channel[at : at + samples.size] = samples
    return channel


def test_loudness_is_taken_where_somebody_speaks() -> None:
    agent: list[Said] = [(1000, 3000, "您好请讲"), (10_000, 12_000, "我没说过")]
    call = Call(20_000, {AGENT: agent, CUSTOMER: [(5000, 7000, "你好")]})
    channels = np.stack(
        [
            placed(20_000, (1000, tone(2000, 200, -26)), (10_000, tone(2000, 200, -14))),
            placed(20_000, (5000, tone(2000, 120, -20))),
        ]
    )
    assert [round(row[0]) for row in call.rows("turn_loudness_db", AGENT, lambda: channels)] == [-26, -14]
    assert call.value("loudness_db", AGENT, lambda: channels) == pytest.approx(-16.75, abs=0.1)
    assert call.value("loudness_db", CUSTOMER, lambda: channels) == pytest.approx(-20, abs=0.1)
    assert [(a, b) for _, a, b in call.rows("turn_loudness_db", AGENT, lambda: channels)] == [
        (1000, 3000),
        (10_000, 12_000),
    ]


def test_clipping_is_the_share_of_full_scale_samples() -> None:
    call = Call(4000, {AGENT: [(0, 4000, "您好")], CUSTOMER: []})
    loud = placed(4000, (0, tone(4000, 200, -20)))
    loud[: RATE // 5] = 32767
    channels = np.stack([loud, np.zeros_like(loud)])
    assert call.value("clipping_pct", AGENT, lambda: channels) == pytest.approx(5.0, abs=0.01)


@pytest.mark.parametrize("hz", [85.0, 120.0, 220.0, 350.0])
def test_pitch_is_the_pitch(hz: float) -> None:
    call = Call(4000, {AGENT: [(500, 3500, "您好请讲")], CUSTOMER: []})
    channels = np.stack([placed(4000, (500, tone(3000, hz)))] * 2)
    assert call.value("turn_pitch_hz", AGENT, lambda: channels) == pytest.approx(hz, rel=0.01)


def test_noise_has_no_pitch() -> None:
    call = Call(4000, {AGENT: [(500, 3500, "您好请讲")], CUSTOMER: []})
    noise = scaled(np.random.default_rng(1).standard_normal(3 * RATE), -20)
    channels = np.stack([placed(4000, (500, noise))] * 2)
    assert call.rows("turn_pitch_hz", AGENT, lambda: channels) == []


@pytest.mark.parametrize(("high_hz", "semitones"), [(200.0, 0.0), (212.0, 0.8), (252.0, 3.2)])
def test_pitch_range_tells_a_monotone_voice_from_a_lively_one(high_hz: float, semitones: float) -> None:
    call = Call(40_000, {AGENT: [(0, 35_000, "您好" * 50)], CUSTOMER: []})
    channels = np.stack([placed(40_000, (0, glide(35_000, 200.0, high_hz)))] * 2)
    rows = call.rows("pitch_range_st", AGENT, lambda: channels)
    assert [value for value, _, _ in rows] == [pytest.approx(semitones, abs=0.3)] * len(rows)
    assert len(rows) == 2
    # Voiced frames of the first fifteen seconds, then those of the next.
    assert rows[0][1] < 100
    assert rows[0][2] <= rows[1][1] + 20


def test_the_customer_gets_no_pitch_range() -> None:
    call = Call(20_000, {AGENT: [], CUSTOMER: [(0, 19_000, "你好" * 20)]})
    channels = np.stack([placed(20_000, (0, tone(19_000, 150)))] * 2)
    assert call.rows("pitch_range_st", samples=lambda: channels) == []


def test_without_audio_there_are_no_voice_measures() -> None:
    names = {m.name for m in Call(4000, {AGENT: [(0, 3000, "您好")], CUSTOMER: []}).measured()}
    assert not names & {"loudness_db", "turn_loudness_db", "clipping_pct", "turn_pitch_hz", "pitch_range_st"}


@pytest.mark.parametrize("channels", [1, 2])
def test_sound_shorter_than_the_transcript_says_breaks_nothing(channels: int) -> None:
    call = Call(10_000, {AGENT: [(0, 1000, "您好"), (8000, 9000, "再见")], CUSTOMER: [(2000, 9000, "你好")]})
    short = np.stack([placed(1500, (0, tone(1000, 200)))] * channels)
    assert call.rows("loudness_db", AGENT, lambda: short)
    assert call.rows("loudness_db", CUSTOMER, lambda: short) == []


def test_the_sound_is_decoded_once_and_only_when_somebody_speaks() -> None:
    decoded: list[int] = []

    def samples() -> np.ndarray:
        decoded.append(1)
        return np.zeros((2, 4 * RATE), np.int16)

    Call(4000, {AGENT: [(0, 1000, "您好")], CUSTOMER: [(2000, 3000, "你好")]}).measured(samples)
    assert decoded == [1]
    Call(4000, {AGENT: [], CUSTOMER: []}).measured(samples)
    assert decoded == [1]


def test_digital_silence_is_the_floor_and_has_no_pitch() -> None:
    call = Call(4000, {AGENT: [(0, 3000, "您好请讲")], CUSTOMER: []})
    channels = np.zeros((2, 4 * RATE), np.int16)
    assert call.value("loudness_db", AGENT, lambda: channels) == -100.0
    assert call.rows("turn_pitch_hz", samples=lambda: channels) == []


def test_librosa_stays_out_until_a_pitch_is_wanted() -> None:
    loaded = "import sys, qa.measure, qa.measure.trust, qa.ingest; print(sorted({'librosa', 'numba', 'numpy', 'pandas', 'av'} & set(sys.modules)))"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"

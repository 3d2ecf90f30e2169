"""Hold music and ring-back belong to nobody; speech is never taken for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from synthetic import RATE, noise, silence, tone

from qa.sound.activity import speech_spans
from qa.sound.decode import load
from qa.sound.music import apart
from qa.sound.scene import survey
from qa.span import Span, common, total_ms

SAMPLES = Path(__file__).parents[2] / "samples"


def played(kind: str, seconds: float = 12.0) -> np.ndarray:
    """A tune in three voices: held, plucked, with vibrato, or with drums."""
    rng = np.random.default_rng(1)
    t = np.arange(int(RATE * seconds)) / RATE
    sound = np.zeros_like(t)
    for voice in range(3):
        at = 0.0
        while at < seconds:
            lasts = rng.choice([0.25, 0.5, 0.5, 1.0])
            hertz = rng.choice([261.6, 293.7, 329.6, 392, 440, 523.3, 587.3]) * (0.5 if voice == 2 else 1)
            here = (t >= at) & (t < at + lasts)
            since = t[here] - at
            for h in range(1, 6):
                sway = 0.3 * h * np.sin(2 * np.pi * 5.5 * since) if kind == "strings" else 0
                fade = np.exp(-3 * since) if kind == "piano" else 1
                sound[here] += np.sin(2 * np.pi * hertz * h * since + sway) / h * fade
            at += lasts
    if kind == "drums":
        for beat in range(0, sound.size - 1600, RATE // 2):
            sound[beat : beat + 1600] += 3 * rng.normal(size=1600) * np.exp(-np.arange(1600) / 300)
    return (sound / np.abs(sound).max() * 9000).astype(np.int16)


def ringback(times: int) -> np.ndarray:
    """450 Hz, 1 s on and 4 s off."""
    return np.concatenate([part for _ in range(times) for part in (tone(1, 450, -15), silence(4))])


def real_call() -> np.ndarray:
    return load(SAMPLES / "s03_shirking.mp3").samples


@pytest.mark.parametrize("kind", ["organ", "piano", "strings", "drums"])
def test_music_is_found_from_end_to_end_and_is_no_speech(kind: str) -> None:
    sound = np.concatenate([silence(2), played(kind), silence(2)])
    speech, found = apart(sound, speech_spans(sound))
    assert total_ms(common(found, [Span(2000, 14_000)])) >= 11_000
    assert found[0].start_ms >= 1800
    assert found[-1].end_ms <= 14_300
    assert speech == ()


def test_ring_back_is_found_tone_by_tone() -> None:
    _, found = apart(ringback(3) + noise(15, -60), ())
    assert [(round(s.start_ms, -2), round(s.end_ms, -2)) for s in found] == [(0, 1000), (5000, 6000), (10_000, 11_000)]


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("s*.mp3"))[:4] or [None], ids=str)
def test_no_speech_is_taken_for_music(path: Path | None) -> None:
    assert path is not None
    for channel in load(path).samples:
        speech = speech_spans(channel)
        assert apart(channel, speech) == (speech, ())


def test_a_word_right_after_the_ring_back_stays() -> None:
    call = real_call()[0]
    said = speech_spans(call)[0]
    word = call[said.start_ms * 16 : (said.start_ms + 600) * 16]
    sound = np.concatenate([ringback(2)[: 6 * RATE], word, silence(2)])
    speech, found = apart(sound, speech_spans(sound))
    assert any(span.end_ms > 6100 for span in speech)
    assert [round(s.start_ms, -2) for s in found] == [0, 5000]


@pytest.mark.parametrize("below_db", [10, 20, 30])
def test_speech_over_music_stays_and_the_music_around_it_is_told(below_db: int) -> None:
    call = real_call()[0][: 6 * RATE]
    quiet = (played("piano").astype(np.float32) * 10 ** ((6 - below_db) / 20)).astype(np.int16)
    mixed = np.clip(np.concatenate([call, silence(6)]).astype(np.int32) + quiet, -32768, 32767).astype(np.int16)
    seen = speech_spans(mixed)
    speech, found = apart(mixed, seen)
    assert speech == seen
    assert total_ms(common(speech, speech_spans(call))) >= 0.95 * total_ms(speech_spans(call))
    assert common(speech, found) == ()


def test_a_recording_says_where_its_music_is() -> None:
    call = real_call()
    hold = np.stack([played("organ"), silence(12)])
    scene = survey(np.concatenate([call, hold], axis=1))
    plain = survey(call)
    assert scene.voices[0].speech == plain.voices[0].speech
    assert total_ms(scene.voices[0].music) > 11_000
    assert scene.voices[1].music == ()
    assert any("声道 1 有 12 秒音乐" in note for note in scene.notes)


def test_silence_and_nothing_hold_no_music() -> None:
    for sound in (silence(5), np.zeros(0, np.int16), noise(10)):
        assert apart(sound, ()) == ((), ())

"""What one channel hears of the other is not its own speech."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from qa.sound.bleed import own_speech
from qa.sound.clicks import clicks
from qa.sound.decode import decode
from qa.sound.layout import is_dead, is_fake_stereo
from qa.sound.scene import survey
from qa.span import Span, subtract, total_ms
from tests.sound.synthetic import noise, quieter, silence, tone

LINE_NOISE_DB = -65.0


def call(*pieces: tuple[float, np.ndarray | None], seconds: float = 10.0, seed: int = 5) -> np.ndarray:
    """One channel: line noise, and sounds at the given second."""
    channel = noise(seconds, LINE_NOISE_DB, seed=seed).astype(np.int32)
    for at, sound in pieces:
        if sound is not None:
            start = int(at * 16000)
            channel[start : start + sound.size] += sound
    return np.clip(channel, -32768, 32767).astype(np.int16)


def test_crosstalk_at_38_db_belongs_to_the_other() -> None:
    shout = noise(3, -10)
    channels = np.stack([call((1, shout)), call((1, quieter(shout, 38)), seed=6)])
    speech = [Span(1000, 4000)]
    assert own_speech(channels, [speech, speech]) == ((Span(1000, 4000),), ())


def test_a_quiet_answer_to_a_shout_is_still_an_answer() -> None:
    channels = np.stack([call((1, noise(3, -10))), call((2, noise(3, -28, seed=9)), seed=6)])
    own = own_speech(channels, [[Span(1000, 4000)], [Span(2000, 5000)]])
    assert own == ((Span(1000, 4000),), (Span(2000, 5000),))


def test_bleed_is_cut_off_before_an_answer_that_follows_without_a_pause() -> None:
    agent = noise(3, -12)
    channels = np.stack([call((1, agent)), call((1, quieter(agent, 38)), (4.1, noise(2, -18, seed=3)), seed=6)])
    _, customer = own_speech(channels, [[Span(1000, 4000)], [Span(1000, 6100)]])
    assert len(customer) == 1
    assert abs(customer[0].start_ms - 4100) <= 120
    assert customer[0].end_ms == 6100


def test_a_late_echo_12_db_down_is_found_by_its_waveform() -> None:
    voice = noise(2, -12)
    channels = np.stack([call((1, voice)), call((1.15, quieter(voice, 12)), seed=6)])
    own = own_speech(channels, [[Span(1000, 3000)], [Span(1150, 3150)]])
    assert own == ((Span(1000, 3000),), ())


def test_two_people_talking_at_once_are_both_kept() -> None:
    channels = np.stack([call((1, noise(3, -15, seed=1))), call((1, noise(3, -25, seed=2)), seed=6)])
    speech = [Span(1000, 4000)]
    assert own_speech(channels, [speech, speech]) == ((Span(1000, 4000),), (Span(1000, 4000),))


def test_one_signal_in_two_channels_is_mono_whatever_its_loudness_or_polarity() -> None:
    voice = call((1, noise(2, -20)))
    assert is_fake_stereo(np.stack([voice, voice]))
    assert is_fake_stereo(np.stack([voice, quieter(voice, 4)]))
    assert is_fake_stereo(np.stack([voice, -voice]))
    assert not is_fake_stereo(np.stack([voice, call((1, noise(2, -20, seed=8)), seed=7)]))
    assert not is_fake_stereo(np.stack([voice, np.zeros_like(voice)]))
    assert not is_fake_stereo(voice[None, :])


def test_a_scene_names_its_layout_and_its_dead_channel() -> None:
    voice = call((1, noise(2, -20)))
    fake = survey(np.stack([voice, voice]))
    assert (fake.layout, len(fake.voices)) == ("fake_stereo", 1)
    assert "相同" in fake.notes[0]
    dead = survey(np.stack([voice, np.zeros_like(voice)]))
    assert (dead.layout, dead.notes) == ("stereo", ("声道 2 没有声音",))
    assert dead.voices[1].speech == ()
    nothing = survey(silence(3)[None, :])
    assert (nothing.layout, nothing.notes) == ("mono", ("整个录音没有声音",))


def test_a_dead_channel_is_one_without_a_voice() -> None:
    assert is_dead(silence(1))
    assert is_dead(np.zeros(0, np.int16))
    assert is_dead(noise(1, -75))
    assert not is_dead(noise(1, -40))


def test_a_click_before_a_phrase_is_found_and_a_first_syllable_is_not() -> None:
    def phrase(start: np.ndarray, gap_s: float) -> np.ndarray:
        return call((1, np.concatenate([start, noise(gap_s, -50), noise(1.5, -12, seed=4)])), seconds=4)

    click = phrase(noise(0.05, -22, seed=3), 0.09)
    (found,) = clicks(click, [Span(1000, 2640)])
    assert found.start_ms <= 1000
    assert 1050 <= found.end_ms <= 1120
    assert clicks(phrase(noise(0.05, -12, seed=3), 0.09), [Span(1000, 2640)]) == ()  # as loud as the rest
    assert clicks(phrase(noise(0.15, -22, seed=3), 0.09), [Span(1000, 2740)]) == ()  # as long as a syllable
    assert clicks(call((1, tone(1.5))), [Span(1000, 2500)]) == ()


@pytest.mark.shared
def test_no_bleed_and_no_lost_turn_in_the_labelled_calls(corpus: Path) -> None:
    for name in ("d04_interrupt_fast", "d12_silent_call", "d16_argue_loud"):
        truth = json.loads((corpus / f"{name}.truth.json").read_text(encoding="utf-8"))
        scene = survey(decode(corpus / truth["file"]))
        roles = truth["layout"].split(",")
        for voice in scene.voices:
            turns = [
                Span(round(t["start"] * 1000) - 100, round(t["end"] * 1000) + 100)
                for t in truth["turns"]
                if t["role"] == roles[voice.channel]
            ]
            assert all(any(span.overlaps(turn) for turn in turns) for span in voice.speech), f"{name}: bleed left"
            assert all(any(span.overlaps(turn) for span in voice.speech) for turn in turns), f"{name}: turn lost"


@pytest.mark.parametrize("below_db", [30, 20, 12, 8, 6])
def test_a_loud_agent_is_not_heard_in_the_customers_channel(below_db: int) -> None:
    voices = decode(Path(__file__).parents[2] / "samples" / "s03_shirking.mp3").astype(np.int32)
    clean = survey(voices.astype(np.int16)).voices[1]
    mixed = np.stack([voices[0], voices[1] + quieter(voices[0].astype(np.int16), below_db)])
    heard = survey(np.clip(mixed, -32768, 32767).astype(np.int16)).voices[1]
    added = total_ms(subtract(heard.speech, clean.speech))
    assert added <= 0.1 * total_ms(clean.bleed)
    assert total_ms(subtract(clean.speech, heard.speech)) <= 0.03 * total_ms(clean.speech)

"""How high a voice reaches is told from its spectrum, not from the file's rate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qa.sound.activity import speech_spans
from qa.sound.band import upper_edge_hz
from qa.sound.decode import decode
from qa.span import Span
from tests.sound.synthetic import noise, silence

SAMPLE = Path(__file__).parents[2] / "samples" / "s06_rhetorical.wav"


def filtered(sound: np.ndarray, highest_hz: int) -> np.ndarray:
    spectrum = np.fft.rfft(sound.astype(np.float64))
    spectrum[np.fft.rfftfreq(sound.size, 1 / 16000) > highest_hz] = 0
    return np.clip(np.fft.irfft(spectrum, sound.size), -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("cut_hz", [1500, 2000, 2600, 3000])
def test_a_muffled_voice_is_measured(cut_hz: int) -> None:
    sound = decode(SAMPLE)[0]
    speech = speech_spans(sound)
    edge_hz = upper_edge_hz(filtered(sound, cut_hz), speech)
    assert edge_hz is not None
    assert abs(edge_hz - cut_hz) <= 200


def test_a_telephone_reaches_its_full_band_and_wideband_more() -> None:
    sound = decode(SAMPLE)[0]
    telephone = upper_edge_hz(sound, speech_spans(sound))
    assert telephone is not None
    assert 3300 <= telephone <= 4200
    assert upper_edge_hz(noise(2), [Span(0, 2000)]) == 8000


def test_a_minute_is_looked_at_however_long_the_first_span_is() -> None:
    minute = noise(60)
    beyond = np.tile(filtered(noise(10), 1500), 8)
    edge_hz = upper_edge_hz(np.concatenate([filtered(minute, 3000), beyond * 4]), [Span(0, 140_000)])
    assert edge_hz is not None
    assert abs(edge_hz - 3000) <= 200


def test_too_little_says_nothing() -> None:
    assert upper_edge_hz(noise(2), [Span(0, 200)]) is None
    assert upper_edge_hz(noise(2), []) is None
    assert upper_edge_hz(silence(2), [Span(0, 2000)]) is None

"""Who speaks when, without understanding a word."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.sound.activity import MIN_SPEECH_MS, spans_of, speech_probabilities, speech_spans
from qa.sound.decode import decode
from qa.span import Span
from tests.sound.synthetic import noise, silence, tone

FRAME_MS = 32


def test_silence_noise_and_tones_are_not_speech() -> None:
    assert speech_spans(silence(5)) == ()
    assert speech_spans(noise(5, -50)) == ()
    assert speech_spans(tone(5, 450)) == ()  # ring-back tone
    assert speech_spans(np.zeros(0, np.int16)) == ()


def test_less_than_one_frame_is_no_speech_and_no_crash() -> None:
    assert speech_spans(noise(0.01)) == ()


def _probabilities(*parts: tuple[float, int]) -> np.ndarray:
    return np.concatenate([np.full(count, value, np.float32) for value, count in parts])


def _sounding(*parts: tuple[float, int]) -> np.ndarray:
    """Noise at the given level for so many frames each."""
    return np.concatenate([noise(count * FRAME_MS / 1000, level, seed=i) for i, (level, count) in enumerate(parts)])


def test_a_span_is_pulled_tight_around_its_sound() -> None:
    samples = _sounding((-70, 35), (-20, 30), (-70, 35))
    (span,) = spans_of(_probabilities((0.0, 33), (0.9, 34), (0.0, 33)), samples)
    assert abs(span.start_ms - 35 * FRAME_MS) <= 20
    assert abs(span.end_ms - 65 * FRAME_MS) <= 20


def test_the_model_reacts_late_and_the_start_goes_back_to_where_the_sound_began() -> None:
    samples = _sounding((-70, 30), (-20, 40), (-70, 30))
    (span,) = spans_of(_probabilities((0.0, 36), (0.9, 34), (0.0, 30)), samples)
    assert abs(span.start_ms - 30 * FRAME_MS) <= 20


def test_a_short_pause_stays_inside_and_a_long_one_splits() -> None:
    samples = _sounding((-20, 100))
    short = spans_of(_probabilities((0.9, 20), (0.0, 4), (0.9, 20), (0.0, 56)), samples)
    assert len(short) == 1
    quiet = _sounding((-20, 20), (-70, 20), (-20, 20), (-70, 40))
    long = spans_of(_probabilities((0.9, 20), (0.0, 20), (0.9, 20), (0.0, 40)), quiet)
    assert len(long) == 2


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=80))
def test_spans_are_sorted_disjoint_long_enough_and_inside(probabilities: list[float]) -> None:
    samples = noise(len(probabilities) * FRAME_MS / 1000, -30)
    spans = spans_of(np.asarray(probabilities, np.float32), samples)
    assert all(a.end_ms < b.start_ms for a, b in pairwise(spans))
    assert all(span.duration_ms >= MIN_SPEECH_MS for span in spans)
    assert all(span.start_ms >= 0 and span.end_ms <= samples.size / 16 for span in spans)


def test_blocks_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    """A two-hour file is read in blocks; its probabilities are those of reading it at once."""
    from qa.sound import activity

    samples = np.concatenate([noise(1, -30), tone(1), noise(1.3, -20, seed=2)])
    at_once = speech_probabilities(samples)
    monkeypatch.setattr(activity, "_BLOCK_FRAMES", 7)
    assert np.allclose(speech_probabilities(samples), at_once, atol=1e-4)


@pytest.mark.shared
def test_turn_bounds_of_labelled_calls_are_within_150_ms(corpus: Path) -> None:
    import json

    from qa.sound.scene import survey

    starts, ends = [], []
    for name in ("d03_shirking", "d07_negative_unsure", "d16_argue_loud"):
        truth = json.loads((corpus / f"{name}.truth.json").read_text(encoding="utf-8"))
        scene = survey(decode(corpus / truth["file"]))
        roles = truth["layout"].split(",")
        for voice in scene.voices:
            for turn in truth["turns"]:
                if turn["role"] != roles[voice.channel]:
                    continue
                labelled = Span(round(turn["start"] * 1000), round(turn["end"] * 1000))
                inside = [span for span in voice.speech if span.overlaps(labelled)]
                assert inside, f"{name}: {turn['text']} was not heard"
                starts.append(abs(inside[0].start_ms - labelled.start_ms))
                ends.append(abs(inside[-1].end_ms - labelled.end_ms))
    for off in (starts, ends):
        assert np.median(off) <= 50
        assert np.percentile(off, 95) <= 150

"""Windows hold all speech, none twice, and cut only where nobody speaks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.span import Span, merge, total_ms
from qa.transcribe.windows import JOIN_MS, LONGEST_MS, Piece, Window, pack, single

RATE = 16


def ramp(seconds: float) -> np.ndarray:
    """Each sample says which millisecond it is."""
    return (np.arange(int(seconds * 1000)).repeat(RATE) % 30_000).astype(np.int16)


@st.composite
def speeches(draw: st.DrawFn) -> list[Span]:
    spans, at = [], draw(st.integers(0, 5000))
    for _ in range(draw(st.integers(1, 12))):
        end = at + draw(st.integers(96, 9000))
        spans.append(Span(at, end))
        at = end + draw(st.integers(201, 9000))
    return spans


@settings(max_examples=60, deadline=None)
@given(speeches())
def test_every_stretch_is_whole_in_one_window_and_no_window_is_too_long(speech: list[Span]) -> None:
    windows = pack(speech, 0, np.zeros((speech[-1].end_ms + 1000) * RATE, np.int16))
    pieces = [piece.source for window in windows for piece in window.pieces]
    assert all(window.length_ms <= LONGEST_MS for window in windows)
    assert all(any(p.start_ms <= s.start_ms and s.end_ms <= p.end_ms for p in pieces) for s in speech)
    assert total_ms(pieces) == sum(piece.duration_ms for piece in pieces), "nothing is heard twice"
    assert len(merge(pieces)) <= len(pieces)


def test_short_pauses_stay_and_long_ones_shrink() -> None:
    speech = [Span(1000, 2000), Span(3400, 5000), Span(30_000, 31_000)]
    (window,) = pack(speech, 0, np.zeros(40_000 * RATE, np.int16))
    first, second = window.pieces
    assert first.source == Span(800, 5200)
    assert second.source == Span(29_800, 31_200)
    assert second.at_ms - first.source.duration_ms == JOIN_MS


def test_speech_without_any_pause_is_cut_where_it_is_quietest() -> None:
    rng = np.random.default_rng(1)
    samples = (rng.standard_normal(50_000 * RATE) * 3000).astype(np.int16)
    samples[20_000 * RATE : 20_100 * RATE] //= 50
    windows = pack([Span(0, 50_000)], 0, samples)
    assert all(window.length_ms <= LONGEST_MS for window in windows)
    assert 19_990 <= windows[0].pieces[-1].source.end_ms <= 20_110


def test_a_cut_falls_in_a_long_pause_rather_than_where_a_window_is_full() -> None:
    """Full would be after the fifth; the long pause is after the fourth."""
    starts = [0, 5220, 10_440, 15_660, 22_360, 27_580, 32_800, 38_020]
    windows = pack([Span(at, at + 5000) for at in starts], 0, np.zeros(45_000 * RATE, np.int16))
    assert [window.pieces[0].source.start_ms for window in windows] == [0, 22_160]


def test_nothing_short_is_left_for_a_window_of_its_own() -> None:
    """27 seconds fill a window and one is left: two windows of half as much take less time."""
    speech = [Span(at * 3000, at * 3000 + 1000) for at in range(20)]
    windows = pack(speech, 0, np.zeros(61_000 * RATE, np.int16))
    assert len(windows) == 2
    assert min(window.length_ms for window in windows) >= 8000


def test_a_moment_of_a_window_is_found_again_in_the_recording() -> None:
    window = Window(0, (Piece(Span(1000, 3000), 0), Piece(Span(9000, 9500), 2600)))
    assert window.to_source(0) == 1000
    assert window.to_source(1500) == 2500
    assert window.to_source(2100) == 3000
    assert window.to_source(2500) == 9000
    assert window.to_source(2700) == 9100
    assert window.to_source(99_000) == 9500


def test_the_sound_of_a_window_is_that_of_its_pieces() -> None:
    samples = ramp(12)
    sound = Window(0, (Piece(Span(1000, 3000), 0), Piece(Span(9000, 9500), 2600))).sound(samples)
    assert sound.size == 3100 * RATE
    assert round(float(sound[1500 * RATE]) * 32768) == 2500
    assert float(np.abs(sound[2000 * RATE : 2600 * RATE]).max()) == 0
    assert round(float(sound[2600 * RATE]) * 32768) == 9000


def test_a_muted_stretch_is_turned_down_and_nothing_else() -> None:
    samples = np.full(5000 * RATE, 10_000, np.int16)
    sound = Window(0, (Piece(Span(1000, 3000), 0),)).sound(samples, [Span(900, 1100), Span(4000, 4100)])
    assert float(sound[50 * RATE]) < 0.01
    assert float(sound[150 * RATE]) == pytest.approx(10_000 / 32768)


def test_a_single_stretch_stays_inside_its_recording() -> None:
    assert single(Span(50, 900), 1, 1000).pieces[0].source == Span(0, 1000)


def test_no_speech_makes_no_window() -> None:
    assert pack([], 0, np.zeros(1000, np.int16)) == ()

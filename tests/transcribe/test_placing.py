"""Words end up inside the speech they were spoken in; what has no words is known."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from qa.model import Word
from qa.span import Span
from qa.transcribe.placing import place, unheard, wordless


def words(*items: tuple[str, int, int]) -> list[Word]:
    return [Word(text, Span(start, end), 0.9) for text, start, end in items]


def test_a_word_does_not_last_through_the_pause_behind_it() -> None:
    placed, stray = place(
        words(("好", 1000, 1300), ("的", 1300, 4900), ("请", 4900, 5300)), [Span(980, 1600), Span(5000, 5400)]
    )
    assert [word.span for word in placed] == [Span(980, 1300), Span(1300, 1600), Span(5000, 5400)]
    assert stray == ()


def test_a_word_far_from_any_speech_was_not_spoken() -> None:
    placed, stray = place(words(("嗯", 1000, 1300), ("字幕", 8000, 9000)), [Span(1000, 1300)])
    assert [word.text for word in placed] == ["嗯"]
    assert [word.text for word in stray] == ["字幕"]


def test_without_speech_nothing_was_spoken() -> None:
    placed, stray = place(words(("谢谢观看", 0, 900)), [])
    assert placed == ()
    assert len(stray) == 1


def test_a_slow_greeting_reaches_over_a_breath() -> None:
    placed, _ = place(words(("您好", 1000, 1200)), [Span(1000, 1400), Span(1600, 2200)])
    assert placed[0].span == Span(1000, 2200)


def test_speech_of_half_a_second_without_words_is_unheard() -> None:
    speech = [Span(0, 1000), Span(2000, 2600), Span(4000, 4300)]
    assert unheard(speech, words(("您好", 0, 1000))) == (Span(2000, 2600),)


def test_a_syllable_stretched_over_seconds_does_not_hide_what_was_lost() -> None:
    assert unheard([Span(0, 5000)], words(("好", 0, 5000))) == (Span(700, 5000),)


def test_a_stretch_without_a_single_word_is_wordless_however_short() -> None:
    speech = [Span(0, 1000), Span(2000, 2300), Span(4000, 4100)]
    assert wordless(speech, words(("您好", 100, 900)), least_ms=250) == (Span(2000, 2300),)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[Word], list[Span]]:
    speech, at = [], 0
    for _ in range(draw(st.integers(0, 6))):
        start = at + draw(st.integers(201, 4000))
        at = start + draw(st.integers(96, 5000))
        speech.append(Span(start, at))
    said, at = [], 0
    for _ in range(draw(st.integers(0, 25))):
        start = at + draw(st.integers(0, 1500))
        at = start + draw(st.integers(0, 1500))
        said.append(Word("好", Span(start, at), 0.5))
    return said, speech


@settings(max_examples=200, deadline=None)
@given(scenes())
def test_placed_words_lie_in_speech_in_order_and_none_disappears(scene: tuple[list[Word], list[Span]]) -> None:
    said, speech = scene
    placed, stray = place(said, speech)
    assert len(placed) + len(stray) == len(said)
    assert all(a.span.start_ms <= b.span.start_ms for a, b in pairwise(placed))
    for word in placed:
        assert word.span.start_ms < word.span.end_ms
        assert any(s.start_ms <= word.span.start_ms and word.span.end_ms <= s.end_ms for s in speech)

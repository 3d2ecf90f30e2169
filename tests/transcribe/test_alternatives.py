"""Where the recogniser wavered is told for whole words, in time, and only while these words stand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.hanzi import spoken
from qa.model import Alternative, Recording, Word
from qa.span import Span
from qa.transcribe.alternatives import LONGEST, WIDEST_GAP, alternatives, standing
from qa.transcribe.engine import EngineOptions, build


def words(*texts: str) -> list[Word]:
    """One after the other, 200 ms each."""
    return [Word(text, Span(i * 200, (i + 1) * 200), 0.9) for i, text in enumerate(texts)]


def told(found: tuple[Alternative, ...]) -> list[tuple[str, str, float]]:
    return [(one.heard, one.text, one.gap) for one in found]


def test_another_text_is_told_where_it_differs_and_nowhere_else() -> None:
    heard = words("建议", "您", "半", "离，", "五十", "元")
    (one,) = alternatives(heard, [("建议您办理五十元。", 0.321)])
    assert one == Alternative(Span(400, 800), "半离", "办理", 0.32)


def test_differences_are_told_for_whole_words() -> None:
    assert told(alternatives(words("感谢您", "的", "来订", "再见"), [("感谢您的来电再见", 0.5)])) == [
        ("来订", "来电", 0.5)
    ]


def test_a_syllable_more_stands_with_its_neighbour_and_one_less_leaves_the_rest() -> None:
    assert told(alternatives(words("不", "有", "事"), [("有事", 1.0)])) == [("不", "", 1.0)]
    assert told(alternatives(words("请", "等"), [("请您等", 1.0)])) == [("请", "请您", 1.0)]
    assert told(alternatives(words("请", "等"), [("您请等", 1.0)])) == [("请", "您请", 1.0)]


def test_the_same_alternative_from_several_texts_is_told_once_with_its_smallest_gap() -> None:
    heard = words("附", "积", "了", "马", "上")
    others = [("复机了马山", 0.9), ("复机了马上", 0.4), ("附机了马上", 1.2)]
    assert told(alternatives(heard, others)) == [("附积", "复机", 0.4), ("积", "机", 1.2), ("上", "山", 0.9)]


def test_punctuation_and_traditional_characters_are_no_difference() -> None:
    assert alternatives(words("话费，", "多少？"), [("話費多少", 0.2)]) == ()


def test_what_the_recogniser_hardly_considered_or_ran_in_circles_over_is_left_out() -> None:
    assert alternatives(words("好", "的"), [("号的", WIDEST_GAP + 0.1)]) == ()
    assert alternatives(words("好", "的"), [("好的" * LONGEST, 0.1)]) == ()
    assert alternatives([], [("谢谢观看", 0.1)]) == ()


def test_an_alternative_goes_with_the_words_that_it_stood_for() -> None:
    heard = words("来", "订", "再", "见")
    found = alternatives(heard, [("来电再见", 0.5), ("来订在见", 0.6)])
    assert standing(found, [*heard[:3], Word("见，", heard[3].span, 0.9)]) == found
    assert told(standing(found, [heard[0], Word("电", heard[1].span, 0.8), *heard[2:]])) == [("再", "在", 0.6)]
    assert standing(found, []) == ()


@given(
    st.lists(st.text("好您的我电话", min_size=1, max_size=3), min_size=1, max_size=12),
    st.text("好您的我电话费", max_size=24),
)
def test_put_in_place_of_what_was_heard_an_alternative_is_near_the_other_text(pieces: list[str], other: str) -> None:
    heard = words(*pieces)
    text = "".join(pieces)
    for one in alternatives(heard, [(other, 0.0)]):
        inside = [w for w in heard if w.span.overlaps(one.span)]
        assert one.heard == spoken("".join(w.text for w in inside)) != one.text
        assert one.span == Span(inside[0].span.start_ms, inside[-1].span.end_ms)
        assert one.heard in text
        assert len(one.text) <= LONGEST
    assert standing(alternatives(heard, [(other, 0.0)]), heard) == alternatives(heard, [(other, 0.0)])


@pytest.mark.model
def test_a_call_is_told_with_few_alternatives_to_words_that_stand() -> None:
    path = Path(__file__).parents[2] / "samples" / "s03_shirking.mp3"
    recording = Recording(call_id="s03", path=str(path), sha256="", duration_ms=0, sample_rate_hz=8000, channel_count=2)
    transcript = build("whisper", EngineOptions(device="cpu", threads=2)).transcribe(recording)
    found = [one for track in transcript.tracks for one in track.alternatives]
    assert found
    assert len(found) <= sum(len(track.words) for track in transcript.tracks) / 4
    for track in transcript.tracks:
        assert standing(track.alternatives, track.words) == track.alternatives
        assert all(one.gap <= WIDEST_GAP for one in track.alternatives)

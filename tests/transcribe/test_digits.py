"""Numbers stand in transcripts as they were spoken, however the recogniser wrote them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.model import Track, Transcript, Word
from qa.span import Span
from qa.transcribe.digits import read, spelled


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("129元", "一百二十九元"),
        ("20号到期", "二十号到期"),
        ("1016号", "一零一六号"),
        ("单号是4047", "单号是四零四七"),
        ("13800138000", "一三八零零一三八零零零"),
        ("2023年", "二零二三年"),
        ("2个月", "两个月"),
        ("12.5%", "百分之十二点五"),
        ("2.5元", "二点五元"),
        ("５９元", "五十九元"),
        ("5G套餐", "5G套餐"),
        ("A4纸", "A4纸"),
        ("没有数字，", "没有数字，"),
    ],
)
def test_amounts_are_read_whole_and_codes_one_by_one(written: str, said: str) -> None:
    assert read(written) == said


def track(*words: tuple[str, int, int]) -> Track:
    made = tuple(Word(text, Span(start, end), 0.9) for text, start, end in words)
    return Track(channel=0, speech=(Span(0, 10_000),), words=made)


def text_of(*words: tuple[str, int, int]) -> list[str]:
    done = spelled(Transcript(engine="t", tracks=(track(*words),), layout="stereo"))
    return [word.text for word in done.tracks[0].words]


def test_a_number_that_was_cut_into_words_is_read_as_one() -> None:
    assert text_of(("12", 0, 200), ("9", 200, 300), ("元，", 300, 500)) == ["一百二十九", "元，"]
    assert text_of(("10", 0, 200), ("16", 200, 300), ("号", 300, 500)) == ["一零一六", "号"]


def test_numbers_with_a_pause_between_them_are_two() -> None:
    assert text_of(("2", 0, 200), ("3", 900, 1000), ("天", 1000, 1200)) == ["二", "三", "天"]


@given(st.lists(st.sampled_from(["12", "9", "元", "5G", "号，", "您", "3.5", "%"]), max_size=8))
def test_time_is_neither_lost_nor_invented(texts: list[str]) -> None:
    words = tuple(Word(text, Span(100 * i, 100 * i + 100), 0.5) for i, text in enumerate(texts))
    done = spelled(
        Transcript(engine="t", tracks=(Track(channel=0, speech=(Span(0, 10_000),), words=words),), layout="stereo")
    )
    after = done.tracks[0].words
    assert [w.span.start_ms for w in after] == sorted({w.span.start_ms for w in after})
    assert (not words) or (after[0].span.start_ms, after[-1].span.end_ms) == (0, words[-1].span.end_ms)

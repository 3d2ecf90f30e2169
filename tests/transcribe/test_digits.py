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
        ("1.5G流量", "1.5G流量"),
        ("1,299元", "一千二百九十九元"),
        ("1,299", "一千二百九十九"),
        ("按1,2都可以", "按一,二都可以"),
        ("第2次", "第二次"),
        ("第2个月", "第二个月"),
        ("2分钟", "两分钟"),
        ("2小时", "两小时"),
        ("2点", "两点"),
        ("2年", "两年"),
        ("2元", "两元"),
        ("2块", "两块"),
        ("2002年", "二零零二年"),
        ("2年级", "二年级"),
        ("2分之1", "二分之一"),
        ("12小时", "十二小时"),
        ("2号", "二号"),
        ("2月", "二月"),
        ("2日", "二日"),
        ("2楼", "二楼"),
        ("1-2天", "一到两天"),
        ("2~3个工作日", "两到三个工作日"),
        ("10-20%", "百分之十到二十"),
        ("3-12号楼", "三-十二号楼"),
        ("010-88886666", "零一零-八八八八六六六六"),
        ("12:30", "十二点三十"),
        ("2:05", "两点零五"),
        ("14：00开始", "十四点开始"),
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


def tokens(*texts: str) -> list[str]:
    return text_of(*((text, 100 * i, 100 * i + 100) for i, text in enumerate(texts)))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (["9", ".", "9", "元"], ["九点九", "元"]),
        (["9", ".9", "元"], ["九点九", "元"]),
        (["9.", "9", "元"], ["九点九", "元"]),
        (["20", "%"], ["百分之二十"]),
        (["1", ".", "5", "%，"], ["百分之一点五，"]),
        (["1", ".", "5", "G"], ["1.5", "G"]),
        (["5", "G", "套餐"], ["5", "G", "套餐"]),
        (["1", ",", "2", "99", "元"], ["一千二百九十九", "元"]),
        (["按", "1", ",", "2"], ["按", "一", ",", "二"]),
        (["第", "2", "次"], ["第", "二", "次"]),
        (["2", "小", "时"], ["两", "小", "时"]),
        (["1", "-", "2", "天"], ["一到两", "天"]),
        (["12", ":", "30"], ["十二点三十"]),
        (["5，6", "7", "天"], ["五，六十七", "天"]),
        (["9", ".", "9元2", "0", "%"], ["九点九元百分之二十"]),
        (["一共", "99", ".", "对"], ["一共", "九十九", ".", "对"]),
    ],
)
def test_points_percents_and_thousands_belong_to_the_number(written: list[str], said: list[str]) -> None:
    assert tokens(*written) == said


def test_a_point_after_a_pause_is_none() -> None:
    assert text_of(("9", 0, 200), (".", 600, 700), ("9", 700, 800), ("元", 800, 900)) == ["九", ".", "九", "元"]


def test_a_number_made_one_lasts_as_long_as_its_words_and_is_as_doubtful() -> None:
    words = tuple(
        Word(text, Span(start, end), sure)
        for text, start, end, sure in [("9", 100, 200, 0.9), (".", 200, 250, 0.4), ("9", 300, 500, 0.8)]
    )
    heard = Track(channel=0, speech=(Span(0, 1000),), words=words)
    done = spelled(Transcript(engine="t", tracks=(heard,), layout="stereo")).tracks[0].words
    assert done == (Word("九点九", Span(100, 500), 0.4),)


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

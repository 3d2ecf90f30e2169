"""Syllables are counted as they are spoken."""

import pytest

from qa.hanzi import read_digits, spoken, syllables


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("59元", "五十九元"),
        ("10号", "十号"),
        ("110", "一百一十"),
        ("1001", "一千零一"),
        ("2010年", "二千零一十年"),
        ("0086", "零零八六"),
        ("13800138000", "一三八零零一三八零零零"),
        ("2.5倍", "二点五倍"),
        ("\uff15\uff19元", "五十九元"),
    ],
)
def test_numbers_are_read_as_people_read_them(text: str, read: str) -> None:
    assert read_digits(text) == read


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("您好，请问有什么可以帮您?", 11),
        ("一会儿", 2),
        ("儿子", 2),
        ("女儿", 2),
        ("20个G", 4),
        ("", 0),
        ("，。！？", 0),
        ("5G", 2),
    ],
)
def test_syllables_count_what_is_spoken(text: str, count: int) -> None:
    assert syllables(text) == count


def test_spoken_form_has_no_punctuation_and_no_full_width() -> None:
    assert spoken("您好，ＡＢＣ 123！") == "您好abc123"

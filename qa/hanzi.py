"""Reads Chinese text: its normal form, its syllables, digits as they are spoken."""

from __future__ import annotations

import re
import unicodedata

_DIGIT_NAMES = "零一二三四五六七八九"
_NOT_SPOKEN = re.compile(r"[^\w]|_", re.UNICODE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LATIN = re.compile(r"[a-z]")
_HANZI = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ffff]")
_ERHUA = re.compile(r"(?<=[点会事块这那哪玩味劲活份样头边门下趟本伙个])儿(?!子|童|女|媳|科|歌|化)")
LONGEST_CARDINAL_DIGITS = 4
"""Longer digit strings are read one by one, as telephone numbers and account numbers are."""


def fold(text: str) -> str:
    """Half-width, lower-case (NFKC), length may change. Punctuation stays."""
    return unicodedata.normalize("NFKC", text).lower()


def spoken(text: str) -> str:
    """Only what is spoken: folded, without punctuation and spaces."""
    return _NOT_SPOKEN.sub("", fold(text))


def read_number(digits: str) -> str:
    """`59` → 五十九, `1001` → 一千零一, `0086` → 零零八六, `13800138000` digit by digit, `2.5` → 二点五."""
    whole, dot, fraction = digits.partition(".")
    one_by_one = len(whole) > LONGEST_CARDINAL_DIGITS or (len(whole) > 1 and whole[0] == "0")
    read = "".join(_DIGIT_NAMES[int(d)] for d in whole) if one_by_one else _cardinal(int(whole))
    return read + ("点" + "".join(_DIGIT_NAMES[int(d)] for d in fraction) if dot else "")


def _cardinal(number: int) -> str:
    if number < 10:
        return _DIGIT_NAMES[number]
    read, gap = "", False
    for power, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, power)
        if digit:
            read += ("零" if gap and read else "") + _DIGIT_NAMES[digit] + unit
        gap = digit == 0
    return read.removeprefix("一") if read.startswith("一十") else read


def read_digits(text: str) -> str:
    """The text with its Arabic numbers written as they are read."""
    return _NUMBER.sub(lambda match: read_number(match.group()), fold(text))


def syllables(text: str) -> int:
    """Spoken syllables: one for each hanzi, digits as read, 儿化 merged, Latin letters one each."""
    read = spoken(_ERHUA.sub("", read_digits(text)))
    return len(_HANZI.findall(read)) + len(_LATIN.findall(read))

"""What characters sound like: toneless syllables folded by the confusions of telephone Mandarin.

A folded syllable is one private-use character, so that a spoken text is a string of the same length as the written
one and an ordinary regular expression can search it. The table is filled as characters are met and differs between
processes: what is compiled from it never leaves its process.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache

_TONES = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}
_F_AS_H = {
    "fa": "hua",
    "fan": "huan",
    "fei": "hui",
    "fen": "hun",
    "fo": "huo",
    "fou": "hou",
    "fu": "hu",
}
_FIRST_SYMBOL = 0xE000
_READ_IN_TWO_WAYS = frozenset(
    "行重长还得着了地都觉调传处当倒干给好会假降教解尽看量率没难强少省数说为系相兴应与载曾涨只中种转朝称乘冲大单担发分更号间将结空"
    "落模排盛识提听通吐压要予折正"
)
"""Characters whose second reading is alive. The dictionary gives many more (是 as tí) that nobody says any more."""

SAME, SAME_SOUND, OTHER_TONE, CONFUSED, DIFFERENT = 0.0, 0.1, 0.25, 0.5, 1.0
"""Costs of writing one character where another was said, in parts of one syllable."""

_symbols: dict[str, str] = {}


@lru_cache(maxsize=1)
def _dictionary() -> dict[int, str]:
    from pypinyin.constants import PINYIN_DICT

    return PINYIN_DICT


@cache
def readings(char: str) -> tuple[str, ...]:
    """`话` → ("hua4",). Empty for what has no reading; most frequent first; tone 5 is the neutral one."""
    marked = _dictionary().get(ord(char), "")
    return tuple(_numbered(one) for one in marked.split(",") if one)


def living(char: str) -> tuple[str, ...]:
    """The readings that people use: the most frequent, and a second one where that is alive."""
    return readings(char)[: 2 if char in _READ_IN_TWO_WAYS else 1]


def _numbered(marked: str) -> str:
    tone = "5"
    letters: list[str] = []
    for mark in unicodedata.normalize("NFD", marked):
        if mark in _TONES:
            tone = _TONES[mark]
        elif mark == "\u0308":
            letters[-1] = "v"
        elif mark.isascii():
            letters.append(mark)
    return "".join(letters) + tone


def folded(reading: str) -> str:
    """`hua4` and `fa1` → hua: what the telephone and a small recogniser leave of a syllable."""
    plain = reading[:-1]
    for retroflex, flat in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        plain = plain.replace(retroflex, flat, 1) if plain.startswith(retroflex) else plain
    if len(plain) > 1 and plain[0] == "n" and plain[1] != "g":
        plain = "l" + plain[1:]
    if plain.endswith(("ing", "eng")) or (plain.endswith("ang") and not plain.endswith("iang")):
        plain = plain[:-1]
    return _F_AS_H.get(plain, plain)


def _symbol(syllable: str) -> str:
    return _symbols.setdefault(syllable, chr(_FIRST_SYMBOL + len(_symbols)))


@cache
def symbol(char: str) -> str:
    """The one character that stands for how `char` sounds; `char` itself where it has no reading."""
    found = readings(char)
    return _symbol(folded(found[0])) if found else char


@cache
def symbols_of(char: str) -> str:
    """All characters that may stand for `char` of a phrase, most frequent reading first."""
    return "".join(dict.fromkeys(_symbol(folded(one)) for one in living(char))) or char


def sounds(text: str) -> str:
    """The text as symbols, of the same length."""
    return "".join(map(symbol, text))


@lru_cache(maxsize=65536)
def cost(meant: str, heard: str) -> float:
    """How far apart two characters sound, 0 (the same character) to 1 (nothing in common)."""
    if meant == heard:
        return SAME
    ours, theirs = living(meant), living(heard)
    if set(ours) & set(theirs):
        return SAME_SOUND
    if {one[:-1] for one in ours} & {one[:-1] for one in theirs}:
        return OTHER_TONE
    return CONFUSED if {folded(one) for one in ours} & {folded(one) for one in theirs} else DIFFERENT

"""Hides numbers that identify a person: as digits and as spoken (幺八九零…).

Every masked character is replaced by one `*`, so that a masked text lines up with its words and their times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

MASK = "*"
LONG_DIGITS = 7
"""A number this long or longer is a phone, a card, an account or an identity."""

_VALUES = {
    **{chr(first + d): str(d) for first in (ord("0"), 0xFF10) for d in range(10)},
    **dict(zip("零一二三四五六七八九", "0123456789", strict=True)),
    **dict(zip("〇○幺", "001", strict=True)),
    # What recognisers write for 幺; a digit only among digits, see _GROUP.
    **dict.fromkeys("妖腰吆夭要", "1"),
}
_ALIKE = str.maketrans(_VALUES)
_DIGIT = r"0-9\uff10-\uff19零〇○一二三四五六七八九幺"
_GROUP = re.compile(rf"[{_DIGIT}](?:[{_DIGIT}妖腰吆夭要]*[{_DIGIT}])?|[妖腰吆夭要][{_DIGIT}]{{2,}}")
_JOINT = re.compile(r"[\s\-‐‑–—·_]{0,3}")
"""Between the parts of one number when it is written."""
_BREATH = re.compile(r"[\s,\uff0c、。;\uff1b.\uff0e…嗯呃额啊哦哎妖腰吆夭要-]{1,4}")
"""Between the parts of one number when it is dictated."""
_MOBILE = re.compile(r"1[3-9]\d")
_UNIT = re.compile(
    r"\s*(?:元|块|毛|兆|[gGmMkK](?![a-z])|分|小?时|天|日|月|年|个|次|条|折|岁|点|百|千|万|十|%|\uff05|通|页|位|档)"
)
_SECRET = re.compile(r"验证码|校验码|动态码|确认码|密码|身份证|证件号|尾号|后[三四五六3-6]位|末[四4]位|卡号|账号|户号")
_SECRET_REACH = 16
"""Characters after such a word in which a short number is taken for the secret itself."""
_SECRET_TURNS = 2
_REPEATED = 4
"""A number this long that is hidden once is hidden wherever it is said again without a unit."""
_SERVICE_NUMBER = re.compile(r"1000\d|1001\d|10086|10099|11[0249]|1[12]\d{3}|9[56]\d{3}|400\d{7}|800\d{7}")
_HOUSE = rf"[{_DIGIT}十百]{{1,6}}"
_ADDRESS = re.compile(
    rf"(?<=[路街道巷弄村区苑园里])(?:{_HOUSE}(?:号|弄|栋|幢|座))"
    rf"|{_HOUSE}(?:号楼|栋|幢|单元|号院)(?:\s*[,\uff0c]?\s*{_HOUSE}(?:室|号|户)?)?"
    rf"|[{_DIGIT}十百]{{2,6}}室"
)
_SPOKEN = re.compile(r"\w")
_ANY_DIGIT = re.compile(f"[{_DIGIT}十]")


class _Number(NamedTuple):
    start: int
    end: int
    groups: tuple[str, ...]

    @property
    def digits(self) -> str:
        return "".join(self.groups)


def digits_alike(text: str) -> str:
    """The text with every digit as 0 to 9, however it was written or spoken; same length."""
    return text.translate(_ALIKE)


def has_unit(text: str, end: int) -> bool:
    """Whether what ends there is so many of something: 三百|元."""
    return _UNIT.match(text, end) is not None


def mask(text: str) -> str:
    """One text by itself; same length."""
    return mask_turns((text,))[0]


def mask_turns(texts: Sequence[str]) -> tuple[str, ...]:
    """The turns of a call, in order: a number dictated over several turns and the answer to 请说验证码 are hidden too."""
    hidden: list[set[int]] = [set() for _ in texts]
    with_digits = [_ANY_DIGIT.search(text) is not None for text in texts]
    if not any(with_digits):
        return tuple(texts)
    numbers = [tuple(_numbers(text)) if has else () for text, has in zip(texts, with_digits, strict=True)]
    asked = -_SECRET_TURNS - 1
    for i, text in enumerate(texts):
        if with_digits[i]:
            for start, end in _long(text, numbers[i]):
                hidden[i].update(range(start, end))
            for found in _ADDRESS.finditer(text):
                hidden[i].update(range(*found.span()))
        secrets = tuple(_SECRET.finditer(text))
        for number in numbers[i]:
            near = any(0 <= number.start - word.end() <= _SECRET_REACH for word in secrets)
            if (near or i - asked <= _SECRET_TURNS) and _is_secret(text, number):
                hidden[i].update(range(number.start, number.end))
        if secrets:
            asked = i
    for i in _dictated_over_turns(texts, numbers):
        for number in numbers[i]:
            hidden[i].update(range(number.start, number.end))
    for i, number in _said_again(texts, numbers, hidden):
        hidden[i].update(range(number.start, number.end))
    return tuple(_hide(text, where) for text, where in zip(texts, hidden, strict=True))


def _said_again(
    texts: Sequence[str], numbers: Sequence[Sequence[_Number]], hidden: Sequence[set[int]]
) -> list[tuple[int, _Number]]:
    said = [(i, number) for i, here in enumerate(numbers) for number in here if len(number.digits) >= _REPEATED]
    known = {number.digits for i, number in said if number.start in hidden[i]}
    return [(i, number) for i, number in said if number.digits in known and _is_secret(texts[i], number)]


def _hide(text: str, where: set[int]) -> str:
    if not where:
        return text
    return "".join(
        MASK if i in where and (char in _VALUES or char in "十百xX\uff38") else char for i, char in enumerate(text)
    )


def _numbers(text: str) -> Iterator[_Number]:
    """Digits that stand together, written with spaces or hyphens or not."""
    start = end = -1
    groups: list[str] = []
    for found in _GROUP.finditer(text):
        if groups and not _JOINT.fullmatch(text, end, found.start()):
            yield _Number(start, end, tuple(groups))
            groups = []
        if not groups:
            start = found.start()
        groups.append("".join(_VALUES[char] for char in found.group()))
        end = found.end()
    if groups:
        yield _Number(start, end, tuple(groups))


def _long(text: str, numbers: Sequence[_Number]) -> Iterator[tuple[int, int]]:
    chain: list[_Number] = []
    for number in (*numbers, None):
        if number is not None and (not chain or _BREATH.fullmatch(text, chain[-1].end, number.start)):
            chain.append(number)
            continue
        for one in chain:
            if len(one.digits) >= LONG_DIGITS:
                # The last place of an identity number may be an X.
                tail = 1 if len(one.digits) >= 15 and text[one.end : one.end + 1] in ("x", "X", "\uff38") else 0
                yield one.start, one.end + tail
        if len(chain) > 1 and _is_dictated([one.digits for one in chain]):
            yield chain[0].start, chain[-1].end
        for before, after in pairwise(chain):
            # The rest of a number after a breath.
            if len(before.digits) >= LONG_DIGITS and len(after.digits) > 1 and not _UNIT.match(text, after.end):
                yield before.end, after.end
        chain = [] if number is None else [number]


def _is_dictated(groups: Sequence[str]) -> bool:
    """One number said in parts, and not a row of prices: 19、29、39、59."""
    digits = "".join(groups)
    sizes = [len(group) for group in groups]
    if len(digits) < LONG_DIGITS:
        return False
    return (
        max(sizes) == 1
        or (sizes[0] >= 3 and digits[0] == "0")
        or (_MOBILE.match(groups[0]) is not None and sizes[0] == 3 and (4 in sizes or len(digits) == 11))
        or (len(digits) >= 15 and (sizes[0] >= 6 or set(sizes[:-1]) == {4}))
    )


def _is_secret(text: str, number: _Number) -> bool:
    return (
        len(number.digits) >= 3
        and not _SERVICE_NUMBER.fullmatch(number.digits)
        and not _UNIT.match(text, number.end)
        and (len(number.digits) >= 4 or len(number.groups) > 1 or "后三位" in text)
    )


def _dictated_over_turns(texts: Sequence[str], numbers: Sequence[Sequence[_Number]]) -> Iterator[int]:
    """Turns that are little more than digits, next to each other, with seven or more in all."""
    chain: list[int] = []
    digits = gap = 0
    for i, text in enumerate((*texts, "")):
        here = sum(len(number.digits) for number in numbers[i]) if i < len(texts) else 0
        spoken = len(_SPOKEN.findall(text)) if here or chain else 0
        if here >= 2 and here >= 0.6 * spoken:
            chain.append(i)
            digits += here
            gap = 0
            continue
        gap += 1
        if i < len(texts) and chain and spoken <= 4 and gap <= 1:
            continue
        if len(chain) > 1 and digits >= LONG_DIGITS:
            yield from chain
        chain, digits, gap = [], 0, 0

"""Finds text that a recogniser made up: subtitles' credits and loops.

The credits are what Whisper learnt from Chinese web video and says to silence and music (faster-whisper issue 127;
"Careless Whisper", arXiv 2402.08021; "bag of hallucinations", arXiv 2501.11378). None can occur in a service call by
itself, so they are looked for as whole phrases and not as words: 订阅 and 点赞 alone are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.hanzi import spoken
from qa.model import Word

_CREDITS = re.compile(
    r"(?:中文)?字幕(?:由)?(?:amara|志愿者|社区|[a-z]+)\w{0,12}(?:提供|制作|校对|组)?"
    r"|(?:中文)?字幕(?:提供|制作|校对|志愿者)"
    r"|amara\w{0,4}org(?:社区)?(?:提供)?"
    r"|请?(?:不吝)?点赞(?:加)?订阅(?:转发)?(?:打赏)?(?:支持)?(?:明镜)?(?:与|和)?(?:点点)?(?:栏目)?"
    r"|打赏支持(?:明镜)?(?:与|和)?(?:点点)?(?:栏目)?|明镜(?:与|和)点点(?:栏目)?|明镜需要您的支持"
    r"|由?索兰娅|作词作曲?\w{0,4}编曲\w{0,4}|词曲李宗盛|李宗盛词曲"
    r"|优优独播剧场|yoyotelevisionseriesexclusive"
    r"|(?:感谢|谢谢)(?:大家)?(?:的)?(?:观看|收看|收听)(?:本期|我的)?(?:视频|节目)?"
    r"|(?:请|欢迎|记得)(?:大家)?(?:订阅|关注)(?:我|我们|本)的?频道"
    r"|下(?:期|集)(?:视频|节目)?再见"
    r"|以下是普通话的句子"
)
_LOOP_TIMES = 4
"""The same phrase this often in a row is a loop; people say 好好好 and 对对对 three times."""
_SHORT_LOOP_TIMES = 6
"""For a single syllable: 零零零零 is a number."""
_LONGEST_UNIT = 24


def invented(words: Sequence[Word]) -> list[tuple[slice, str]]:
    """Slices of `words` that nobody said, each with its reason (hallucination or loop), in order, disjoint."""
    found = [(part, "hallucination") for part in _credits(words)]
    found += [(part, "loop") for part in _loops(words)]
    found.sort(key=lambda item: item[0].start)
    apart: list[tuple[slice, str]] = []
    for part, reason in found:
        if not apart or part.start >= apart[-1][0].stop:
            apart.append((part, reason))
    return apart


def _credits(words: Sequence[Word]) -> list[slice]:
    text, owner = _letters(words)
    return [slice(owner[m.start()], owner[m.end() - 1] + 1) for m in _CREDITS.finditer(text) if m.end() > m.start()]


def _loops(words: Sequence[Word]) -> list[slice]:
    """All but the first saying of a phrase that is repeated at once, again and again."""
    text, owner = _letters(words)
    found = []
    at = 0
    while at < len(text):
        run = _longest_run(text, at)
        if run is None:
            at += 1
            continue
        unit, end = run
        first = owner[at + unit - 1] + 1
        last = owner[end - 1] + 1
        if last > first:
            found.append(slice(first, last))
        at = end
    return found


def _longest_run(text: str, at: int) -> tuple[int, int] | None:
    """(length of the repeated unit, end of the run) of a loop that starts at `at`."""
    for unit in range(1, min(_LONGEST_UNIT, (len(text) - at) // 2) + 1):
        end = at + unit
        while text[end : end + unit] == text[at : at + unit]:
            end += unit
        times = (end - at) // unit
        enough = _SHORT_LOOP_TIMES if unit == 1 else _LOOP_TIMES if unit <= 4 else 3
        if times >= enough:
            return unit, end
    return None


def _letters(words: Sequence[Word]) -> tuple[str, list[int]]:
    """What is spoken, and for each character the index of its word."""
    text, owner = [], []
    for i, word in enumerate(words):
        for letter in spoken(word.text):
            text.append(letter)
            owner.append(i)
    return "".join(text), owner

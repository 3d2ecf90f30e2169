"""Writes numbers as they were spoken (129元 → 一百二十九元), so that one night's transcripts write them one way.

Whisper writes some numbers in digits and some in hanzi, others' recognisers as they please. What was said are
syllables: they are counted for speech rates, matched against lexicons and masked, so hanzi it is. How a number was read
is not in its digits; what follows tells: amounts are read whole, job and order numbers one by one. 5G and A4 stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from qa.hanzi import fold, read_number
from qa.model import Track, Transcript, Word

_PAUSE_MS = 300
"""Digits this far apart are two numbers."""
_DIGITS = re.compile(r"\d")
_NUMBER = re.compile(r"(?<![a-z\d.])(\d+(?:\.\d+)?)(%)?(?![a-z\d])", re.IGNORECASE)
_COUNTED = "元块角分毛兆个月天日点岁次遍位条张台部套份万亿度折倍家年周秒小"
"""Behind such a word stands an amount, read whole."""
_PAIRS = "个块次天遍位条张台部套份家周倍百千万"
"""两, not 二, before these."""
_CODE_FROM = 3
"""So many digits with no counted thing behind them are a code: 工号 1016, 单号 4047."""


def spelled(transcript: Transcript) -> Transcript:
    """The transcript with its Arabic numbers in hanzi; a number that was cut into words becomes one word."""
    tracks = tuple(_spelled(track) for track in transcript.tracks)
    return msgspec.structs.replace(transcript, tracks=tracks)


def _spelled(track: Track) -> Track:
    if not any(_DIGITS.search(word.text) for word in track.words):
        return track
    joined = list(_joined(track.words))
    words = []
    for i, word in enumerate(joined):
        after = joined[i + 1].text if i + 1 < len(joined) else ""
        text = read(word.text, after) if _DIGITS.search(word.text) else word.text
        words.append(word if text == word.text else msgspec.structs.replace(word, text=text))
    return msgspec.structs.replace(track, words=tuple(words))


def _joined(words: Sequence[Word]) -> Iterator[Word]:
    """Neighbouring words that end and begin in digits made one."""
    waiting: Word | None = None
    for word in words:
        if waiting is None:
            waiting = word
        elif (
            waiting.text[-1:].isdecimal()
            and word.text[:1].isdecimal()
            and word.span.start_ms - waiting.span.end_ms < _PAUSE_MS
        ):
            waiting = msgspec.structs.replace(
                waiting,
                text=waiting.text + word.text,
                span=waiting.span.cover(word.span),
                confidence=min(waiting.confidence, word.confidence),
            )
        else:
            yield waiting
            waiting = word
    if waiting is not None:
        yield waiting


def read(text: str, after: str = "") -> str:
    """`text` with its numbers in hanzi; `after` is what is said next."""

    def one(match: re.Match[str]) -> str:
        number, percent = match.groups()
        follows = fold(text[match.end() :] + after)[:1]
        if percent:
            return "百分之" + read_number(number)
        year = follows == "年" and len(number) == 4
        if number.isdecimal() and (year or (len(number) >= _CODE_FROM and (not follows or follows not in _COUNTED))):
            return "".join(read_number(digit) for digit in number)
        return "两" if number == "2" and follows and follows in _PAIRS else read_number(number)

    # Full-width digits count as digits; nothing else of the text is folded.
    narrow = "".join(fold(c) if c.isdecimal() or c in "．％" else c for c in text)
    return _NUMBER.sub(one, narrow)

"""Writes numbers as they were spoken (129元 → 一百二十九元), so that one night's transcripts write them one way.

Whisper writes some numbers in digits and some in hanzi, others' recognisers as they please. What was said are
syllables: they are counted for speech rates, matched against lexicons and masked, so hanzi it is. How a number was read
is not in its digits; what stands beside it tells: amounts are read whole, job and order numbers one by one. 5G and A4
stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from qa.hanzi import fold, read_number
from qa.model import Track, Transcript, Word

_PAUSE_MS = 300
"""Digits this far apart are two numbers."""
_DIGITS = re.compile(r"\d")
_WRITTEN = (
    r"(?:(?P<grouped>\d{1,3}(?:,\d{3})+(?:\.\d+)?)"
    r"|(?P<hour>\d{1,2})[:：](?P<minute>[0-5]\d)"
    r"|(?:(?P<least>\d{1,3}(?:\.\d+)?)(?P<to>[-~～]))?(?P<number>\d+(?:\.\d+)?)"
    r")(?P<percent>%)?"
)
_WHOLE = re.compile(_WRITTEN + r"(?!\d)")
"""One number, as recognisers cut it into words."""
_NUMBER = re.compile(rf"(?<![a-z\d.]){_WRITTEN}(?![a-z\d]|\.\d)", re.IGNORECASE)
"""One that can be read: no part of 1.5G."""
_LETTER = re.compile("[a-z]", re.IGNORECASE)
_COUNTED = "元块角分毛兆个月天日点岁次遍位条张台部套份万亿度折倍家年周秒小"
"""Behind such a word stands an amount, read whole."""
_RANGED = _COUNTED + "工月"
"""1-2 of these are 一到两; before anything else the dash may stand in an address or a telephone number."""
_PAIRS = re.compile("[个块元次天遍位条张台部套份家周倍百千万亿岁秒点]|分(?!之)|年(?!级)|小时")
"""两, not 二, before these, unless 第 makes it an ordinal."""
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
        before = joined[i - 1].text if i else ""
        after = "".join(other.text for other in joined[i + 1 : i + 3])
        text = read(word.text, after, before) if _DIGITS.search(word.text) else word.text
        words.append(word if text == word.text else msgspec.structs.replace(word, text=text))
    return msgspec.structs.replace(track, words=tuple(words))


def _joined(words: Sequence[Word]) -> Iterator[Word]:
    """Words that one number was cut into made one, which lasts as long as they and is as doubtful as the worst."""
    texts = [_narrow(word.text) for word in words]
    for i, (word, after) in enumerate(pairwise(words)):
        if after.span.start_ms - word.span.end_ms >= _PAUSE_MS:
            # No number goes across a line.
            texts[i] += "\n"
    owners = [i for i, text in enumerate(texts) for _ in text]
    last_of = {owners[match.start()]: owners[match.end() - 1] for match in _WHOLE.finditer("".join(texts))}
    at = 0
    while at < len(words):
        end = at
        while last_of.get(end, end) > end:
            end = last_of[end]
        yield _merged(words[at : end + 1])
        at = end + 1


def _merged(words: Sequence[Word]) -> Word:
    first, *others = words
    if not others:
        return first
    span = first.span
    for word in others:
        span = span.cover(word.span)
    confidence = min(word.confidence for word in words)
    return msgspec.structs.replace(first, text="".join(word.text for word in words), span=span, confidence=confidence)


def _narrow(text: str) -> str:
    """Full-width digits count as digits; nothing else of the text is folded."""
    return "".join(fold(c) if c.isdecimal() or c in "．％" else c for c in text)


def read(text: str, after: str = "", before: str = "") -> str:
    """`text` with its numbers in hanzi; `after` is what is said next, `before` what was said last."""
    narrow = _narrow(text)

    def one(match: re.Match[str]) -> str:
        follows = fold(narrow[match.end() :] + after)[:2]
        ordinal = (before + narrow[: match.start()]).endswith("第")
        if match.end() == len(narrow) and _LETTER.match(after):
            return match.group()
        if match["hour"]:
            return _clock(match["hour"], match["minute"]) + ("%" if match["percent"] else "")
        number = match["number"]
        percent = "百分之" if match["percent"] else ""
        if match["grouped"]:
            return percent + read_number(match["grouped"].replace(",", ""))
        if not match["least"]:
            return percent + (read_number(number) if percent else _one(number, follows, ordinal))
        if percent or (follows and follows[0] in _RANGED):
            least, most = (read_number(n) if percent else _one(n, follows, ordinal) for n in (match["least"], number))
            return f"{percent}{least}到{most}"
        return _one(match["least"], "", ordinal) + match["to"] + _one(number, follows, ordinal=False)

    return _NUMBER.sub(one, narrow)


def _one(number: str, follows: str, ordinal: bool) -> str:
    year = follows.startswith("年") and len(number) == 4
    amount = follows and follows[0] in _COUNTED
    if number.isdecimal() and (year or (len(number) >= _CODE_FROM and not amount)):
        return "".join(read_number(digit) for digit in number)
    return "两" if number == "2" and not ordinal and _PAIRS.match(follows) else read_number(number)


def _clock(hour: str, minute: str) -> str:
    read = "两" if int(hour) == 2 else read_number(str(int(hour)))
    return f"{read}点{'' if minute == '00' else read_number(minute)}"

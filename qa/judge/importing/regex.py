"""Turns a regular expression, as people write them for call transcripts, into a phrase of our language."""

from __future__ import annotations

import re

from qa.judge.importing.fields import NotCarried
from qa.judge.pattern import PatternError, normal, parse

LONGEST_GAP = 40
"""What `.*` becomes: about one sentence."""
MOST_REPEATS = 3
_COUNT = re.compile(r"\{(\d*)(,?)(\d*)\}")
_OURS = re.compile(r"[()\[\]|^$…【】（）｜［］]")
_CLASSES = {"d": "0123456789零一二三四五六七八九幺"}


def keyword(text: str) -> str:
    """A keyword as a phrase: what has a meaning in our language and is never spoken is left out."""
    plain = _OURS.sub("", text.replace("...", ""))
    return _proved(plain, text)


def pattern_of(regex: str) -> str:
    """Raises NotCarried for what has no counterpart: look-around, back references, ranges of letters."""
    reading = _Reading(regex)
    return _proved(_trimmed(reading.branches("")), regex)


def _proved(pattern: str, source: str) -> str:
    try:
        parse(pattern)
    except PatternError as error:
        raise NotCarried(f"“{source}”不能写成说法：{error}") from None
    return pattern


def _trimmed(pattern: str) -> str:
    """Gaps at the ends say nothing: `.*甲.*` is 甲. A choice at the top stands in brackets."""
    pattern = re.sub(r"^…\d+|…\d+$", "", pattern)
    return f"({pattern})" if _splits(pattern) else pattern


def _splits(pattern: str) -> bool:
    depth = 0
    for char in pattern:
        depth += (char in "([") - (char in ")]")
        if char == "|" and not depth:
            return True
    return False


class _Reading:
    """One pass over the expression."""

    def __init__(self, regex: str) -> None:
        self.regex = regex
        self.at = 0

    def branches(self, close: str) -> str:
        options = [self._sequence(close)]
        while self._next("|"):
            options.append(self._sequence(close))
        said = [_trimmed(option) if len(options) > 1 else option for option in options]
        if "" in said and any(said):
            return f"[{'|'.join(one for one in said if one)}]"
        return "|".join(said)

    def _sequence(self, close: str) -> str:
        pieces: list[str] = []
        while self.at < len(self.regex) and self.regex[self.at] not in ("|", close):
            piece = self._piece()
            if piece.startswith("…") and pieces and pieces[-1].startswith("…"):
                # Two gaps in a row are one long one.
                piece = f"…{int(pieces.pop()[1:]) + int(piece[1:])}"
            pieces.append(piece)
        return "".join(pieces)

    def _piece(self) -> str:
        char = self.regex[self.at]
        self.at += 1
        if char == ")":
            raise NotCarried(f"正则“{self.regex}”里的“)”没有对应的左括号")
        if char == ".":
            return self._gap()
        if char == "(":
            return self._repeated(self._group())
        if char == "[":
            return self._repeated(self._set())
        if char in "^$":
            return char
        if char == "\\":
            char = self._escaped()
        elif char in "*+?{":
            raise NotCarried(f"正则“{self.regex}”里的“{char}”前面没有东西")
        return self._repeated(char if len(char) > 1 or not _OURS.match(char) else "")

    def _group(self) -> str:
        if self._next("?") and not self._next(":"):
            raise NotCarried(f"正则“{self.regex}”用了环视或命名分组，说法里没有")
        inside = self.branches(")")
        if not self._next(")"):
            raise NotCarried(f"正则“{self.regex}”少了一个“)”")
        return inside if inside.startswith("[") and not _splits(inside) else f"({inside})"

    def _set(self) -> str:
        end = self.regex.find("]", self.at + 1)
        inside = self.regex[self.at : end]
        if end < 0 or inside.startswith("^") or re.search(r"\w-\w", inside):
            raise NotCarried(f"正则“{self.regex}”里的字符范围说法里没有")
        self.at = end + 1
        # Inside a set, people write | between the characters; punctuation is never spoken.
        chars = dict.fromkeys(char for char in inside.replace("\\", "") if normal(char))
        return f"({'|'.join(chars)})" if chars else ""

    def _escaped(self) -> str:
        if self.at >= len(self.regex):
            raise NotCarried(f"正则“{self.regex}”以“\\”结尾")
        char = self.regex[self.at]
        self.at += 1
        if char in _CLASSES:
            return f"({'|'.join(_CLASSES[char])})"
        if char.isalnum():
            if char == "s":
                return ""
            raise NotCarried(f"正则“{self.regex}”里的“\\{char}”说法里没有")
        return char if normal(char) else ""

    def _gap(self) -> str:
        _, most = self._count()
        return f"…{LONGEST_GAP if most is None else min(most, LONGEST_GAP)}"

    def _repeated(self, piece: str) -> str:
        least, most = self._count()
        if not piece:
            return ""
        if most is None or most > MOST_REPEATS:
            most = max(least, 1)
        body = piece if piece.startswith(("(", "[")) else f"({piece})" if len(piece) > 1 else piece
        optional = f"[{piece[1:-1]}]" if piece.startswith("(") else body if piece.startswith("[") else f"[{piece}]"
        return body * least + optional * (most - least)

    def _count(self) -> tuple[int, int | None]:
        """(least, most); most None: as often as one likes. A lazy or possessive mark says nothing here."""
        counts: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        found = _COUNT.match(self.regex, self.at)
        if found is not None:
            self.at = found.end()
            least = int(found[1] or 0)
            result: tuple[int, int | None] = (least, int(found[3]) if found[3] else None if found[2] else least)
        elif self.at < len(self.regex) and self.regex[self.at] in counts:
            result = counts[self.regex[self.at]]
            self.at += 1
        else:
            return 1, 1
        if self.at < len(self.regex) and self.regex[self.at] in "?+":
            self.at += 1
        return result

    def _next(self, char: str) -> bool:
        if self.regex[self.at : self.at + 1] == char:
            self.at += 1
            return True
        return False

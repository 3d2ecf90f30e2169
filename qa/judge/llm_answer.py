"""Reads a chat model's answer strictly and finds its quote in the call; what can't be found does not count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec

from qa.judge.llm_client import Unreadable
from qa.judge.view import Exchange, View
from qa.masking import MASK
from qa.model import Word

SHORTEST_QUOTE = 4
"""Characters: 好的 is in every call and proves nothing. A turn that is shorter may be quoted as a whole."""
LONGEST_REASON = 60
_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_LEFT_OUT = re.compile(r"…+|\.{3,}|。{3,}|⋯+")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")


class Answer(msgspec.Struct, frozen=True):
    violated: bool
    turn: int | None = None
    quote: str | None = None
    reason: str | None = None


class Found(NamedTuple):
    """Where a quote stands: the words that it covers."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return "".join(word.text for word in self.words)


def read_answer(text: str) -> Answer:
    """One JSON object, in a code fence or after a thought or not. Raises `Unreadable`."""
    text = _THOUGHT.sub("", text)
    first, last = text.find("{"), text.rfind("}")
    try:
        return msgspec.json.decode(text[first : last + 1] if first >= 0 else text, type=Answer)
    except (msgspec.DecodeError, UnicodeError):
        raise Unreadable("不是要求的 JSON") from None


def plain(text: str, longest: int = LONGEST_REASON) -> str:
    """A model's words as a card may show them: one line, nothing invisible, not too long."""
    text = _UNSEEN.sub(" ", text).strip()
    return text if len(text) <= longest else text[: longest - 1] + "…"


def locate(quote: str, exchange: Exchange, view: View, texts: Sequence[str]) -> Found | None:
    """The quote in what was shown of that exchange, punctuation, width and case aside; None where it isn't there.

    What the quote leaves out (…) may be left out, but its parts must follow each other as they were said.
    """
    letters: list[str] = []
    owners: list[Word] = []
    for index in exchange.turns:
        place = 0
        for word in view.turns[index].words:
            for char in texts[index][place : place + len(word.text)]:
                for letter in _letters(char):
                    letters.append(letter)
                    owners.append(word)
            place += len(word.text)
    said = "".join(letters)
    parts = [part for part in ("".join(_letters(piece)) for piece in _LEFT_OUT.split(quote)) if part]
    # What is masked proves nothing either: every number looks alike.
    shown = [len(part) - part.count(MASK) for part in parts]
    if not parts or not (min(shown) >= SHORTEST_QUOTE or (parts == [said] and shown[0])):
        return None
    start = end = -1
    for part in parts:
        at = said.find(part, max(end, 0))
        if at < 0:
            return None
        start = at if start < 0 else start
        end = at + len(part)
    covered = owners[start:end]
    return Found((covered[0], *(after for before, after in pairwise(covered) if after is not before)))


def _letters(text: str) -> list[str]:
    """What is spoken of it: letters, hanzi, digits, and masks."""
    return [char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum() or char == MASK]

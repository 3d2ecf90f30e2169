"""Gives times to words that came without: spread over their turn by syllables."""

from __future__ import annotations

import re

from qa.hanzi import spoken, syllables
from qa.model import Word
from qa.span import Span

_TOKEN = re.compile(r"\d+(?:\.\d+)?|[A-Za-z]+|\s+|.", re.DOTALL)


def words_of(text: str, span: Span, confidence: float = 1.0) -> tuple[Word, ...]:
    """One word for each hanzi, number or Latin word, in equal time for each syllable; () where nothing is spoken.

    Punctuation and spaces hang on the word before (at the very start: on the word after), so that the texts of all
    words joined are `text` without its outer blanks.
    """
    tokens: list[str] = []
    opening = ""
    for token in _TOKEN.findall(text.strip()):
        if spoken(token):
            tokens.append(opening + token)
            opening = ""
        elif tokens:
            tokens[-1] += token
        else:
            opening += token
    weights = [max(1, syllables(token)) for token in tokens]
    whole, before = sum(weights), 0
    words = []
    for token, weight in zip(tokens, weights, strict=True):
        start = span.start_ms + span.duration_ms * before // whole
        before += weight
        words.append(Word(token, Span(start, span.start_ms + span.duration_ms * before // whole), confidence))
    return tuple(words)

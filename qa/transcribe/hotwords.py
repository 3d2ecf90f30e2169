"""Writes the trade's own terms as the trade does where the sound was heard right and the characters were not.

话飞 → 话费, 营业听 → 营业厅. Hotwords are not given to the recogniser as a prompt: measured on the labelled calls, four
terms as a prompt made Whisper base drop whole turns (13.2 → 16.9 % of characters wrong), and a prompt can leak. Here
a term can only replace characters that sound the same without tone, so it can put nothing where nothing was said.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from qa.model import Word
from qa.span import Span


class _Letter(msgspec.Struct):
    text: str
    word: int


def correct(words: Sequence[Word], hotwords: Sequence[str]) -> tuple[Word, ...]:
    """The same words, spans and confidences; letters that sound like a hotword of two or more become it."""
    terms = sorted({term.strip() for term in hotwords if _is_hanzi(term.strip())}, key=lambda term: (-len(term), term))
    if not terms or not words:
        return tuple(words)
    letters = [_Letter(c, i) for i, word in enumerate(words) for c in word.text]
    spoken = [letter for letter in letters if letter.text.isalnum()]
    sounds = _sounds("".join(letter.text for letter in spoken))
    fixed = [False] * len(spoken)
    for term in terms:
        wanted = _sounds(term)
        for at in range(len(spoken) - len(term) + 1):
            if sounds[at : at + len(term)] != wanted or any(fixed[at : at + len(term)]):
                continue
            if not _together(words, spoken[at : at + len(term)]):
                continue
            for i, written in enumerate(term):
                spoken[at + i].text = written
                fixed[at + i] = True
    texts = [""] * len(words)
    for letter in letters:
        texts[letter.word] += letter.text
    return tuple(Word(text, word.span, word.confidence) for text, word in zip(texts, words, strict=True))


def _together(words: Sequence[Word], letters: Sequence[_Letter]) -> bool:
    """A term is said in one breath."""
    spans: list[Span] = [words[letter.word].span for letter in letters]
    return all(b.start_ms - a.end_ms < 300 for a, b in pairwise(spans))


def _sounds(text: str) -> list[str]:
    """One toneless syllable for each character, without looking at its neighbours: 重 is always the same."""
    from pypinyin import Style, pinyin

    return [pinyin(c, style=Style.NORMAL)[0][0] for c in text]


def _is_hanzi(term: str) -> bool:
    return len(term) >= 2 and all("\u4e00" <= c <= "\u9fff" for c in term)

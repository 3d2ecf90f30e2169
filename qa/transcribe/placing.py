"""Puts decoded words into the speech they were spoken in, and says which speech is left without words.

Alignment by attention is good to a tenth of a second inside a phrase and poor at its ends: it lets a word last through
the pause behind it. Voice activity knows the ends. So a word belongs to the speech it overlaps most, is clipped to it,
and the first and last words of a stretch begin and end where the stretch does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from qa.hanzi import syllables
from qa.model import Word
from qa.span import Span, merge, subtract

SNAP_MS = 400
"""A first or last word this near to the bound of its speech reaches it."""
STRAY_MS = 500
"""A word this far from any speech was not spoken."""
UNHEARD_MS = 500
"""Speech without words counts from this length: shorter is a breath or a 嗯."""
_BREATH_MS = 350
_LEAST_MS = 20
_LONGEST_SYLLABLE_MS = 700
"""Of one syllable, as far as coverage goes: a word that lasts longer hides speech that was lost."""


def place(words: Sequence[Word], speech: Sequence[Span]) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """(words inside `speech`, words that lie nowhere near it). `speech` is sorted and disjoint; words keep their order."""
    starts = [span.start_ms for span in speech]
    groups: dict[int, list[Word]] = {}
    stray: list[Word] = []
    least = 0
    for word in words:
        at = _speech_of(word.span, speech, starts, least)
        if at is None:
            stray.append(word)
        else:
            groups.setdefault(at, []).append(word)
            least = at
    placed: list[Word] = []
    for at, group in groups.items():
        fitted = _fit(group, speech[at])
        if at + 1 < len(speech) and at + 1 not in groups:
            fitted[-1] = _reach(fitted[-1], speech[at], speech[at + 1])
        placed.extend(fitted)
    return tuple(placed), tuple(stray)


def _speech_of(span: Span, speech: Sequence[Span], starts: Sequence[int], least: int) -> int | None:
    """Index of the speech that holds most of `span`, or the nearest within reach; never before `least`."""
    best, best_ms, nearest, nearest_ms = None, 0, None, STRAY_MS + 1
    for i in range(max(bisect_right(starts, span.start_ms) - 1, least), len(speech)):
        there = speech[i]
        both = there.intersect(span)
        if both and both.duration_ms > best_ms:
            best, best_ms = i, both.duration_ms
        away = max(there.start_ms - span.end_ms, span.start_ms - there.end_ms, 0)
        if away < nearest_ms:
            nearest, nearest_ms = i, away
        if there.start_ms > span.end_ms + STRAY_MS:
            break
    return nearest if best is None else best


def _fit(words: Sequence[Word], speech: Span) -> list[Word]:
    fitted: list[Word] = []
    cursor = speech.start_ms
    for i, word in enumerate(words):
        left = len(words) - i
        start = min(max(word.span.start_ms, cursor), max(cursor, speech.end_ms - left * _LEAST_MS))
        end = min(max(word.span.end_ms, start + _LEAST_MS), speech.end_ms)
        if i == 0 and (start - speech.start_ms <= SNAP_MS or end - speech.start_ms <= longest_ms(word)):
            start = speech.start_ms
        if left == 1 and (speech.end_ms - end <= SNAP_MS or speech.end_ms - start <= longest_ms(word)):
            end = speech.end_ms
        start = min(start, speech.end_ms - 1)
        fitted.append(Word(word.text, Span(start, max(end, start + 1)), word.confidence))
        cursor = end
    return fitted


def _reach(word: Word, speech: Span, after: Span) -> Word:
    """A slow 您好 with a breath between its syllables lasts to the end of the second."""
    near = (
        syllables(word.text) > 1 and word.span.end_ms == speech.end_ms and after.start_ms - speech.end_ms <= _BREATH_MS
    )
    if near and after.end_ms - word.span.start_ms <= longest_ms(word):
        return Word(word.text, Span(word.span.start_ms, after.end_ms), word.confidence)
    return word


def longest_ms(word: Word) -> int:
    """As long as the word's syllables can last."""
    return _LONGEST_SYLLABLE_MS * max(1, syllables(word.text))


def unheard(speech: Iterable[Span], words: Iterable[Word]) -> tuple[Span, ...]:
    """Speech of `UNHEARD_MS` and more that no word accounts for."""
    covered = [Span(w.span.start_ms, min(w.span.end_ms, w.span.start_ms + longest_ms(w))) for w in words]
    return tuple(span for span in subtract(speech, merge(covered, gap_ms=100)) if span.duration_ms >= UNHEARD_MS)


def wordless(speech: Iterable[Span], words: Iterable[Word], least_ms: int) -> tuple[Span, ...]:
    """Whole stretches of speech, at least so long, in which no word was heard: 嗯, 好, 是 and 没有 live there."""
    heard = merge(word.span for word in words)
    return tuple(s for s in speech if s.duration_ms >= least_ms and not any(s.overlaps(span) for span in heard))

"""Says where the recogniser wavered: which other text stood second for which words.

Beam search ends with five texts for a window and takes the first; the others cost nothing. Measured with the embedded
base model, the lexicons' phrases that were said and do not stand in the best text: on the sixteen labelled calls 66 of
399, of which another text has 16 to the letter; on 36 channels of other calls 100 of 493, 10. The other way round, where a
phrase stands in another text only, it was said 23 times out of 29. Not evidence by itself, then, but good support for a
near match.

What tells best is not kept here, because it needs the sound: asking the model how likely it finds the window's text with
the phrase put in (teacher forcing, `align`). 773 near matches, 72 of them said: area under the curve 0.97, against 0.91
for phonetic distance and 0.98 for both; a loss of less than 6 nats keeps 64 of the 72 and 14 of the 701 others, most of these
said in nearly these words. It costs one encoder window for each place.
"""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from qa.hanzi import spoken
from qa.model import Alternative, Word
from qa.span import Span
from qa.transcribe.simplified import simplify

WIDEST_GAP = 3.0
"""In nats: a text that is twenty times less likely was hardly considered."""
LONGEST = 12
"""Characters of one alternative: more than that is another sentence, or a loop."""
_NEAR = 1
"""Differences with so few equal characters between them are one."""


def alternatives(words: Sequence[Word], others: Sequence[tuple[str, float]]) -> tuple[Alternative, ...]:
    """Where `others` (texts of the same window, each with its gap in nats) differ from `words`, in order, each once."""
    owner = [i for i, word in enumerate(words) for _ in spoken(word.text)]
    letters = "".join(spoken(word.text) for word in words)
    found: dict[tuple[int, int, str], float] = {}
    for text, gap in others:
        if not letters or gap > WIDEST_GAP:
            continue
        other = spoken(simplify(text))
        for start, end, there, there_end in _differences(letters, other):
            first, last = owner[start], owner[end - 1]
            before = owner.index(first)
            after = len(owner) - owner[::-1].index(last)
            instead = letters[before:start] + other[there:there_end] + letters[end:after]
            if len(instead) <= LONGEST and after - before <= LONGEST and instead != letters[before:after]:
                place = (first, last + 1, instead)
                found[place] = min(gap, found.get(place, gap))
    return tuple(
        Alternative(
            Span(words[first].span.start_ms, words[end - 1].span.end_ms),
            "".join(spoken(word.text) for word in words[first:end]),
            text,
            round(gap, 2),
        )
        for (first, end, text), gap in sorted(found.items(), key=lambda item: (item[0][:2], item[1], item[0][2]))
    )


def standing(found: Sequence[Alternative], words: Sequence[Word]) -> tuple[Alternative, ...]:
    """Those whose words are still there: a second hearing replaces words, and what was an alternative to them."""
    at = {word.span.start_ms: i for i, word in reversed(list(enumerate(words)))}
    kept = []
    for one in found:
        first = at.get(one.span.start_ms)
        said = ""
        for word in words[first:] if first is not None else ():
            if len(said) >= len(one.heard):
                break
            said += spoken(word.text)
        if said == one.heard:
            kept.append(one)
    return tuple(kept)


def in_place(found: Sequence[Alternative], words: Sequence[Word]) -> tuple[Alternative, ...]:
    """The same after hotwords and numbers were written in, or words were given to another track.

    What stands there may read otherwise since; it begins and ends where it did and has as many syllables.
    """
    if not found:
        return ()
    at = {word.span.start_ms: i for i, word in reversed(list(enumerate(words)))}
    kept = []
    for one in found:
        length = 0
        for word in words[at.get(one.span.start_ms, len(words)) :]:
            length += len(spoken(word.text))
            if length >= len(one.heard):
                if length == len(one.heard) and word.span.end_ms == one.span.end_ms:
                    kept.append(one)
                break
    return tuple(kept)


def _differences(text: str, other: str) -> list[tuple[int, int, int, int]]:
    """(start, end) in `text`, never empty, and (start, end) of what stands there in `other`."""
    found: list[tuple[int, int, int, int]] = []
    for step in Levenshtein.opcodes(text, other):
        if step.tag == "equal":
            continue
        here = (step.src_start, step.src_end, step.dest_start, step.dest_end)
        if found and here[0] - found[-1][1] <= _NEAR:
            here = (found[-1][0], here[1], found[-1][2], here[3])
            found.pop()
        found.append(here)
    return [_with_something(*one, len(text), len(other)) for one in found]


def _with_something(
    start: int, end: int, there: int, there_end: int, size: int, other: int
) -> tuple[int, int, int, int]:
    """A syllable put in stands for itself and its neighbour."""
    if start < end:
        return start, end, there, there_end
    if start:
        return start - 1, end, max(0, there - 1), there_end
    return start, min(size, end + 1), there, min(other, there_end + 1)

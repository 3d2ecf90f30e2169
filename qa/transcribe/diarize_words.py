"""Gives words and speech of one mixed track to the voices that said them: first by time, then by sense.

Diarization hears in windows of a second and a half, so its changes come up to a second late or early and short
answers drown in their surroundings. What was said knows better: people change at ends of sentences and in pauses, and
whoever asks a question seldom answers it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from qa.hanzi import spoken
from qa.model import Track, Word
from qa.span import Span, common, merge
from qa.transcribe.alternatives import standing

NEAR_MS = 800
"""A change of voice may be moved this far to where it makes sense: half of diarization's window."""
SLIP_MS = 450
"""A single voice inside another's sentence for less than this is diarization's mistake."""
ANSWER_MS = 1500
ANSWER_GAP_MS = 4000
"""An answer comes this soon after its question."""
PAUSE_MS = 250
"""Who speaks on without such a pause is the same person."""
_LONGEST_WORD_MS = 600
_SENTENCE_END = tuple("。？！?!")
_CLAUSE_END = tuple("，,、；;：:")
_ASKS = re.compile(r"(?:吗|么|呢|好不好|是不是|对不对|可不可以|行不行|多少|什么|几号|贵姓)[。，,.]?$|[?？]$")
_ANSWER = re.compile(
    r"嗯|嗯嗯|对|对的|对对|是|是的|是啊|没错|没有|没有了|没了|没有没有|不用|不用了|不是|有|有的|可以|行|要|不要|不需要"
)


class VoiceSpan(NamedTuple):
    """One stretch of one unnamed voice."""

    voice: int
    span: Span


def by_voice(track: Track, voices: Sequence[VoiceSpan]) -> tuple[Track, ...]:
    """A track for each voice that has speech or words, labelled `voice 1` …, in the order in which they first speak.

    `voices`: disjoint, in time order, at least one.
    """
    words = sorted(track.words, key=lambda word: word.span.start_ms)
    owners = owners_of(words, voices)
    points = sorted(
        [*((heard(word), owner) for word, owner in zip(words, owners, strict=True)), *_wordless(words, voices)]
    )
    speech = _shared_out(track.speech, points)
    unheard = _shared_out(track.unheard, points)
    present = [v for v in dict.fromkeys(owner for _, owner in points) if v in owners or speech.get(v)]
    said = {
        voice: tuple(word for word, owner in zip(words, owners, strict=True) if owner == voice) for voice in present
    }
    return tuple(
        Track(
            channel=track.channel,
            speech=merge(speech.get(voice, ())),
            words=said[voice],
            unheard=merge(unheard.get(voice, ())),
            label=f"voice {number}",
            alternatives=standing(track.alternatives, said[voice]),
            music=track.music,
        )
        for number, voice in enumerate(present, start=1)
    )


def owners_of(words: Sequence[Word], voices: Sequence[VoiceSpan]) -> list[int]:
    """The voice of each word. `words` in time order."""
    owners = [_nearest(heard(word), voices) for word in words]
    _mend_slips(words, owners)
    _move_changes(words, owners)
    _mend_slips(words, owners)
    _give_answers(words, owners)
    return owners


def heard(word: Word) -> Span:
    """Recognisers stretch a word over the pause after it, seldom over the one before."""
    return Span(word.span.start_ms, min(word.span.end_ms, word.span.start_ms + _LONGEST_WORD_MS))


def _nearest(span: Span, voices: Sequence[VoiceSpan]) -> int:
    """The voice that overlaps the span most, else the one closest to it in time."""

    def closeness(one: VoiceSpan) -> int:
        return min(one.span.end_ms, span.end_ms) - max(one.span.start_ms, span.start_ms)

    at = bisect_left(voices, span.start_ms, key=lambda one: one.span.start_ms)
    return max(voices[max(0, at - 2) : at + 3], key=closeness).voice


def _runs(owners: Sequence[int]) -> list[range]:
    """Stretches of words of one voice."""
    return [
        range(places[0], places[-1] + 1)
        for _, group in groupby(range(len(owners)), key=owners.__getitem__)
        if (places := list(group))
    ]


def _mend_slips(words: Sequence[Word], owners: list[int]) -> None:
    """A moment of another voice with no pause or end of sentence around it never was one."""
    runs = _runs(owners)
    for before, run, after in zip(runs, runs[1:], runs[2:], strict=False):
        short = words[run[-1]].span.end_ms - words[run[0]].span.start_ms <= SLIP_MS
        if short and owners[before[-1]] == owners[after[0]]:
            breaks = _break(words, run[0]), _break(words, run[-1] + 1)
            if min(breaks) < 0.5:
                for place in run:
                    owners[place] = owners[before[-1]]


def _move_changes(words: Sequence[Word], owners: list[int]) -> None:
    """Each change of voice goes to the best place near it; no run is moved past its neighbours or vanishes."""
    runs = _runs(owners)
    voices = [owners[run[0]] for run in runs]
    starts = [run[0] for run in runs]
    for number in range(1, len(runs)):
        end = starts[number + 1] if number + 1 < len(runs) else len(words)
        at_ms = words[starts[number]].span.start_ms
        places = [p for p in range(starts[number - 1] + 1, end) if abs(words[p].span.start_ms - at_ms) <= NEAR_MS]
        starts[number] = max(
            places, key=lambda p: _break(words, p) - abs(words[p].span.start_ms - at_ms) / (2 * NEAR_MS)
        )
    for first, end, voice in zip(starts, [*starts[1:], len(words)], voices, strict=True):
        owners[first:end] = [voice] * (end - first)


def _break(words: Sequence[Word], place: int) -> float:
    """How well a change of voice fits before that word: 0 inside a sentence, 1 at its end, more in a pause."""
    last, following = words[place - 1], words[place]
    pause_ms = following.span.start_ms - heard(last).end_ms
    text = last.text.rstrip()
    mark = 1.0 if text.endswith(_SENTENCE_END) else 0.4 if text.endswith(_CLAUSE_END) else 0.0
    return mark + min(1.0, max(0, pause_ms - 100) / 600)


def _give_answers(words: Sequence[Word], owners: list[int]) -> None:
    """A lone 是的 after a question of the same voice is the other's, who drowned in it."""
    if len(set(owners)) < 2:
        return
    phrases = _phrases(words, owners)
    for number, (question, answer) in enumerate(pairwise(phrases), start=1):
        said = [words[place] for place in answer]
        asked = "".join(words[place].text for place in question)
        after = phrases[number + 1] if number + 1 < len(phrases) else None
        soon = said[0].span.start_ms - heard(words[question[-1]]).end_ms <= ANSWER_GAP_MS
        if (
            owners[question[0]] == owners[answer[0]]
            and soon
            and _ASKS.search(asked)
            and _ANSWER.fullmatch(spoken("".join(word.text for word in said)))
            and said[-1].span.end_ms - said[0].span.start_ms <= ANSWER_MS
            and (after is None or owners[after[0]] == owners[answer[0]])
        ):
            other = _other_voice(words, owners, answer)
            for place in answer:
                owners[place] = other


def _phrases(words: Sequence[Word], owners: Sequence[int]) -> list[range]:
    """Cut at changes of voice and at pauses that an answer would have around it."""
    cuts = [
        place
        for place in range(1, len(words))
        if owners[place] != owners[place - 1] or words[place].span.start_ms - heard(words[place - 1]).end_ms >= PAUSE_MS
    ]
    return [range(first, end) for first, end in pairwise([0, *cuts, len(words)]) if first < end]


def _other_voice(words: Sequence[Word], owners: Sequence[int], answer: range) -> int:
    """Whoever else speaks nearest to the answer."""
    at_ms = words[answer[0]].span.start_ms
    others = [place for place in range(len(words)) if owners[place] != owners[answer[0]]]
    return owners[min(others, key=lambda place: abs(words[place].span.start_ms - at_ms))]


def _wordless(words: Sequence[Word], voices: Sequence[VoiceSpan]) -> list[tuple[Span, int]]:
    """Stretches of voices in which no word was heard: they say whose the speech there is."""
    starts = [heard(word).start_ms for word in words]
    found = []
    for one in voices:
        first = max(0, bisect_left(starts, one.span.start_ms) - 1)
        last = bisect_left(starts, one.span.end_ms)
        if not common([heard(word) for word in words[first:last]], [one.span]):
            found.append((one.span, one.voice))
    return found


def _shared_out(spans: Sequence[Span], points: Sequence[tuple[Span, int]]) -> dict[int, list[Span]]:
    """Cuts speech where the voice changes: half way between the last sound of one and the first of the next."""
    if not points:
        return {}
    changes = [
        ((a.end_ms + b.start_ms) // 2 if a.end_ms <= b.start_ms else b.start_ms, owner)
        for (a, before), (b, owner) in pairwise(points)
        if owner != before
    ]
    pieces: dict[int, list[Span]] = {}
    bounds = [(-1 << 62, points[0][1]), *changes, (1 << 62, -1)]
    at = 0
    for span in spans:
        while bounds[at + 1][0] <= span.start_ms:
            at += 1
        here, start_ms = at, span.start_ms
        while start_ms < span.end_ms:
            end_ms = min(span.end_ms, bounds[here + 1][0])
            if end_ms > start_ms:
                pieces.setdefault(bounds[here][1], []).append(Span(start_ms, end_ms))
                start_ms = end_ms
            here += 1
    return pieces

"""Joins words of all tracks into turns.

A track is cut where its party falls silent for two and a half seconds, and where another party takes the floor
in a shorter silence. Silence is taken from speech activity: recognisers stretch words over pauses, and words that were
lost leave gaps in which somebody does speak. A word of assent (嗯, 好的) in the middle of a long turn takes no floor,
unless it answers a question; nor does somebody who was speaking already (overlapping turns stay whole).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from qa.hanzi import spoken
from qa.model import Role, Roles, Track, Transcript, Turn, Word
from qa.span import Span, common, subtract

PAUSE_MS = 2500
"""A silence this long ends a turn. Slow speakers (120 syllables a minute) pause up to 2.2 s at a comma: cut there, half a
sentence would be a turn, and “the next two agent turns” would be over before the point is made."""
MIXED_PAUSE_MS = 500
"""The same where nobody has told the voices apart: who answers whom is unknown there, so cut where sentences end."""
YIELDED_MS = 1000
"""Whoever is silent this long while the other says anything at all has given up the floor."""
BACKCHANNEL_MS = 1000
"""A longer contribution is never a mere sign of listening."""
_FLOOR_MS = 150
"""A shorter silence is articulation: nobody can take the floor in it."""
_LOOSE_MS = 200
"""Word times of recognisers are this uncertain."""
_LONGEST_WORD_MS = 600
"""A recogniser's word that lasts longer has swallowed a pause."""
_JOINED_MS = 700
"""Words of another party this close together are one contribution."""
_WORDS_ARE_SPEECH = 3
"""So many words inside a silence, and it is voice activity that failed to hear a soft voice."""
_ASSENT = re.compile(r"(?:嗯|唔|哦|噢|喔|啊|哎|诶|欸|呃|对|是|的|好|行|可以|没错|明白|知道|了|呀|嘛){1,6}")
"""好吧 and 行吧 are left out: they settle something."""
_ASKS = re.compile(
    r"(?:[?\uff1f]|(?:吗|么|呢|好不好|是不是|对不对|可不可以|行不行|多少|什么|几号|贵姓)[,.!\uff0c\u3002\uff01]?)$"
)


class _Contribution(msgspec.Struct, frozen=True):
    span: Span
    text: str


def turns_of(transcript: Transcript, roles: Roles) -> tuple[Turn, ...]:
    """All turns sorted by start; turns of different tracks may overlap."""
    contributions = [_contributions(track.words) for track in transcript.tracks]
    turns: list[Turn] = []
    for index, track in enumerate(transcript.tracks):
        others = [
            contribution
            for i, said in enumerate(contributions)
            if i != index and roles.by_track[i] is not Role.OTHER
            for contribution in said
        ]
        pause_ms = MIXED_PAUSE_MS if roles.by_track[index] is Role.UNKNOWN else PAUSE_MS
        others.sort(key=lambda contribution: contribution.span)
        turns.extend(Turn(roles.by_track[index], index, words) for words in _cut(track, others, pause_ms))
    return tuple(sorted(turns, key=lambda turn: (turn.span, turn.track)))


def _cut(track: Track, others: Sequence[_Contribution], pause_ms: int) -> list[tuple[Word, ...]]:
    words = _in_order(track.words)
    if not words:
        return []
    middles = [_heard_ms(word, track.speech) for word in words]
    starts = [other.span.start_ms for other in others]
    cuts: set[int] = set()
    for silence in _silences(track, words):
        before = bisect_right(middles, _middle_ms(silence))
        if before in (0, len(words)):
            continue
        if silence.duration_ms >= pause_ms:
            inside = bisect_right(middles, silence.end_ms) - bisect_left(middles, silence.start_ms)
            if inside < _WORDS_ARE_SPEECH:
                cuts.add(before)
            continue
        # Whoever began a little earlier may still say most of it here, so look one contribution further back.
        first = max(0, bisect_left(starts, silence.start_ms - _LOOSE_MS) - 1)
        end = bisect_left(starts, silence.end_ms)
        if any(_takes_floor(other, silence, words[:before]) for other in others[first:end]):
            cuts.add(before)
    bounds = [0, *sorted(cuts), len(words)]
    return [tuple(words[a:b]) for a, b in pairwise(bounds)]


def _silences(track: Track, words: Sequence[Word]) -> tuple[Span, ...]:
    """Where this party is silent between its first and last word."""
    gaps = {
        Span(a.span.end_ms, b.span.start_ms) for a, b in pairwise(words) if b.span.start_ms - a.span.end_ms >= _FLOOR_MS
    }
    if not track.speech:
        return tuple(gaps)
    whole = Span(words[0].span.start_ms, max(word.span.end_ms for word in words))
    pauses = subtract([whole], track.speech)
    # A gap between words in which activity sees no pause at all: words were lost, or their times slipped.
    unseen = [gap for gap in subtract(gaps, pauses) if gap in gaps and gap.duration_ms < PAUSE_MS]
    return (*(pause for pause in pauses if pause.duration_ms >= _FLOOR_MS), *unseen)


def _takes_floor(other: _Contribution, silence: Span, so_far: Sequence[Word]) -> bool:
    """Whether what another party says around a short silence of this one is a turn that ends this one's."""
    inside = other.span.intersect(silence)
    starts_here = silence.start_ms - _LOOSE_MS <= other.span.start_ms < silence.end_ms
    ends_here = (
        inside is not None and other.span.end_ms <= silence.end_ms + _LOOSE_MS and inside.duration_ms >= _FLOOR_MS
    )
    if not (starts_here or ends_here):
        return False
    if max(other.span.duration_ms / BACKCHANNEL_MS, silence.duration_ms / YIELDED_MS) > 1 or not _ASSENT.fullmatch(
        other.text
    ):
        return True
    return bool(_ASKS.search("".join(word.text for word in so_far[-8:]).strip()))


def _contributions(words: Iterable[Word]) -> list[_Contribution]:
    found: list[_Contribution] = []
    for word in _in_order(words):
        last = found[-1] if found else None
        if last and word.span.start_ms - last.span.end_ms <= _JOINED_MS:
            found[-1] = _Contribution(last.span.cover(word.span), last.text + spoken(word.text))
        else:
            found.append(_Contribution(word.span, spoken(word.text)))
    return found


def _in_order(words: Iterable[Word]) -> list[Word]:
    """By start only: two words that share a start keep the order in which they were recognised."""
    return sorted(words, key=lambda word: word.span.start_ms)


def _heard_ms(word: Word, speech: Sequence[Span]) -> int:
    """About when a word was said: for one stretched over a pause, where most of its sound is."""
    if word.span.duration_ms <= _LONGEST_WORD_MS:
        return _middle_ms(word.span)
    return _middle_ms(max(common([word.span], speech), key=lambda part: part.duration_ms, default=word.span))


def _middle_ms(span: Span) -> int:
    return (span.start_ms + span.end_ms) // 2

"""Says how far the words of each turn can be believed, and why.

Calibrated on the sixteen labelled calls with the embedded base model (`bench/trust.py` prints the table; errors are
edits, each laid on the turn in which it was heard, over that turn's characters):

    mean confidence   turns   characters   wrong
    below 0.60            8           24    29 %
    0.60 to 0.70          9           66    32 %
    0.70 to 0.75         10          103    13 %
    0.75 to 0.80         24          348    16 %
    0.80 to 0.85         28          400    12 %
    0.85 to 0.90         51          971     8 %
    0.90 to 0.95         39          549     6 %
    0.95 and more        18          159     1 %

So a turn is low below 0.70 and high from 0.85: turns graded low hold five times as many errors as those graded high.
The other grounds are rare in good recordings and cannot be calibrated there; their bounds are what the thing itself
says (a turn of which a third has no words, a text that says itself twice over, more syllables than a tongue can do).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from rapidfuzz.fuzz import partial_ratio

from qa.hanzi import spoken, syllables
from qa.model import Measurement, Removed, Role, Transcript, TrustGrade, Turn, TurnTrust
from qa.span import Span, common, total_ms

HIGH_CONFIDENCE, LOW_CONFIDENCE = 0.85, 0.70
"""Mean word confidence of a turn; see above."""
SOME_UNHEARD, MUCH_UNHEARD = 0.15, 0.35
"""Share of the turn's own speech that ended without words."""
DIFFERENT, LOOPING = 0.6, 0.35
"""Different pairs of neighbouring characters over all pairs: plain speech of a turn's length stays above 0.8."""
_LEAST_PAIRS = 8
FASTEST_SYLLABLES_S = 9.0
"""The fastest readers of Mandarin reach 8 a second over a sentence."""
_LEAST_RATED_SYLLABLES = 5
FAINT_DB = -50.0
"""dBFS. Telephone speech lies at -30 to -15."""
_ORDER = (TrustGrade.HIGH, TrustGrade.MEDIUM, TrustGrade.LOW)
_INVENTED = frozenset({"loop", "hallucination"})
ECHO_LIKENESS, ECHO_LEAST = 75.0, 4
"""Likeness (0 to 100) and syllables from which two channels say the same at once: one hears the other."""
ECHO_MS = 500
QUIETER_DB = 3.0
"""The quieter of two such turns is the echo; within this, nobody knows."""


def grade_turns(
    transcript: Transcript, turns: Sequence[Turn], measurements: Sequence[Measurement], echoed: Sequence[Sequence[int]]
) -> tuple[TurnTrust, ...]:
    """One for each turn, in order; the worst ground decides. A turn's level is looked at where it was measured.

    `echoed`: what `echoes` found among these turns.
    """
    levels = {(m.span, m.role): m.value for m in measurements if m.name == "turn_loudness_db"}
    graded = []
    for turn, same in zip(turns, echoed, strict=True):
        level = levels.get((turn.span, turn.role))
        grounds = list(_grounds(turn, transcript, level))
        is_echo = False
        if same and turn.role is not Role.OTHER:
            other = turns[same[0]]
            ground = _echo_ground(level, levels.get((other.span, other.role)))
            is_echo = ground is not None
            grounds += [ground] if ground else []
        grade = max((grade for grade, _ in grounds), key=_ORDER.index, default=TrustGrade.HIGH)
        reasons = tuple(why for _, why in sorted(grounds, key=lambda g: -_ORDER.index(g[0])))
        graded.append(TurnTrust(grade, reasons, is_echo))
    return tuple(graded)


def _grounds(turn: Turn, transcript: Transcript, level_db: float | None) -> Iterator[tuple[TrustGrade, str]]:
    confidence = turn.confidence
    if confidence < HIGH_CONFIDENCE:
        yield _grade(confidence < LOW_CONFIDENCE), f"识别把握偏低（{confidence:.2f}）"
    track = transcript.tracks[turn.track]
    speech_ms = total_ms(common([turn.span], track.speech))
    missing = total_ms(common([turn.span], track.unheard)) / speech_ms if speech_ms else 0.0
    if missing >= SOME_UNHEARD:
        yield _grade(missing >= MUCH_UNHEARD), f"这一轮有 {missing:.0%} 没有听出来"
    text = spoken(turn.text)
    pairs = [text[i : i + 2] for i in range(len(text) - 1)]
    if len(pairs) >= _LEAST_PAIRS and (different := len(set(pairs)) / len(pairs)) < DIFFERENT:
        yield _grade(different < LOOPING), f"同样的字反复出现（不同的只占 {different:.0%}），可能是识别在打转"
    count = syllables(turn.text)
    if count >= _LEAST_RATED_SYLLABLES and count * 1000 > FASTEST_SYLLABLES_S * turn.span.duration_ms:
        pace = count * 1000 / max(1, turn.span.duration_ms)
        yield TrustGrade.MEDIUM, f"字太密（每秒 {pace:.1f} 个字），这么短的时间说不了这么多"
    invented = sum(syllables(r.text) for r in transcript.removed if _beside(r, turn, track.channel))
    if invented:
        yield TrustGrade.MEDIUM, f"这一轮里去掉过凭空出现的文字（{invented} 个字）"
    if level_db is not None and level_db < FAINT_DB:
        yield TrustGrade.MEDIUM, f"声音太小（{level_db:.0f} dB）"


def echoes(transcript: Transcript, turns: Sequence[Turn]) -> tuple[tuple[int, ...], ...]:
    """For each turn the indices of those in other channels that say the same at the same time. `turns` by start."""
    if transcript.layout != "stereo":
        return ((),) * len(turns)
    spans = [turn.span for turn in turns]
    starts = [span.start_ms for span in spans]
    longest_ms = max((span.duration_ms for span in spans), default=0)
    found: list[tuple[int, ...]] = []
    for turn, span in zip(turns, spans, strict=True):
        near = _wide(span)
        around = range(bisect_left(starts, near.start_ms - longest_ms), bisect_left(starts, near.end_ms))
        channel = transcript.tracks[turn.track].channel
        others = (i for i in around if transcript.tracks[turns[i].track].channel != channel)
        found.append(tuple(i for i in others if _say_the_same(turn, near, turns[i], _wide(spans[i]))))
    return tuple(found)


def _say_the_same(turn: Turn, near: Span, other: Turn, near_other: Span) -> bool:
    """A long turn holds many words: only what is said at that moment can be an echo."""
    if not near.overlaps(near_other):
        return False
    here = spoken("".join(word.text for word in turn.words if word.span.overlaps(near_other)))
    there = spoken("".join(word.text for word in other.words if word.span.overlaps(near)))
    return min(len(here), len(there)) >= ECHO_LEAST and partial_ratio(here, there) >= ECHO_LIKENESS


def _wide(span: Span) -> Span:
    return Span(max(0, span.start_ms - ECHO_MS), span.end_ms + ECHO_MS)


def _echo_ground(mine: float | None, theirs: float | None) -> tuple[TrustGrade, str] | None:
    """Levels in dBFS; None where the turn is clearly the louder one, whose words they are."""
    if mine is None or theirs is None or abs(mine - theirs) < QUIETER_DB:
        return TrustGrade.MEDIUM, "另一个声道同时说同样的话，分不清是谁说的"
    if mine < theirs:
        return TrustGrade.LOW, f"另一个声道同时说同样的话，而且大 {theirs - mine:.0f} dB，这里可能是串音"
    return None


def _grade(low: bool) -> TrustGrade:
    return TrustGrade.LOW if low else TrustGrade.MEDIUM


def _beside(removed: Removed, turn: Turn, channel: int) -> bool:
    return removed.reason in _INVENTED and removed.channel == channel and removed.span.overlaps(turn.span)

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

from collections.abc import Iterator, Sequence

from qa.hanzi import spoken, syllables
from qa.model import Measurement, Removed, Transcript, TrustGrade, Turn, TurnTrust
from qa.span import common, total_ms

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
_INVENTED = frozenset({"loop", "hallucination", "prompt"})


def grade_turns(
    transcript: Transcript, turns: Sequence[Turn], measurements: Sequence[Measurement] = ()
) -> tuple[TurnTrust, ...]:
    """One for each turn, in order; the worst ground decides. A turn's level is looked at where it was measured."""
    levels = {(m.span, m.role): m.value for m in measurements if m.name == "turn_loudness_db"}
    graded = []
    for turn in turns:
        grounds = list(_grounds(turn, transcript, levels.get((turn.span, turn.role))))
        grade = max((grade for grade, _ in grounds), key=_ORDER.index, default=TrustGrade.HIGH)
        graded.append(TurnTrust(grade, tuple(why for _, why in sorted(grounds, key=lambda g: -_ORDER.index(g[0])))))
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
        yield _grade(different < LOOPING), "同样的字反复出现，可能是识别在打转"
    count = syllables(turn.text)
    if count >= _LEAST_RATED_SYLLABLES and count * 1000 > FASTEST_SYLLABLES_S * turn.span.duration_ms:
        yield TrustGrade.MEDIUM, "字太密，这么短的时间说不了这么多"
    if any(_beside(removed, turn, track.channel) for removed in transcript.removed):
        yield TrustGrade.MEDIUM, "这一轮里去掉过凭空出现的文字"
    if level_db is not None and level_db < FAINT_DB:
        yield TrustGrade.MEDIUM, f"声音太小（{level_db:.0f} dB）"


def _grade(low: bool) -> TrustGrade:
    return TrustGrade.LOW if low else TrustGrade.MEDIUM


def _beside(removed: Removed, turn: Turn, channel: int) -> bool:
    return removed.reason in _INVENTED and removed.channel == channel and removed.span.overlaps(turn.span)

"""Compares what the machine says of one call with what a person says: words, times, rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import Levenshtein

from qa.evaluate.labels import Label
from qa.hanzi import fold, spoken
from qa.model import Call, CallScore, Measurement, Outcome, Role, Turn
from qa.span import Span

SILENCE_MS = 5_000
INTERRUPTION_MS = 1_000
"""Bounds of what the labels list (`silences_over_5s`, `interruptions`)."""

_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")


@dataclass(slots=True)
class Counted:
    """True positives, false positives, false negatives."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Counted) -> Counted:
        return Counted(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def triple(self) -> tuple[int, int, int]:
        return self.tp, self.fp, self.fn

    @property
    def precision(self) -> float | None:
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else None

    @property
    def recall(self) -> float | None:
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else None

    @property
    def f1(self) -> float | None:
        """None where there was nothing to find and nothing was found."""
        whole = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / whole if whole else None


@dataclass(slots=True)
class Errors:
    """Edit distance over reference length, summed before it is divided."""

    edits: int = 0
    length: int = 0

    def __add__(self, other: Errors) -> Errors:
        return Errors(self.edits + other.edits, self.length + other.length)

    @property
    def rate(self) -> float | None:
        return self.edits / self.length if self.length else None


def characters(text: str) -> str:
    """What CER counts: folded, no punctuation, digits read one by one."""
    return re.sub("幺", "一", spoken(fold(text).translate(_DIGITS)))


def character_errors(reference: Iterable[str], heard: Iterable[str]) -> Errors:
    wanted, got = characters("".join(reference)), characters("".join(heard))
    return Errors(Levenshtein.distance(wanted, got), len(wanted))


def cer_by_part(label: Label, call: Call) -> dict[str, Errors]:
    """`agent` and `customer` of a two-channel call, or `mono`: everything heard against everything said."""
    if label.layout == "mono":
        return {"mono": character_errors((turn.text for turn in label.turns), _in_order(call.turns))}
    parts = {}
    for role in (Role.AGENT, Role.CUSTOMER):
        said = [turn.text for turn in label.turns if turn.role == role]
        parts[role.value] = character_errors(said, _in_order(call.turns_of(role)))
    return parts


def _in_order(turns: Sequence[Turn]) -> list[str]:
    words = sorted((word for turn in turns for word in turn.words), key=lambda word: word.span)
    return [word.text for word in words]


def words_with_right_role(label: Label, call: Call) -> tuple[int, int]:
    """(right, all) over heard words that fall into exactly one labelled turn; an unknown role is not right."""
    spans = [(Role(turn.role), _span(turn.start, turn.end)) for turn in label.turns]
    right = counted = 0
    for turn in call.turns:
        for word in turn.words:
            middle = (word.span.start_ms + word.span.end_ms) // 2
            roles = {role for role, span in spans if middle in span}
            if len(roles) == 1:
                counted += 1
                right += turn.role in roles
    return right, counted


def silences(label: Label, call: Call) -> Counted:
    """Labelled silences over 5 s against `dead_air_ms`. What follows the last turn is not labelled and not counted."""
    last = max((_span(turn.start, turn.end).end_ms for turn in label.turns), default=0)
    found = [m.span for m in call.measured("dead_air_ms") if m.value >= SILENCE_MS and m.span.start_ms < last]
    wanted = [_span(*pair) for pair in label.metrics.silences_over_5s] if label.metrics else []
    return _matched(wanted, found, overlap=0.5)


def interruptions(label: Label, call: Call) -> Counted:
    """Labelled interruptions against `interruption_ms` over 1 s; two-channel calls only."""
    if label.layout == "mono":
        return Counted()
    found = [m.span for m in call.measured("interruption_ms", Role.AGENT) if m.value >= INTERRUPTION_MS]
    wanted = [_span(*pair) for pair in label.metrics.interruptions] if label.metrics else []
    return _matched(wanted, found, overlap=0.3)


def _matched(wanted: list[Span], found: list[Span], *, overlap: float) -> Counted:
    """One to one; a pair matches where the common stretch is at least `overlap` of the longer one."""
    left = list(found)
    counted = Counted()
    for span in wanted:
        for other in left:
            both = span.intersect(other)
            if both and both.duration_ms >= overlap * max(span.duration_ms, other.duration_ms):
                left.remove(other)
                counted.tp += 1
                break
        else:
            counted.fn += 1
    counted.fp = len(left)
    return counted


def speech_rate_error(label: Label, call: Call) -> float | None:
    """|measured ÷ labelled − 1| of the agent's `speech_rate_spm`; None where either is missing."""
    measured: tuple[Measurement, ...] = call.measured("speech_rate_spm", Role.AGENT)
    if not measured or label.metrics is None or not label.metrics.agent_speech_rate_spm:
        return None
    return abs(measured[0].value / label.metrics.agent_speech_rate_spm - 1)


@dataclass(frozen=True, slots=True)
class Wrong:
    """One judgement that a person would not have made."""

    call_id: str
    rule: str
    kind: str
    """false (deducted and should not have been) or missed."""
    quote: str
    outcome: str
    reason: str


@dataclass(slots=True)
class RuleCount:
    counted: Counted = field(default_factory=Counted)
    violated: int = 0
    """Calls on which the rule took points, rightly or not."""
    undetermined: int = 0
    """Calls on which the rule could not decide; among them the missed ones are counted as missed too."""


def rules(label: Label, score: CallScore, scored: Sequence[str]) -> tuple[dict[str, RuleCount], list[Wrong]]:
    """Violated against labelled, rule by rule; a rule that the rubric lacks is never found."""
    verdicts = {verdict.rule_id: verdict for verdict in score.verdicts}
    counts: dict[str, RuleCount] = {}
    wrong: list[Wrong] = []
    for rule in scored:
        if rule in label.either:
            continue
        verdict = verdicts.get(rule)
        outcome = verdict.outcome if verdict else Outcome.NOT_APPLICABLE
        violated, fails = outcome is Outcome.VIOLATED, rule in label.fails
        counts[rule] = RuleCount(
            Counted(tp=violated and fails, fp=violated and not fails, fn=fails and not violated),
            violated=violated,
            undetermined=outcome is Outcome.UNDETERMINED,
        )
        if violated != fails:
            quote = "|".join(f"{finding.role.label}:{finding.quote}" for finding in verdict.findings) if verdict else ""
            reason = verdict.reason if verdict else "评分表里没有这条规则"
            wrong.append(Wrong(label.call_id, rule, "missed" if fails else "false", quote, outcome.value, reason))
    return counts, wrong


def unlabelled(label: Label, score: CallScore, scored: Sequence[str]) -> dict[str, RuleCount]:
    """Of rules that nobody labelled call by call: what they did, and which violations that somebody noted they found.

    That a violation is not noted says nothing here, so there are no false ones.
    """
    counts = {}
    for verdict in score.verdicts:
        if verdict.rule_id in scored:
            continue
        violated, noted = verdict.outcome is Outcome.VIOLATED, verdict.rule_id in label.fails
        counts[verdict.rule_id] = RuleCount(
            Counted(tp=violated and noted, fn=noted and not violated),
            violated=violated,
            undetermined=verdict.outcome is Outcome.UNDETERMINED,
        )
    return counts


def _span(start_s: float, end_s: float) -> Span:
    return Span(round(start_s * 1000), round(end_s * 1000))

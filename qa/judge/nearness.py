"""Decides whether what was heard is near enough to a phrase to count as said.

A near match of something forbidden costs a person money, one of something required spares them: how near is near
enough is therefore the `Ear` of the rule.
"""

from __future__ import annotations

from enum import StrEnum

from qa.judge.sound import CONFUSED, OTHER_TONE, cost

NEGATIONS = frozenset("不没别无未非勿甭")
"""A phrase with one of these put in, taken out or misheard says the opposite."""


class Ear(StrEnum):
    """How generously sound counts where the characters differ."""

    OFF = "off"
    STRICT = "strict"
    NORMAL = "normal"
    GENEROUS = "generous"


FEWEST_SYLLABLES = {Ear.STRICT: 3, Ear.NORMAL: 3, Ear.GENEROUS: 2}
_DEAREST_SYLLABLE = {Ear.STRICT: OTHER_TONE, Ear.NORMAL: CONFUSED, Ear.GENEROUS: CONFUSED}
_DEAREST_MEAN = {Ear.STRICT: 0.14, Ear.NORMAL: 0.2, Ear.GENEROUS: 0.3}
_FEWEST_SAME = {Ear.STRICT: 0.5, Ear.NORMAL: 0.34, Ear.GENEROUS: 0.0}
"""Share of characters that must be the very ones."""
EDIT_COST = 0.35
"""What a syllable too many, too few or another costs when near matches are ranked, in parts of one syllable."""


def accepts(phrase: str, heard: str, ear: Ear) -> float | None:
    """The mean cost of the syllables, or None where the two are not near enough. Both of the same length."""
    if ear is Ear.OFF or len(phrase) < FEWEST_SYLLABLES[ear] or len(phrase) != len(heard):
        return None
    costs = [cost(meant, said) for meant, said in zip(phrase, heard, strict=True)]
    mean = sum(costs) / len(costs)
    same = costs.count(0.0) / len(costs)
    if len(phrase) == 2 and (max(costs) > OTHER_TONE):
        return None
    if max(costs) > _DEAREST_SYLLABLE[ear] or mean > _DEAREST_MEAN[ear] or same < _FEWEST_SAME[ear]:
        return None
    if any((meant in NEGATIONS) != (said in NEGATIONS) for meant, said in zip(phrase, heard, strict=True)):
        return None
    return mean


def one_more(phrase: str, heard: str) -> int | None:
    """Where in `heard` a stray syllable stands, the rest being the phrase to the letter; never at its ends."""
    at = 0
    while at < len(phrase) and phrase[at] == heard[at]:
        at += 1
    if 0 < at < len(phrase) and heard[at + 1 :] == phrase[at:] and heard[at] not in NEGATIONS:
        return at
    return None


def one_edit(phrase: str, heard: str) -> bool:
    """One syllable put in, left out or another, the rest sounding alike; no negation in play."""
    shorter = min(len(phrase), len(heard))
    start = 0
    while start < shorter and cost(phrase[start], heard[start]) <= CONFUSED:
        start += 1
    end = 0
    while end < shorter - start and cost(phrase[-1 - end], heard[-1 - end]) <= CONFUSED:
        end += 1
    left, extra = phrase[start : len(phrase) - end], heard[start : len(heard) - end]
    if not start or not end:
        # Another first or last syllable makes another phrase: 搞什么东西, 带什么东西.
        return False
    return len(left) <= 1 and len(extra) <= 1 and not set(left + extra) & NEGATIONS

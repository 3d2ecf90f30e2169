"""Says which rules of two rubrics would come to the same verdict on every call, so that each call is judged once."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum

from qa.judge.matching import Phrases
from qa.judge.pattern import Pattern
from qa.judge.rubric import Rubric
from qa.judge.rule import Rule

_NOT_JUDGED = frozenset({"deduct", "max_deduct", "examples", "note"})
"""Keys of a rule that no verdict depends on: points are counted afterwards."""


def unchanged(old: Rubric, new: Rubric) -> frozenset[str]:
    """Ids of the rules that are on in both and written alike, words of their lexicons included."""
    if old.trust != new.trust:
        return frozenset()
    before = {rule.id: _content(rule) for rule in old.rules if not rule.off}
    return frozenset(rule.id for rule in new.rules if not rule.off and before.get(rule.id) == _content(rule))


def _content(value: object) -> object:
    """All that the value says, as something that can be compared; what is of an unknown type equals nothing."""
    if isinstance(value, Phrases):
        return value.key
    if isinstance(value, Pattern):
        return value.source
    if is_dataclass(value):
        left_out = _NOT_JUDGED if isinstance(value, Rule) else frozenset()
        said = [_content(getattr(value, one.name)) for one in fields(value) if one.name not in left_out]
        return (type(value).__name__, *said)
    if isinstance(value, tuple):
        return tuple(map(_content, value))
    if value is None or isinstance(value, str | int | float | Enum):
        return value
    return object()

"""Says what a verdict was made from, so that a changed rubric is judged again only where it changed."""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass
from enum import Enum

from qa.judge.limits import TrustLimits
from qa.judge.matching import Phrases
from qa.judge.pattern import Pattern
from qa.judge.rule import Rule

_NOT_JUDGED = frozenset({"deduct", "max_deduct", "examples"})
"""Keys of a rule that no verdict depends on: points are counted afterwards."""


def made_from(rule: Rule, trust: TrustLimits) -> str:
    """Equal where the rule comes to the same verdict on every call: all that it says, words of its lexicons included.

    Empty where it holds something that cannot be compared: such a verdict is never taken over.
    """
    try:
        return hashlib.sha256(repr((_content(rule), _content(trust))).encode()).hexdigest()[:16]
    except TypeError:
        return ""


def _content(value: object) -> object:
    """All that the value says. Raises TypeError for what is of an unknown type."""
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
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(type(value).__name__)

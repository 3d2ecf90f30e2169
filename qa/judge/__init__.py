"""Judges a call against a rubric: verdicts with evidence, and points.

Raise `VERSION` whenever the same call and rubric would be judged differently.
"""

from __future__ import annotations

import sys

from qa.judge.examples import check
from qa.judge.kinds import KINDS
from qa.judge.problems import RubricProblem
from qa.judge.rubric import Rubric, load_rubric
from qa.judge.score import judge

VERSION = 1


def explain_kinds() -> dict[str, str]:
    """For each kind of rule, what rubric writers need to know: Chinese, with an example in YAML."""
    return {name: (sys.modules[kind.__module__].__doc__ or "").strip() for name, kind in KINDS.items()}


__all__ = ["KINDS", "VERSION", "Rubric", "RubricProblem", "check", "explain_kinds", "judge", "load_rubric"]

"""Judges a call against a rubric: verdicts with evidence, and points.

Raise `VERSION` whenever the same call and rubric would be judged differently.
"""

from __future__ import annotations

from qa.judge.examples import check
from qa.judge.explain import explain_kinds
from qa.judge.kinds import KINDS
from qa.judge.problems import RubricProblem
from qa.judge.rubric import Rubric, load_rubric
from qa.judge.rule import unanswered
from qa.judge.score import judge, judge_both

VERSION = 7


__all__ = [
    "KINDS",
    "VERSION",
    "Rubric",
    "RubricProblem",
    "check",
    "explain_kinds",
    "judge",
    "judge_both",
    "load_rubric",
    "unanswered",
]

"""What is wrong with a rubric, and where: one line a person can act on."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True, slots=True)
class RubricProblem:
    """`str()` gives `file:line:column: 说明，是不是想写“…”？`; lines and columns count from 1."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: {self.message}"
        return f"{place}，{self.hint}" if self.hint else place


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`是不是想写“deduct”？`, the whole list where it is short and nothing is close, or nothing."""
    choices = sorted(set(known))
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.5)
    if close:
        return f"是不是想写“{close[0]}”？"
    if 0 < len(choices) <= 8:
        return "可以写:" + "、".join(choices)
    return ""

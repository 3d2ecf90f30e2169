"""Reads the list of the trade's terms beside a rubric: one a line, `#` starts a comment."""

from __future__ import annotations

from pathlib import Path

from qa.judge.problems import RubricProblem


def read_hotwords(path: Path, problems: list[RubricProblem]) -> tuple[str, ...]:
    """The terms in the order of the file, each once; what is no term is told with its place."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError):
        problems.append(RubricProblem(str(path), 1, 1, "读不了行业词表：要存成 UTF-8"))
        return ()
    terms: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        term = line.split("#", 1)[0].strip()
        if not term:
            continue
        if len(term) < 2 or not all("\u4e00" <= c <= "\u9fff" for c in term):
            column = line.index(term) + 1
            problems.append(
                RubricProblem(
                    str(path), number, column, f"“{term}”不能当行业词：一行一个，两个以上的汉字，不带标点和字母"
                )
            )
        elif term in terms:
            problems.append(RubricProblem(str(path), number, 1, f"“{term}”和第 {terms[term]} 行重复"))
        terms.setdefault(term, number)
    return tuple(terms)

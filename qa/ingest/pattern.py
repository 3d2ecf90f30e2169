"""Reads agent, time and call id out of file names, for centres without a call list.

Two ways of writing it. A template, `{agent_id}_{date}_{call_id}`: what stands between braces is read, the rest must be
there as written; `{_}` is skipped. Or a regular expression with named groups, `(?P<agent_id>\\d{4})-.*`. Either must
fit the whole name without its extension; with `/` in it, the folders above count too: `{agent_id}/{date}_{call_id}`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

from qa.errors import UsageError
from qa.ingest.recordings import Found
from qa.ingest.records import CallListRow
from qa.ingest.values import identifier, moment

FIELDS = {
    "agent_id": r"[^/]+?",
    "agent_name": r"[^/]+?",
    "team": r"[^/]+?",
    "call_id": r"[^/]+?",
    "business": r"[^/]+?",
    "date": r"\d{8}|\d{4}[-.]\d{1,2}[-.]\d{1,2}",
    "time": r"\d{6}|\d{4}|\d{1,2}[-.:]\d{2}(?:[-.:]\d{2})?",
}
"""What a template may read, and what that looks like."""
_ANYTHING = ("_", "*", "")
_BRACES = re.compile(r"\{([^{}]*)\}")

Pattern = Callable[[Found], CallListRow | None]
"""What a file's name says; None where it does not fit. Raises `BadValueError` for a date that there is not."""


def compile_pattern(pattern: str) -> Pattern:
    """Raises `UsageError` pattern-invalid, naming what would be right."""
    expression = _expression(pattern) if "(?P<" in pattern else _template(pattern)
    depth = pattern.count("/")

    def read(file: Found) -> CallListRow | None:
        name = "/".join([*file.path.parts[-depth - 1 : -1], file.path.stem]) if depth else file.path.stem
        found = expression.fullmatch(name)
        if found is None:
            return None
        said = {field: value for field, value in found.groupdict().items() if value}
        day = said.get("date", "")
        clock = re.sub(r"[-.](?=\d)", ":", said.get("time", ""))
        return CallListRow(
            call_id=identifier(said.get("call_id", "")),
            agent_id=identifier(said.get("agent_id", "")) or None,
            agent_name=said.get("agent_name", ""),
            team=said.get("team", ""),
            business=said.get("business", ""),
            started_at=moment(f"{day} {clock}".strip()) if day else None,
        )

    return read


def _template(pattern: str) -> re.Pattern[str]:
    names = [name for name in _BRACES.findall(pattern) if name not in _ANYTHING]
    if not names:
        raise _invalid(pattern, "里面没有 {agent_id} 这样的字段")
    for name in names:
        _known(pattern, name)
        if names.count(name) > 1:
            raise _invalid(pattern, f"{{{name}}} 写了两次")
    parts = _BRACES.split(pattern)
    built = "".join(
        re.escape(part) if i % 2 == 0 else "[^/]*?" if part in _ANYTHING else f"(?P<{part}>{FIELDS[part]})"
        for i, part in enumerate(parts)
    )
    return re.compile(built)


def _expression(pattern: str) -> re.Pattern[str]:
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise _invalid(pattern, f"正则表达式不对（{error}）") from error
    for name in expression.groupindex:
        _known(pattern, name)
    return expression


def _known(pattern: str, name: str) -> None:
    if name not in FIELDS:
        near = difflib.get_close_matches(name, FIELDS, 1)
        hint = f"是不是想写 {near[0]}?" if near else ""
        raise _invalid(pattern, f"不认识的字段“{name}”，{hint}可用：{'、'.join(FIELDS)}，跳过一段写 {{_}}")


def _invalid(pattern: str, why: str) -> UsageError:
    example = "例如 {agent_id}_{date}_{call_id} 对应 1001_20261102_A17.wav"
    return UsageError(f"文件名格式“{pattern}”用不了：{why}。{example}", slug="pattern-invalid")

"""Reads the call list (CSV/XLSX from the phone system) and reports every bad row with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from qa.errors import UsageError
from qa.ingest.columns import NAMES, field_of, suggestion
from qa.ingest.records import CallListRow, Problem
from qa.ingest.tables import Line, rows_of
from qa.ingest.values import BadValueError, channel_map, identifier, moment, tags, text
from qa.model import Role

T = TypeVar("T")
_HAS_YEAR = re.compile(r"\d{4}")

_HEADER_WITHIN = 10
"""Exports put a title and a date range above the header; it is among the first rows."""


class CallList(msgspec.Struct, frozen=True):
    rows: tuple[CallListRow, ...]
    problems: tuple[Problem, ...]


def read_call_list(path: Path) -> CallList:
    """Raises `UsageError` (call-list-unreadable, call-list-header) where no row could be trusted."""
    lines = rows_of(path)
    at, columns = _header(path, lines)
    header = lines[at]
    problems = list(_header_problems(path, header, columns))
    width = max(i for i, cell in enumerate(header.cells) if cell) + 1
    rows: list[CallListRow] = []
    for line in lines[at + 1 :]:
        reader = _Row(path.name, line, columns)
        row = reader.read(width)
        problems.extend(reader.problems)
        if row is not None:
            rows.append(row)
    return CallList(tuple(rows), tuple(problems))


def _header(path: Path, lines: Sequence[Line]) -> tuple[int, dict[str, int]]:
    """Which row is the header, and the column of each field."""
    best: tuple[int, dict[str, int]] = (0, {})
    for i, line in enumerate(lines[:_HEADER_WITHIN]):
        columns: dict[str, int] = {}
        for column, cell in enumerate(line.cells):
            field = field_of(cell)
            if field and field not in columns:
                columns[field] = column
        if len(columns) > len(best[1]):
            best = (i, columns)
    columns = best[1]
    if not columns.keys() & {"file", "call_id"}:
        seen = "、".join(cell for cell in lines[best[0]].cells if cell)[:80]
        raise UsageError(
            f"通话列表 {path.name}:{lines[best[0]].number}: 表头里没有“录音文件”或“通话ID”，不知道哪一行是哪个录音；"
            f"读到的表头是：{seen}",
            slug="call-list-header",
        )
    return best


def _header_problems(path: Path, header: Line, columns: dict[str, int]) -> list[Problem]:
    where = f"{path.name}:{header.number}"
    problems = []
    missing = [field for field in NAMES if field not in columns]
    for column, cell in enumerate(header.cells):
        field = field_of(cell)
        if field and columns[field] != column:
            problems.append(Problem(where, f"“{cell}”和“{header.cells[columns[field]]}”都是{NAMES[field]}，只用了后者"))
        elif cell and field is None and (meant := suggestion(cell, missing)):
            problems.append(Problem(where, f"不认识的列“{cell}”没有用上，是不是“{NAMES[meant]}”？"))
    if "agent_id" not in columns:
        problems.append(Problem(where, "没有“工号”列，所有通话都归入未知坐席"))
    return problems


class _Row:
    """One row: reads what can be read, and says what could not."""

    def __init__(self, name: str, line: Line, columns: dict[str, int]) -> None:
        self.where = f"{name}:{line.number}"
        self.line = line
        self.columns = columns
        self.problems: list[Problem] = []

    def read(self, width: int) -> CallListRow | None:
        if any(self.line.cells[width:]):
            # Everything after the stray comma stands one column off, the agent's number perhaps among it.
            count = max(i for i, cell in enumerate(self.line.cells) if cell) + 1
            self.say(f"这一行有 {count} 列，表头只有 {width} 列（多半是内容里有逗号而没加引号），整行没有用")
            return None
        call_id = self.value("call_id", identifier, "")
        file = text(self.cell("file"))
        if not call_id and not file:
            self.say("既没有录音文件也没有通话ID，整行没有用")
            return None
        agent_id = self.value("agent_id", identifier, "") or None
        if agent_id is None and "agent_id" in self.columns and not text(self.cell("agent_id")):
            self.say("没有工号，这通归入未知坐席")
        nothing: tuple[tuple[Role, ...] | None, bool] = (None, False)
        roles, is_mono = self.value("channels", channel_map, nothing)
        return CallListRow(
            line=self.line.number,
            call_id=call_id,
            file=file,
            agent_id=agent_id,
            agent_name=text(self.cell("agent_name")),
            team=text(self.cell("team")),
            started_at=self.started_at(),
            channel_roles=roles,
            is_mono=is_mono,
            business=text(self.cell("business")),
            tags=tags(self.cell("tags")),
        )

    def started_at(self) -> datetime | None:
        """From one column, or from a date and a time of day in two."""
        whole, day, clock = (text(self.cell(field)) for field in ("started_at", "date", "clock"))
        day = day.removesuffix(" 00:00:00")  # how Excel hands over a date
        if not day:
            return self.value_of("started_at", f"{whole} {clock}".strip(), moment, None)
        if whole and not clock and not _HAS_YEAR.search(whole):
            whole, clock = "", whole
        return self.value_of("started_at", whole or f"{day} {clock}".strip(), moment, None)

    def cell(self, field: str) -> str:
        column = self.columns.get(field)
        return self.line.cells[column] if column is not None and column < len(self.line.cells) else ""

    def value(self, field: str, read: Callable[[str], T], otherwise: T) -> T:
        return self.value_of(field, self.cell(field), read, otherwise)

    def value_of(self, field: str, cell: str, read: Callable[[str], T], otherwise: T) -> T:
        try:
            return read(cell)
        except BadValueError as error:
            self.say(f"{NAMES[field]}没有用上：{error}")
            return otherwise

    def say(self, message: str) -> None:
        self.problems.append(Problem(self.where, message))

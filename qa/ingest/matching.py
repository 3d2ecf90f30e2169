"""Finds the file that each row of the call list means."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

from qa.ingest.recordings import Found
from qa.ingest.records import CallListRow, Problem


def match(
    rows: Sequence[CallListRow], files: Sequence[Found], list_name: str
) -> tuple[dict[Found, CallListRow], list[Problem]]:
    """The row of each file that has one, and what did not fit together.

    Tried in turn: the file column by path, by name, by name without extension; then the call id as such a name.
    Letters' case and the direction of slashes do not matter.
    """
    index = _Index(files)
    row_of: dict[Found, CallListRow] = {}
    problems: list[Problem] = []
    for row in rows:
        where = f"{list_name}:{row.line}"
        candidates = index.candidates(row)
        if not candidates:
            problems.append(Problem(where, f"没有找到录音“{row.file or row.call_id}”，这一行没有用上"))
        elif len(candidates) > 1:
            names = "、".join(file.relative for file in candidates[:3])
            problems.append(
                Problem(
                    where,
                    f"“{row.file or row.call_id}”对得上 {len(candidates)} 个文件（{names}…），请写出文件夹；这一行没有用上",
                )
            )
        elif (first := row_of.get(candidates[0])) is not None:
            row_of[candidates[0]] = _second(first, row, where, problems)
        else:
            row_of[candidates[0]] = row
    return row_of, problems


def _second(first: CallListRow, second: CallListRow, where: str, problems: list[Problem]) -> CallListRow:
    """The first row stands; whose call it is stays open where the two name different agents."""
    if first.agent_id and second.agent_id and first.agent_id != second.agent_id:
        problems.append(
            Problem(
                where,
                f"同一个录音在第 {first.line} 行是工号 {first.agent_id}，这里是 {second.agent_id}；归入未知坐席，请改正后重跑",
            )
        )
        return _without_agent(first)
    problems.append(Problem(where, f"这个录音在第 {first.line} 行已经写过，用了那一行"))
    return first


def _without_agent(row: CallListRow) -> CallListRow:
    from msgspec.structs import replace

    return replace(row, agent_id=None, agent_name="", team="")


class _Index:
    """Files by everything that a row may call them."""

    def __init__(self, files: Sequence[Found]) -> None:
        self.by_name: dict[str, list[Found]] = defaultdict(list)
        for file in files:
            path = PurePosixPath(_plain(file.relative))
            for name in {path.name, path.stem}:
                self.by_name[name].append(file)

    def candidates(self, row: CallListRow) -> list[Found]:
        return self._meant_by(row.file) or self._meant_by(row.call_id)

    def _meant_by(self, reference: str) -> list[Found]:
        if not reference:
            return []
        path = PurePosixPath(_plain(reference))
        named = self.by_name.get(path.name) or self.by_name.get(path.stem if path.suffix else "") or []
        if len(named) < 2:
            return named
        exact = [file for file in named if PurePosixPath(_plain(file.relative)) == path]
        if exact:
            return exact
        # The list may give the phone system's own path: the file that shares the longest end with it is meant.
        shared = [_shared_end(_plain(file.path.as_posix()), str(path)) for file in named]
        return [file for file, length in zip(named, shared, strict=True) if length == max(shared)]


def _shared_end(a: str, b: str) -> int:
    count = 0
    for x, y in zip(reversed(PurePosixPath(a).parts[:-1]), reversed(PurePosixPath(b).parts[:-1]), strict=False):
        if x != y:
            break
        count += 1
    return count


def _plain(name: str) -> str:
    return re.sub(r"^(?:\./)+", "", unicodedata.normalize("NFC", name).replace("\\", "/").lower())

"""Takes in a night's recordings: finds and opens files, joins them with the call list, and says what does not fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from qa.errors import CallError, UsageError
from qa.ingest.matching import match
from qa.ingest.metadata import read_call_list
from qa.ingest.pattern import Pattern, compile_pattern
from qa.ingest.recordings import Found, Known, Progress, facts_of, find
from qa.ingest.records import AudioFacts, CallListRow, Duplicate, Intake, Problem
from qa.ingest.values import BadValueError
from qa.model import Failure, Recording

_NOTHING_SAID = CallListRow()


def intake(
    paths: Sequence[Path],
    call_list: Path | None = None,
    pattern: str | None = None,
    known: Known | None = None,
    *,
    exclude: Sequence[Path] = (),
    progress: Progress | None = None,
) -> Intake:
    """Everything that can be scored tonight, what cannot be opened, and what a person should mend.

    `exclude`: folders not to look into (the report's own). Raises `UsageError` before any file is opened where the
    call list, the pattern or a path is wrong, or where there is not one recording.
    """
    read_name = compile_pattern(pattern) if pattern else None
    listed = read_call_list(call_list) if call_list else None
    files = find(paths, exclude)
    if not files:
        raise UsageError(
            f"没有找到录音：{'、'.join(map(str, paths))}（支持 wav、mp3、m4a、amr、ogg、flac 等）",
            slug="recordings-none",
        )

    problems: list[Problem] = []
    row_of: dict[Found, CallListRow] = {}
    if listed and call_list:
        row_of, unmatched = match(listed.rows, files, call_list.name)
        problems = sorted([*listed.problems, *unmatched], key=_line)
        if not row_of:
            raise UsageError(
                f"通话列表 {call_list.name} 的 {len(listed.rows)} 行与 {len(files)} 个录音没有一个对得上，是不是拿错了列表或文件夹？",
                slug="call-list-none-match",
            )
    if read_name:
        problems.extend(_read_names(read_name, pattern or "", files, row_of))
    elif listed and call_list:
        problems.extend(
            Problem(file.relative, f"{call_list.name} 里没有这个录音，归入未知坐席")
            for file in files
            if file not in row_of
        )

    facts = facts_of(files, known, progress)
    kept, duplicates = _without_duplicates(files, facts, row_of, problems)
    call_ids = _call_ids(kept, row_of, problems)
    return _collected(kept, facts, row_of, call_ids, duplicates, problems)


def _line(problem: Problem) -> int:
    return int(problem.where.rpartition(":")[2] or 0)


def _read_names(
    read_name: Pattern, pattern: str, files: Sequence[Found], row_of: dict[Found, CallListRow]
) -> list[Problem]:
    """Adds rows for files that the call list does not have."""
    problems: list[Problem] = []
    unlisted = [file for file in files if file not in row_of]
    fitting = 0
    for file in unlisted:
        try:
            row = read_name(file)
        except BadValueError as error:
            problems.append(Problem(file.relative, f"文件名里的内容没有用上：{error}"))
            continue
        if row is None:
            problems.append(Problem(file.relative, f"文件名不合格式“{pattern}”，归入未知坐席"))
        else:
            fitting += 1
            row_of[file] = row
    if unlisted and not fitting and len(unlisted) == len(files):
        raise UsageError(
            f"没有一个文件名合格式“{pattern}”，例如 {unlisted[0].path.stem}；请对照文件名改 --pattern",
            slug="pattern-none-match",
        )
    return problems


def _without_duplicates(
    files: Sequence[Found],
    facts: dict[Path, AudioFacts | CallError],
    row_of: dict[Found, CallListRow],
    problems: list[Problem],
) -> tuple[list[Found], list[tuple[Found, Found]]]:
    """Files to go on with, and (left out, kept instead) for the rest. A file with a row is kept before one without."""
    first: dict[str, Found] = {}
    left_out: list[tuple[Found, Found]] = []
    for file in sorted(files, key=lambda file: file not in row_of):
        fact = facts[file.path]
        if isinstance(fact, CallError):
            continue
        kept = first.setdefault(fact.sha256, file)
        if kept is file:
            continue
        left_out.append((file, kept))
        message = f"与 {kept.relative} 是同一段录音（内容完全相同），只评一次"
        mine, theirs = (row_of.get(f, _NOTHING_SAID).agent_id for f in (file, kept))
        if mine and theirs and mine != theirs:
            message += f"；列表里两个工号（{theirs}、{mine}）不同，归入未知坐席，请改正后重跑"
            row_of[kept] = replace(row_of[kept], agent_id=None, agent_name="", team="")
        problems.append(Problem(file.relative, message))
    gone = {file for file, _ in left_out}
    return [file for file in files if file not in gone], left_out


def _call_ids(files: Sequence[Found], row_of: dict[Found, CallListRow], problems: list[Problem]) -> dict[Found, str]:
    """The call list's id, else the name without extension, else the path: the first of these that is free.

    Ids of the call list are given out first, so that a file's name can't take one away.
    """
    ids: dict[Found, str] = {}
    taken: dict[str, Found] = {}
    for file in files:
        call_id = row_of.get(file, _NOTHING_SAID).call_id
        if call_id and call_id not in taken:
            ids[file], taken[call_id] = call_id, file
        elif call_id:
            problems.append(
                Problem(file.relative, f"通话ID“{call_id}”已经是 {taken[call_id].relative} 的，这通改用文件名")
            )
    open_files = [file for file in files if file not in ids]
    stems = Counter(file.path.stem for file in open_files)
    for file in open_files:
        stem = file.path.stem
        # Every file of a shared stem goes by its path: which came first may differ tomorrow.
        ids[file] = stem if stems[stem] == 1 and stem not in taken else file.relative
    return _made_unique(ids)


def _made_unique(ids: dict[Found, str]) -> dict[Found, str]:
    """Two folders may hold the same relative path; then nothing but the whole path is left."""
    seen: set[str] = set()
    for file, call_id in ids.items():
        if call_id in seen:
            ids[file] = str(file.path)
        seen.add(ids[file])
    return ids


def _collected(
    files: Sequence[Found],
    facts: dict[Path, AudioFacts | CallError],
    row_of: dict[Found, CallListRow],
    call_ids: dict[Found, str],
    duplicates: Sequence[tuple[Found, Found]],
    problems: list[Problem],
) -> Intake:
    recordings: list[Recording] = []
    failures: list[tuple[Recording, Failure]] = []
    for file in files:
        fact, row = facts[file.path], row_of.get(file, _NOTHING_SAID)
        if isinstance(fact, CallError):
            unread = AudioFacts(size=0, mtime_ns=0, sha256="", duration_ms=0, sample_rate_hz=0, channel_count=0)
            failure = Failure(stage="ingest", slug=fact.slug, message=fact.message)
            failures.append((_recording(call_ids[file], file, unread, row), failure))
            continue
        recording = _recording(call_ids[file], file, fact, row)
        recordings.append(_with_map(recording, row, problems, file))
    return Intake(
        recordings=tuple(recordings),
        failures=tuple(failures),
        problems=tuple(problems),
        duplicates=tuple(Duplicate(str(file.path), call_ids[kept]) for file, kept in duplicates),
        facts={str(path): fact for path, fact in facts.items() if isinstance(fact, AudioFacts)},
    )


def _recording(call_id: str, file: Found, fact: AudioFacts, row: CallListRow) -> Recording:
    return Recording(
        call_id=call_id,
        path=str(file.path),
        sha256=fact.sha256,
        duration_ms=fact.duration_ms,
        sample_rate_hz=fact.sample_rate_hz,
        channel_count=fact.channel_count,
        codec=fact.codec,
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        team=row.team,
        started_at=row.started_at,
        business=row.business,
        tags=row.tags,
    )


def _with_map(recording: Recording, row: CallListRow, problems: list[Problem], file: Found) -> Recording:
    """The channel map, where it fits the sound; a map that does not is worth less than none."""
    count = recording.channel_count
    if row.channel_roles is None:
        if row.is_mono and count > 1:
            problems.append(
                Problem(
                    file.relative,
                    f"通话列表（第 {row.line} 行）说是单声道，录音有 {count} 个声道；坐席改由说话内容判断",
                )
            )
        return recording
    if len(row.channel_roles) != count:
        problems.append(
            Problem(
                file.relative,
                f"通话列表（第 {row.line} 行）写了 {len(row.channel_roles)} 个声道，录音有 {count} 个；声道安排没有用上",
            )
        )
        return recording
    return replace(recording, channel_roles=row.channel_roles)

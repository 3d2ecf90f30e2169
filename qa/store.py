"""The run's memory: one SQLite file, one row for each finished step.

A step's row is the only proof that the step is done, and it is written last, in one transaction, with the fingerprint
of everything the result depends on. There is no other state: killed at any point, the same command goes on from here.
Only the parent process opens the store for writing; a lock file beside it holds that process's id.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from qa.errors import UsageError

APPLICATION_ID = 0x71615F31  # "qa_1": `file qa.sqlite` and a wrong file given by mistake are told apart


def _m001_steps(db: sqlite3.Connection) -> None:
    db.execute("""
        CREATE TABLE step (
            call_id     TEXT NOT NULL,
            stage       TEXT NOT NULL,    -- transcribe, diarize, measure, judge
            fingerprint TEXT NOT NULL,    -- of all that the result depends on
            payload     BLOB,             -- JSON; NULL where the step failed
            error       TEXT,             -- JSON {slug, message}; NULL where it succeeded
            tries       INTEGER NOT NULL, -- failures in a row with this fingerprint; 0 where it succeeded
            finished_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
            PRIMARY KEY (call_id, stage),
            CHECK ((payload IS NULL) != (error IS NULL))
        ) STRICT""")
    db.execute("""
        CREATE TABLE recording (
            call_id  TEXT PRIMARY KEY,
            path     TEXT NOT NULL,
            size     INTEGER NOT NULL,
            mtime_ns INTEGER NOT NULL,
            payload  BLOB NOT NULL        -- JSON of the Recording as last taken in
        ) STRICT""")
    db.execute("CREATE INDEX recording_path ON recording (path)")
    db.execute("""
        CREATE TABLE run (
            run_id      INTEGER PRIMARY KEY,
            started_at  TEXT NOT NULL,
            finished_at TEXT,
            pid         INTEGER NOT NULL,
            argv        TEXT NOT NULL,    -- JSON array
            facts       TEXT NOT NULL,    -- JSON: version, rubric, engine, problems of the call list …
            exit_code   INTEGER
        ) STRICT""")
    db.execute("""
        CREATE TABLE run_call (
            run_id  INTEGER NOT NULL REFERENCES run,
            call_id TEXT NOT NULL,
            failure TEXT,                 -- JSON Failure of ingest; such a call has no steps
            PRIMARY KEY (run_id, call_id)
        ) STRICT""")
    db.execute("""
        CREATE TABLE event (              -- what a person did that others may want to know of
            at     TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
            person TEXT NOT NULL,         -- the login name
            what   TEXT NOT NULL
        ) STRICT""")
    # For ad-hoc SQL: every finding of every judged call, straight from the payload; not a second copy.
    db.execute("""
        CREATE VIEW finding AS
        SELECT step.call_id, verdict.value ->> 'code' AS code, finding.value ->> 'rule_id' AS rule_id,
               verdict.value ->> 'outcome' AS outcome, finding.value ->> 'points' AS points,
               finding.value ->> 'role' AS role, finding.value -> 'span' ->> 0 AS start_ms,
               finding.value -> 'span' ->> 1 AS end_ms, finding.value ->> 'quote' AS quote
        FROM step, json_each(CAST(step.payload AS TEXT), '$.items') AS item,
             json_each(item.value, '$.verdicts') AS verdict, json_each(verdict.value, '$.findings') AS finding
        WHERE step.stage = 'judge' AND step.payload IS NOT NULL""")


def _m002_role_corrections(db: sqlite3.Connection) -> None:
    db.execute("""
        CREATE TABLE role_correction (    -- append only: the last row of a call counts
            call_id TEXT NOT NULL,
            at      TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
            person  TEXT NOT NULL,        -- the login name
            payload TEXT NOT NULL         -- JSON of the RoleCorrection
        ) STRICT""")
    db.execute("CREATE INDEX role_correction_call ON role_correction (call_id)")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_m001_steps, _m002_role_corrections)
"""Append only. `PRAGMA user_version` counts those applied."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row: a payload, or an error with the number of tries that ended in it."""

    call_id: str
    stage: str
    fingerprint: str
    payload: bytes | None
    error: dict[str, str] | None
    tries: int


class Store:
    """Open with `with Store(path) as store:`. `readonly=True` never creates, migrates or waits for a writer."""

    def __init__(self, path: Path, *, readonly: bool = False) -> None:
        self.path = path
        if readonly:
            if not path.is_file():
                raise UsageError(f"没有找到运行记录 {path}：先运行 qa run，或用 --store 指明位置", slug="store-missing")
            self._db = self._connect(f"file:{path.resolve().as_posix()}?mode=ro", uri=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = self._connect(str(path))
        try:
            self._prepare(readonly)
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise UsageError(
                f"{path} 不是 qa 的运行记录，或已损坏（{error}）：换一个 --store", slug="store-broken"
            ) from error

    @staticmethod
    def _connect(name: str, *, uri: bool = False) -> sqlite3.Connection:
        db = sqlite3.connect(name, uri=uri, isolation_level=None, timeout=30)
        db.row_factory = sqlite3.Row
        return db

    def _prepare(self, readonly: bool) -> None:
        (application,) = self._db.execute("PRAGMA application_id").fetchone()
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        (tables,) = self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if tables and application != APPLICATION_ID:
            raise sqlite3.DatabaseError("application_id 不符")
        if version > len(MIGRATIONS):
            raise UsageError(f"{self.path} 是更新版本的 qa 写的：请升级 qa", slug="store-newer")
        if readonly:
            return
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        for number in range(version, len(MIGRATIONS)):
            with self.transaction():
                MIGRATIONS[number](self._db)
                self._db.execute(f"PRAGMA user_version = {number + 1}")
                self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # ---------------------------------------------------------------- steps

    def step(self, call_id: str, stage: str) -> Step | None:
        row = self._db.execute("SELECT * FROM step WHERE call_id = ? AND stage = ?", (call_id, stage)).fetchone()
        return _step(row) if row else None

    def fingerprints(self) -> dict[tuple[str, str], tuple[str, bool, int]]:
        """(call_id, stage) → (fingerprint, succeeded, tries), without the payloads."""
        rows = self._db.execute("SELECT call_id, stage, fingerprint, error IS NULL AS ok, tries FROM step")
        return {(r["call_id"], r["stage"]): (r["fingerprint"], bool(r["ok"]), r["tries"]) for r in rows}

    def put(self, call_id: str, stage: str, fingerprint: str, payload: bytes) -> None:
        """The step is done: this row is the proof."""
        self._write(call_id, stage, fingerprint, payload, None, 0)

    def put_error(self, call_id: str, stage: str, fingerprint: str, *, slug: str, message: str) -> None:
        """The step failed. Tries with the same fingerprint are counted; a changed one starts afresh."""
        before = self.step(call_id, stage)
        tries = before.tries + 1 if before and before.fingerprint == fingerprint else 1
        error = json.dumps({"slug": slug, "message": message}, ensure_ascii=False)
        self._write(call_id, stage, fingerprint, None, error, tries)

    def _write(
        self, call_id: str, stage: str, fingerprint: str, payload: bytes | None, error: str | None, tries: int
    ) -> None:
        with self.transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO step (call_id, stage, fingerprint, payload, error, tries) VALUES (?,?,?,?,?,?)",
                (call_id, stage, fingerprint, payload, error, tries),
            )

    # ---------------------------------------------------------------- corrections by people

    def corrections(self) -> dict[str, str]:
        """call_id → JSON of the last role correction."""
        (known,) = self._db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'role_correction'").fetchone()
        if not known:  # opened for reading, and written by an older qa
            return {}
        rows = self._db.execute("SELECT call_id, payload FROM role_correction ORDER BY rowid")
        return {row["call_id"]: row["payload"] for row in rows}

    def put_correction(self, call_id: str, person: str, payload: str) -> None:
        """Adds what a person said; what was said before stays."""
        with self.transaction():
            self._db.execute(
                "INSERT INTO role_correction (call_id, person, payload) VALUES (?, ?, ?)", (call_id, person, payload)
            )

    # ---------------------------------------------------------------- recordings and runs

    def recordings(self) -> Iterator[tuple[str, int, int, bytes]]:
        """(path, size, mtime_ns, payload) of every recording ever taken in."""
        yield from self._db.execute("SELECT path, size, mtime_ns, payload FROM recording")

    def recording(self, call_id: str) -> bytes | None:
        row = self._db.execute("SELECT payload FROM recording WHERE call_id = ?", (call_id,)).fetchone()
        return row["payload"] if row else None

    def begin_run(
        self,
        *,
        started_at: str,
        argv: list[str],
        facts: dict[str, object],
        recordings: Iterable[tuple[str, str, int, int, bytes]],
        failures: Iterable[tuple[str, str]],
    ) -> int:
        """`recordings`: (call_id, path, size, mtime_ns, payload); `failures`: (call_id, JSON). Returns the run's id."""
        with self.transaction():
            cursor = self._db.execute(
                "INSERT INTO run (started_at, pid, argv, facts) VALUES (?, ?, ?, ?)",
                (started_at, os.getpid(), json.dumps(argv, ensure_ascii=False), json.dumps(facts, ensure_ascii=False)),
            )
            run_id = int(cursor.lastrowid or 0)
            for row in recordings:
                self._db.execute("INSERT OR REPLACE INTO recording VALUES (?, ?, ?, ?, ?)", row)
                self._db.execute("INSERT INTO run_call VALUES (?, ?, NULL)", (run_id, row[0]))
            for call_id, failure in failures:
                self._db.execute("INSERT OR REPLACE INTO run_call VALUES (?, ?, ?)", (run_id, call_id, failure))
        return run_id

    def end_run(self, run_id: int, *, finished_at: str, exit_code: int) -> None:
        with self.transaction():
            self._db.execute(
                "UPDATE run SET finished_at = ?, exit_code = ? WHERE run_id = ?", (finished_at, exit_code, run_id)
            )

    def log(self, person: str, what: str) -> None:
        """Remembers that a person did something that others may want to know of."""
        with self.transaction():
            self._db.execute("INSERT INTO event (person, what) VALUES (?, ?)", (person, what))

    def last_run(self) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.execute("SELECT * FROM run ORDER BY run_id DESC LIMIT 1").fetchone()
        return row

    def run_calls(self, run_id: int) -> list[tuple[str, str | None]]:
        """(call_id, JSON of the ingest failure or None) of one run, in call order."""
        rows = self._db.execute("SELECT call_id, failure FROM run_call WHERE run_id = ? ORDER BY call_id", (run_id,))
        return [(row["call_id"], row["failure"]) for row in rows]

    def all_calls(self) -> Iterator[tuple[str, str | None, str]]:
        """(call_id, failure as of the last run with it, start of the first run with it) of every call, in call order."""
        rows = self._db.execute("""
            SELECT run_call.call_id, run_call.failure, first.started_at
            FROM (SELECT call_id, min(run_id) AS first, max(run_id) AS last FROM run_call GROUP BY call_id) AS seen
            JOIN run_call ON run_call.call_id = seen.call_id AND run_call.run_id = seen.last
            JOIN run AS first ON first.run_id = seen.first
            ORDER BY run_call.call_id""").fetchall()
        for row in rows:
            yield row["call_id"], row["failure"], row["started_at"]


def _step(row: sqlite3.Row) -> Step:
    error = json.loads(row["error"]) if row["error"] is not None else None
    return Step(row["call_id"], row["stage"], row["fingerprint"], row["payload"], error, row["tries"])


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Only one batch writes to a store at a time; a second one is told whose it is instead of waiting."""
    path.parent.mkdir(parents=True, exist_ok=True)
    holder = path.with_name(path.name + ".pid")
    lock: AbstractContextManager[object] = FileLock(path.with_name(path.name + ".lock"), timeout=0)
    try:
        with lock:
            holder.write_text(str(os.getpid()), encoding="utf-8")
            try:
                yield
            finally:
                holder.unlink(missing_ok=True)
    except Timeout as error:
        pid = holder.read_text(encoding="utf-8") if holder.is_file() else "未知"
        raise UsageError(
            f"另一批正在使用 {path}（进程号 {pid}）：等它结束，或用 --store 换一个位置", slug="store-locked"
        ) from error

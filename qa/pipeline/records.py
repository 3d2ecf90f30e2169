"""Reads back from the store what is known about calls and runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from qa.errors import UsageError
from qa.model import Call, CallRecord, CallScore, Failure, Night, Recording, Transcript
from qa.pipeline.fingerprints import STAGES
from qa.store import Store


def last_run_id(store: Store) -> int:
    """Raises UsageError where nothing has ever been run."""
    row = store.last_run()
    if row is None:
        raise UsageError(f"{store.path} 里还没有运行记录：先运行 qa run", slug="store-empty")
    return int(row["run_id"])


def record(store: Store, call_id: str, failure: str | None = None) -> CallRecord | None:
    """All that is known about one call; None where the store has never seen it. `failure`: the ingest failure as kept."""
    if failure is not None:
        return msgspec.json.decode(failure, type=CallRecord)
    payload = store.recording(call_id)
    if payload is None:
        return None
    recording = msgspec.json.decode(payload, type=Recording)
    found: dict[str, bytes] = {}
    stopped: Failure | None = None
    for stage in STAGES:
        step = store.step(call_id, stage)
        if step is None:
            stopped = stopped or Failure(stage=stage, slug="not-done", message="还没有做：再运行一次同样的命令")
            break
        if step.error is not None:
            stopped = Failure(stage=stage, slug=step.error["slug"], message=step.error["message"])
            break
        found[stage] = step.payload or b""
    transcript = msgspec.json.decode(found["transcribe"], type=Transcript) if "transcribe" in found else None
    if "diarize" in found:
        transcript = msgspec.json.decode(found["diarize"], type=Transcript | None) or transcript
    call = msgspec.json.decode(found["measure"], type=Call) if "measure" in found else None
    return CallRecord(
        recording=recording,
        transcript=transcript,
        call=msgspec.structs.replace(call, recording=recording) if call else None,
        score=msgspec.json.decode(found["judge"], type=CallScore) if "judge" in found else None,
        failure=stopped,
    )


Calls = Sequence[tuple[str, str | None]]
"""(call_id, JSON of the ingest failure or None): which calls a report is about."""


def records_of(store: Store, calls: Calls) -> Callable[[], Iterator[CallRecord]]:
    """Called as often as needed; each time it reads those calls one by one."""

    def read() -> Iterator[CallRecord]:
        for call_id, failure in calls:
            found = record(store, call_id, failure)
            if found is not None:
                yield found

    return read


class PartOfStore(msgspec.Struct, frozen=True):
    """Some of a report's calls, to be read in another process."""

    store: Path
    calls: Calls

    def __call__(self) -> Iterator[CallRecord]:
        with Store(self.store, readonly=True) as opened:
            yield from records_of(opened, self.calls)()


def scores_of(store: Store, calls: Calls) -> Iterator[tuple[Recording, CallScore | None]]:
    """What scorecards are made of, without reading transcripts."""
    for call_id, failure in calls:
        if failure is not None:
            yield msgspec.json.decode(failure, type=CallRecord).recording, None
            continue
        payload = store.recording(call_id)
        step = store.step(call_id, "judge")
        if payload is not None:
            score = msgspec.json.decode(step.payload, type=CallScore) if step and step.payload else None
            yield msgspec.json.decode(payload, type=Recording), score


def night_of(store: Store) -> Night:
    """Head and foot of the report on the last run."""
    row = store.last_run()
    if row is None:
        raise UsageError(f"{store.path} 里还没有运行记录：先运行 qa run", slug="store-empty")
    facts = json.loads(row["facts"])
    started = datetime.fromisoformat(row["started_at"])
    return Night(
        started_at=started,
        finished_at=datetime.fromisoformat(row["finished_at"]) if row["finished_at"] else started,
        rubric=facts["rubric"],
        rubric_name=facts["rubric_name"],
        engine=facts["engine"],
        version=facts["version"],
        pass_mark=facts["pass_mark"],
        problems=tuple(facts["problems"]),
        mask_names=bool(facts.get("mask_names", False)),
    )

"""Says where a batch stands: counts per stage, what failed, and why a call's steps will run again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import msgspec

from qa.errors import UsageError
from qa.judge import load_rubric
from qa.model import CallRecord, CallScore, Recording
from qa.pipeline.batch import RunOptions, depends_of, sidecar_print
from qa.pipeline.fingerprints import STAGES, fingerprints, reasons
from qa.store import Store


@dataclass(frozen=True, slots=True)
class FailedCall:
    call_id: str
    stage: str
    slug: str
    message: str
    tries: int


@dataclass(frozen=True, slots=True)
class Status:
    """The last run as it stands now."""

    run_id: int
    started_at: str
    finished_at: str | None
    exit_code: int | None
    calls: int
    done: dict[str, int]
    """Finished steps per stage."""
    failed: tuple[FailedCall, ...]
    review: tuple[tuple[str, str], ...]
    """(call_id, why), for calls that a person should look at."""
    problems: tuple[str, ...]


def status(store: Store) -> Status:
    row = store.last_run()
    if row is None:
        raise UsageError(f"{store.path} 里还没有运行记录：先运行 qa run", slug="store-empty")
    calls = store.run_calls(row["run_id"])
    done = dict.fromkeys(STAGES, 0)
    failed: list[FailedCall] = []
    review: list[tuple[str, str]] = []
    for call_id, failure in calls:
        if failure is not None:
            unread = msgspec.json.decode(failure, type=CallRecord).failure
            if unread is not None:
                failed.append(FailedCall(call_id, unread.stage, unread.slug, unread.message, 1))
            continue
        for stage in STAGES:
            step = store.step(call_id, stage)
            if step is None:
                break
            if step.error is not None:
                failed.append(FailedCall(call_id, stage, step.error["slug"], step.error["message"], step.tries))
                break
            done[stage] += 1
            if stage == "judge" and step.payload:
                score = msgspec.json.decode(step.payload, type=CallScore)
                review.extend((call_id, why) for why in score.needs_review)
    facts = json.loads(row["facts"])
    return Status(
        run_id=row["run_id"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        exit_code=row["exit_code"],
        calls=len(calls),
        done=done,
        failed=tuple(failed),
        review=tuple(review),
        problems=tuple(facts["problems"]),
    )


def options_of(facts: str) -> RunOptions:
    """What the command of a run asked for, from the run's `facts`."""
    return msgspec.convert(json.loads(facts)["options"], type=RunOptions, dec_hook=lambda kind, value: kind(value))


def why(store: Store, call_id: str) -> list[tuple[str, str]]:
    """(stage, Chinese sentence) for one call, as the last run's command would find it now."""
    row = store.last_run()
    payload = store.recording(call_id)
    if row is None or payload is None:
        raise UsageError(f"{store.path} 里没有通话 {call_id}：用 qa status 看有哪些", slug="call-unknown")
    recording = msgspec.json.decode(payload, type=Recording)
    options = options_of(row["facts"])
    depends = depends_of(options, load_rubric(options.rubric, options.profile))
    correction = store.corrections().get(call_id, "")
    wanted = fingerprints(recording, depends, sidecar_print(options.engine, recording), correction)
    lines: list[tuple[str, str]] = []
    again = False
    for stage in STAGES:
        step = store.step(call_id, stage)
        if step is None:
            lines.append((stage, "没做过，会做"))
            again = True
        elif step.error is not None:
            lines.append((stage, f"上次失败（第 {step.tries} 次）：{step.error['message']}；会再试"))
            again = True
        elif step.fingerprint != wanted[stage]:
            what = "、".join(reasons(step.fingerprint, wanted[stage]))
            lines.append((stage, f"要重做：{what}"))
            again = True
        else:
            lines.append((stage, "要重做：前一步会重做" if again else "已完成，不会重做"))
    if not Path(recording.path).is_file():
        lines.append(("ingest", f"录音文件不在了：{recording.path}"))
    return lines

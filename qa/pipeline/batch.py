"""Runs the missing steps of every call in order and commits each as it finishes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec

import qa
from qa.errors import UsageError
from qa.ingest import AudioFacts, Intake, intake
from qa.judge import Rubric, load_rubric
from qa.model import CallRecord, CallScore, Failure, Recording
from qa.pipeline.executors import processes, serial
from qa.pipeline.fingerprints import STAGES, Depends, fingerprints, provisional, rubric_only
from qa.pipeline.steps import Job, StepResult, Workshop
from qa.store import Store, locked
from qa.transcribe import diarize
from qa.transcribe.correction import RoleCorrection
from qa.transcribe.engine import EngineOptions, identity, prepare
from qa.transcribe.sidecar import sidecar_sha256

GIVE_UP_AFTER_TRIES = 3
"""A step that failed this often on unchanged input is left alone until `--retry-failed`."""


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What `qa run` was asked for. Kept with the run, so that `qa status --why` can compare later."""

    recordings: tuple[Path, ...]
    rubric: Path
    store: Path
    call_list: Path | None = None
    pattern: str | None = None
    profile: str | None = None
    engine: str = "whisper"
    engine_options: EngineOptions = msgspec.field(default_factory=EngineOptions)
    workers: int = 1
    """0 does everything in this process."""
    retry_failed: bool = False
    exclude: tuple[Path, ...] = ()
    """Folders that hold no recordings though they lie among them: the report's own."""


@dataclass(slots=True)
class Summary:
    """What one run did. `calls` counts every call of the batch, done now or earlier."""

    run_id: int = 0
    calls: int = 0
    audio_ms: int = 0
    steps_done: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STAGES, 0))
    steps_kept: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STAGES, 0))
    failures: dict[str, Failure] = field(default_factory=dict)
    """By call id: what ended the call, tonight or (given up) on an earlier night."""
    undetermined: list[str] = field(default_factory=list)
    """Calls judged, in which nothing could be scored."""
    review: list[str] = field(default_factory=list)
    """Calls that a person should look at."""
    problems: tuple[str, ...] = ()
    wall_s: float = 0.0

    @property
    def exit_code(self) -> int:
        return 1 if self.failures or self.undetermined else 0


class Listener(Protocol):
    """Who wants to see the night go by: a progress bar, or a log."""

    def begin(self, todo: int, todo_ms: int, kept: int) -> None:
        """`todo` calls with `todo_ms` of audio have steps missing; `kept` have none."""

    def done(self, recording: Recording, score: CallScore | None, failure: Failure | None) -> None:
        """A call that had work to do has none left, or has failed."""

    def end(self) -> None: ...


def run(options: RunOptions, listener: Listener, argv: list[str] | None = None) -> Summary:
    """Checks everything that a person could have got wrong, then does what is missing.

    Raises UsageError before the first recording is touched where command, rubric, call list or model are wrong, or
    another batch holds the store.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    rubric = load_rubric(options.rubric, options.profile)
    prepare(options.engine, options.engine_options)
    depends = depends_of(options, rubric)
    with locked(options.store), Store(options.store) as store:
        taken = intake(options.recordings, options.call_list, options.pattern, _known(store), exclude=options.exclude)
        run_id = _begin(store, options, rubric, depends, taken, started, argv or sys.argv)
        summary = Summary(run_id=run_id, problems=problem_lines(taken))
        summary.failures.update({recording.call_id: failure for recording, failure in taken.failures})
        summary.calls = len(taken.recordings) + len(taken.failures)
        summary.audio_ms = sum(recording.duration_ms for recording in taken.recordings)
        code = 3
        try:
            _do_missing(store, options, rubric, depends, taken, summary, listener)
            code = summary.exit_code
        except KeyboardInterrupt:
            code = 130
            raise
        except SystemExit as error:
            code = int(error.code or 0)
            raise
        except UsageError:
            code = 2
            raise
        finally:
            listener.end()
            store.end_run(run_id, finished_at=_now(), exit_code=code)
    summary.wall_s = time.monotonic() - clock
    return summary


def depends_of(options: RunOptions, rubric: Rubric) -> Depends:
    """What every call of that command depends on."""
    return Depends(
        engine=identity(options.engine, options.engine_options),
        rubric=rubric.sha256,
        voices=diarize.identity(),
        hotwords=rubric.hotwords,
        llm=rubric.asks,
    )


def _known(store: Store) -> Callable[[Path, int, int], AudioFacts | None]:
    """Files taken in before: unchanged ones (path, size, mtime) are neither hashed nor opened again."""
    facts = {
        (path, size, mtime_ns): msgspec.json.decode(payload, type=Recording)
        for path, size, mtime_ns, payload in store.recordings()
    }

    def known(path: Path, size: int, mtime_ns: int) -> AudioFacts | None:
        recording = facts.get((str(path), size, mtime_ns))
        if recording is None:
            return None
        return AudioFacts(
            size=size,
            mtime_ns=mtime_ns,
            sha256=recording.sha256,
            duration_ms=recording.duration_ms,
            sample_rate_hz=recording.sample_rate_hz,
            channel_count=recording.channel_count,
            codec=recording.codec,
        )

    return known


def _begin(
    store: Store,
    options: RunOptions,
    rubric: Rubric,
    depends: Depends,
    taken: Intake,
    started: datetime,
    argv: list[str],
) -> int:
    facts: dict[str, object] = {
        "version": qa.__version__,
        "rubric": rubric.label,
        "rubric_name": rubric.name,
        "pass_mark": rubric.pass_mark,
        "engine": depends.engine,
        "mask_names": rubric.privacy.mask_customer_names,
        "problems": problem_lines(taken),
        "options": msgspec.to_builtins(options, enc_hook=str),
    }
    rows = []
    for recording in taken.recordings:
        facts_now = taken.facts[recording.path]
        payload = msgspec.json.encode(recording)
        rows.append((recording.call_id, recording.path, facts_now.size, facts_now.mtime_ns, payload))
    failures = [
        (recording.call_id, msgspec.json.encode(CallRecord(recording=recording, failure=failure)).decode())
        for recording, failure in taken.failures
    ]
    return store.begin_run(started_at=started.isoformat(), argv=argv, facts=facts, recordings=rows, failures=failures)


def problem_lines(taken: Intake) -> tuple[str, ...]:
    """One Chinese line for each thing that is wrong with the call list or the folder, duplicates included."""
    return tuple(str(problem) for problem in taken.problems)


def _do_missing(
    store: Store,
    options: RunOptions,
    rubric: Rubric,
    depends: Depends,
    taken: Intake,
    summary: Summary,
    listener: Listener,
) -> None:
    recordings = {recording.call_id: recording for recording in taken.recordings}
    corrections = store.corrections()
    prints = {
        call_id: fingerprints(
            recording, depends, sidecar_print(options.engine, recording), corrections.get(call_id, "")
        )
        for call_id, recording in recordings.items()
    }
    stored = store.fingerprints()
    todo: dict[str, tuple[str, ...]] = {}
    for call_id in recordings:
        missing = missing_stages(call_id, prints[call_id], stored)
        for stage in STAGES:
            if stage not in missing:
                summary.steps_kept[stage] += 1
        if missing and (failure := _given_up(store, call_id, missing[0], prints[call_id], options.retry_failed)):
            summary.failures[call_id] = failure
        elif missing:
            todo[call_id] = missing
        else:
            _count(summary, call_id, _score(store, call_id))
    listener.begin(len(todo), sum(recordings[call_id].duration_ms for call_id in todo), len(recordings) - len(todo))
    workshop = Workshop(options.engine, options.engine_options, rubric)
    jobs = (
        job_of(store, recordings[call_id], stages, corrections.get(call_id), prints[call_id]["judge"])
        for call_id, stages in todo.items()
    )
    results = processes(workshop, jobs, options.workers) if options.workers else serial(workshop, jobs)
    for result in results:
        commit(store, prints[result.call_id][result.stage], result)
        recording = recordings[result.call_id]
        if result.failure:
            summary.failures[result.call_id] = result.failure
            listener.done(recording, None, result.failure)
            continue
        summary.steps_done[result.stage] += 1
        if result.stage == STAGES[-1]:
            score = msgspec.json.decode(result.payload or b"", type=CallScore)
            _count(summary, result.call_id, score)
            listener.done(recording, score, None)


def missing_stages(
    call_id: str, wanted: dict[str, str], stored: dict[tuple[str, str], tuple[str, bool, int]]
) -> tuple[str, ...]:
    """The stages that must run: from the first one whose row is absent, failed, or made from something else."""
    for number, stage in enumerate(STAGES):
        found = stored.get((call_id, stage))
        if found is None or found[0] != wanted[stage] or not found[1]:
            return STAGES[number:]
    return ()


def _given_up(store: Store, call_id: str, stage: str, wanted: dict[str, str], retry: bool) -> Failure | None:
    step = store.step(call_id, stage)
    if retry or step is None or step.error is None or step.fingerprint != wanted[stage]:
        return None
    if step.tries < GIVE_UP_AFTER_TRIES:
        return None
    message = f"{step.error['message']}（已试 {step.tries} 次，不再自动重试；要再试请加 --retry-failed）"
    return Failure(stage=stage, slug=step.error["slug"], message=message)


def job_of(store: Store, recording: Recording, todo: tuple[str, ...], correction: str | None, judged: str) -> Job:
    """What a worker needs for these stages of one call: what the stages before them left, and what a person said.

    `judged`: the fingerprint that the score will have.
    """

    def payload(stage: str) -> bytes | None:
        step = store.step(recording.call_id, stage)
        return step.payload if step else None

    only_judge = todo == ("judge",)
    before = store.step(recording.call_id, "judge") if only_judge else None
    return Job(
        recording=recording,
        todo=todo,
        transcript=payload("transcribe") if todo[0] in ("diarize", "measure") else None,
        voices=payload("diarize") if todo[0] == "measure" else None,
        call=payload("measure") if only_judge else None,
        before=before.payload if before and rubric_only(before.fingerprint, judged) else None,
        correction=msgspec.json.decode(correction, type=RoleCorrection) if correction else None,
    )


def commit(store: Store, fingerprint: str, result: StepResult) -> None:
    """Writes the row that proves the step done, or says why it is not."""
    if result.failure:
        store.put_error(
            result.call_id, result.stage, fingerprint, slug=result.failure.slug, message=result.failure.message
        )
    else:
        if result.provisional:
            fingerprint = provisional(fingerprint)
        store.put(result.call_id, result.stage, fingerprint, result.payload or b"")


def _score(store: Store, call_id: str) -> CallScore:
    step = store.step(call_id, "judge")
    assert step is not None
    assert step.payload is not None
    return msgspec.json.decode(step.payload, type=CallScore)


def _count(summary: Summary, call_id: str, score: CallScore) -> None:
    if not score.before_veto.out_of:
        summary.undetermined.append(call_id)
    if score.needs_review:
        summary.review.append(call_id)


def sidecar_print(engine: str, recording: Recording) -> str:
    """What a transcript beside the recording adds to the fingerprint: only an engine that reads it depends on it."""
    return sidecar_sha256(Path(recording.path))[:16] if engine == "sidecar" else ""


def _now() -> str:
    return datetime.now(UTC).isoformat()

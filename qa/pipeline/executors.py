"""Ways to run jobs: here, or in worker processes; both yield each step's result as it arrives.

Worker processes of our own rather than concurrent.futures: there, one worker that dies (out of memory, a crash in a
codec) breaks the whole pool and nobody knows which call did it; a hung call can't be ended; and a job can't hand over
its first step before its last. Here the call that was in hand is named and the night goes on.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from qa.errors import QaError, UsageError
from qa.model import Failure
from qa.pipeline.steps import Job, StepResult, Workshop, perform

PATIENCE_S = 600.0
"""Every step may take this long, plus `PATIENCE_PER_AUDIO` times the recording: far beyond any healthy call, so that
only a hang is ended."""
PATIENCE_PER_AUDIO = 30.0
JOBS_PER_WORKER = 200
"""A worker is replaced after this many calls: native decoders leak, and a night is long."""


def serial(workshop: Workshop, jobs: Iterable[Job]) -> Iterator[StepResult]:
    """In this process, one after the other."""
    for job in jobs:
        yield from perform(job, workshop)


def processes(workshop: Workshop, jobs: Iterable[Job], count: int) -> Iterator[StepResult]:
    """In `count` worker processes. A worker that dies or hangs costs the call it had in hand, and nothing else.

    Raises UsageError where workers cannot even start (a model that does not load).
    """
    context = multiprocessing.get_context("spawn")
    waiting = iter(jobs)
    workers: list[_Worker] = []
    try:
        while True:
            while len(workers) < count and (job := next(waiting, None)) is not None:
                workers.append(_Worker.start(context, workshop, job))
            if not workers:
                return
            for worker in _ready(workers):
                yield from worker.news()
                if worker.job is None and not worker.gone and worker.jobs_done < JOBS_PER_WORKER:
                    worker.give(next(waiting, None))
                if worker.job is None:
                    worker.end()
                    workers.remove(worker)
    finally:
        for worker in workers:
            worker.end(now=True)


def _ready(workers: list[_Worker]) -> list[_Worker]:
    """Waits for news; a worker beyond its patience is killed, which is news too."""
    due = min(worker.due_s for worker in workers)
    found = wait(
        [w.connection for w in workers] + [w.process.sentinel for w in workers], max(0.0, due - time.monotonic())
    )
    for worker in workers:
        if time.monotonic() >= worker.due_s:
            worker.overdue = True
            worker.process.kill()
            worker.process.join()
    return [w for w in workers if w.overdue or w.connection in found or w.process.sentinel in found]


@dataclass(slots=True, eq=False)
class _Worker:
    process: BaseProcess
    connection: Connection
    job: Job | None
    due_s: float
    started: bool = False
    gone: bool = False
    overdue: bool = False
    jobs_done: int = 0
    steps_done: int = 0

    @classmethod
    def start(cls, context: multiprocessing.context.SpawnContext, workshop: Workshop, job: Job) -> _Worker:
        here, there = context.Pipe()
        process = context.Process(target=_serve, args=(there, workshop), daemon=True)
        process.start()
        there.close()
        worker = cls(process, here, None, 0.0)
        worker.give(job)
        return worker

    def give(self, job: Job | None) -> None:
        self.job, self.steps_done = job, 0
        if job is not None:
            self.due_s = time.monotonic() + PATIENCE_S + PATIENCE_PER_AUDIO * job.recording.duration_ms / 1000
            # A worker that just died says so through its sentinel, with the job still in hand.
            with contextlib.suppress(OSError):
                self.connection.send(job)

    def news(self) -> Iterator[StepResult]:
        """All results that have arrived; the failure of the call in hand where the worker is gone."""
        try:
            while self.connection.poll():
                said = self.connection.recv()
                if isinstance(said, StepResult):
                    self.steps_done += 1
                    yield said
                elif isinstance(said, QaError):
                    raise UsageError(said.message, slug=said.slug)
                else:
                    self.job, self.jobs_done = None, self.jobs_done + 1
                    return
        except (EOFError, OSError):
            self.gone = True
        if self.gone or self.overdue or not self.process.is_alive():
            self.process.join()
            self.gone = True
            if self.job is not None:
                yield self._died(self.job)
                self.job = None

    def _died(self, job: Job) -> StepResult:
        stage = job.todo[min(self.steps_done, len(job.todo) - 1)]
        code = self.process.exitcode
        if self.overdue:
            slug, message = "step-timeout", f"超过 {self.due_s_allowed(job):.0f} 秒没有做完，已中止"
        else:
            slug, message = "worker-died", f"工作进程意外退出（退出码 {code};-9 多半是内存不足）"
        return StepResult(
            call_id=job.recording.call_id, stage=stage, failure=Failure(stage=stage, slug=slug, message=message)
        )

    @staticmethod
    def due_s_allowed(job: Job) -> float:
        return PATIENCE_S + PATIENCE_PER_AUDIO * job.recording.duration_ms / 1000

    def end(self, *, now: bool = False) -> None:
        if now:
            self.process.kill()
        self.connection.close()  # its next recv raises EOFError, and it leaves by itself
        self.process.join()


def _serve(connection: Connection, workshop: Workshop) -> None:
    """A worker's life: jobs in, one message for each step, None after each job."""
    # Ctrl-C in a terminal reaches every process of the group; only the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            job: Job = connection.recv()
            try:
                if "transcribe" in job.todo:
                    workshop.engine  # noqa: B018 - loads the model: if that fails, it fails for every call
            except QaError as error:
                connection.send(error)
                return
            for result in perform(job, workshop):
                connection.send(result)
            connection.send(None)

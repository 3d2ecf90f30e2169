"""Judges the stored calls with two rubrics and says what would change: scores, agents, rules. Writes nothing."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from pathlib import Path

from qa.errors import UsageError
from qa.judge import Rubric, judge_both
from qa.pipeline.difference import CallChange, difference
from qa.pipeline.stored import StoredCall, stored_calls
from qa.pipeline.totals import Backtest, Totals
from qa.store import Store

CALLS_PER_PART = 40
"""So many go to a worker at once: enough that sending them costs nothing beside judging them."""
PARTS_WAITING = 2
"""For each worker: memory does not grow with the store."""


def backtest(store_path: Path, old: Rubric, new: Rubric, *, workers: int = 2) -> Backtest:
    """All calls ever measured into the store, under both rubrics. Raises UsageError where there are none."""
    with Store(store_path, readonly=True) as store:
        changes = compared(stored_calls(store), old, new, workers)
        found = Totals(old, new)
        for change in changes:
            found.add(change)
    if not found.calls:
        raise UsageError(f"{store_path} 里还没有测量过的通话：先运行 qa run", slug="store-empty")
    return found.result()


def compared(calls: Iterable[StoredCall], old: Rubric, new: Rubric, workers: int) -> Iterator[CallChange]:
    """One change for each call, in the order of the calls; in this process where one part holds them all."""
    waiting = iter(calls)
    first = list(islice(waiting, CALLS_PER_PART))
    second = list(islice(waiting, CALLS_PER_PART))
    if workers < 2 or not second:
        yield from (_compare(call, old, new) for part in (first, second, waiting) for call in part)
        return
    context = multiprocessing.get_context("spawn")
    running: deque[Future[list[CallChange]]] = deque()
    parts = _parts(first, second, waiting)
    with ProcessPoolExecutor(workers, context, _begin, (old, new)) as pool:
        try:
            for part in parts:
                running.append(pool.submit(_compare_part, part))
                if len(running) >= workers * PARTS_WAITING:
                    yield from running.popleft().result()
            while running:
                yield from running.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _parts(*sources: Iterable[StoredCall]) -> Iterator[list[StoredCall]]:
    for source in sources:
        waiting = iter(source)
        while part := list(islice(waiting, CALLS_PER_PART)):
            yield part


_rubrics: tuple[Rubric, Rubric]


def _begin(old: Rubric, new: Rubric) -> None:
    global _rubrics  # noqa: PLW0603 - what a worker keeps between parts; rules compile their phrases once
    _rubrics = (old, new)
    # Ctrl-C in a terminal reaches every process of the group; only the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _compare_part(part: list[StoredCall]) -> list[CallChange]:
    return [_compare(stored, *_rubrics) for stored in part]


def _compare(stored: StoredCall, old: Rubric, new: Rubric) -> CallChange:
    call = stored.call()
    return difference(call, *judge_both(call, old, new), mask_names=new.privacy.mask_customer_names)

"""Renders the pages of calls, part by part, here or in worker processes; parts come back in their order."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from qa.model import CallRecord, Night
from qa.report import jsonl
from qa.report.audio import Wishes, with_audio
from qa.report.cells import Cell
from qa.report.columns import FINDING_COLUMNS, CallLine, FindingLine, call_columns
from qa.report.files import Site
from qa.report.html import Pages
from qa.report.ledger import Ledger
from qa.report.outline import Outline
from qa.report.tables import values_of
from qa.report.view import call_view

Part = Callable[[], Iterable[CallRecord]]
"""Reads some of the calls. Those for worker processes must survive pickling."""
CALLS_PER_PART = 50
"""So many are held in memory at a time, as lines and rows and not as records."""
_LEAST_PARTS = 6
"""A worker takes a second to start; fewer calls are done before."""
_MOST_WORKERS = 4
_PARTS_WAITING = 2
"""For each worker: memory does not grow with the night."""


@dataclass(frozen=True)
class Brief:
    """What must be known to render any call of the report."""

    out: Path
    night: Night
    outline: Outline
    carded: frozenset[str]
    """Agents with a scorecard."""
    wishes: Wishes
    unmasked: bool


@dataclass
class Rendered:
    """What is left of a part when its pages are written."""

    ledger: Ledger = field(default_factory=Ledger)
    lines: list[bytes] = field(default_factory=list)
    calls: list[list[Cell]] = field(default_factory=list)
    findings: list[list[Cell]] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """Addresses of the files that belong to the report."""


def render(brief: Brief, records: Part, parts: Sequence[Part], workers: int | None) -> Iterator[Rendered]:
    """`parts` together hold what `records` yields. `workers`: None takes as many as there are cores, four at most."""
    count = min(_MOST_WORKERS, workers if workers is not None else os.cpu_count() or 1)
    if count < 2 or len(parts) < _LEAST_PARTS:
        waiting = iter(records())
        for first in waiting:
            yield _rendered(brief, chain((first,), islice(waiting, CALLS_PER_PART - 1)))
        return
    context = multiprocessing.get_context("spawn")
    running: deque[Future[Rendered]] = deque()
    with ProcessPoolExecutor(count, context, _begin, (brief,)) as pool:
        try:
            for part in parts:
                running.append(pool.submit(_render_part, part))
                if len(running) >= count * _PARTS_WAITING:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _rendered(brief: Brief, records: Iterable[CallRecord]) -> Rendered:
    done, site, outline = Rendered(), Site(brief.out), brief.outline
    pages = Pages(site, brief.night, outline.dimensions)
    columns = call_columns(outline.dimensions)
    views = (call_view(record, unmasked=brief.unmasked, mask_names=brief.night.mask_names) for record in records)
    for view, audio in with_audio(views, brief.out, brief.wishes):
        row = done.ledger.add(view, audio.address)
        before, after = outline.neighbours(row.call_id)
        pages.call(view, audio=audio, before=before, after=after, has_card=row.agent_id in brief.carded)
        done.lines.append(jsonl.line(view))
        done.calls.append(values_of(columns, CallLine(row, view)))
        done.findings.extend(
            values_of(FINDING_COLUMNS, FindingLine(row, finding, audio.clips.get(finding.number, "")))
            for finding in view.findings
        )
        site.keep(audio.clips.values())
    done.kept = site.kept
    return done


_brief: Brief


def _begin(brief: Brief) -> None:
    global _brief  # noqa: PLW0603 - what a worker keeps between parts
    _brief = brief
    # Ctrl-C in a terminal reaches every process of the group; only the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A part leaves no cycles behind; walking all its records again and again takes a tenth of its time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _render_part(part: Part) -> Rendered:
    return _rendered(_brief, part())

"""Builds the report on stored calls: no audio is transcribed, nothing is judged again."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from pathlib import Path

import msgspec

from qa.aggregate import scorecards
from qa.errors import UsageError
from qa.model import AgentScorecard, CallScore, Night, Recording
from qa.pipeline.period import Period, calls_of_period
from qa.pipeline.records import Calls, PartOfStore, last_run_id, night_of, records_of, scores_of
from qa.report import build
from qa.report.pdf import print_scorecards
from qa.store import Store

CALLS_PER_PART = 50
"""Read and rendered by one worker process at a time."""
Scored = tuple[Recording, CallScore | None]


def write_report(
    store_path: Path,
    out: Path,
    *,
    period: Period | None = None,
    unmasked: bool = False,
    muted: bool = False,
    clips: bool = False,
    pdfs: bool = False,
) -> Path:
    """Pages, tables and results.jsonl under `out`; returns its index.html.

    About the last run, or about the calls of a period. That it is unmasked, and who did it, is kept. `muted`: numbers
    are not heard either; `clips`: a file for each finding; `pdfs`: pages
    link to what `print_cards` will make. Raises UsageError.
    """
    refuse_contradiction(unmasked=unmasked, muted=muted)
    if unmasked:
        note_unmasked(store_path, f"未遮盖号码的报告写到 {out}")
    with Store(store_path, readonly=True) as store:
        calls = _chosen(store, period)
        rubrics: set[str] = set()
        cards = scorecards(_noting_rubrics(scores_of(store, calls), rubrics))
        night = night_of(store) if period is None else _night_of_period(store, period, rubrics)
        parts = [
            PartOfStore(store_path, calls[at : at + CALLS_PER_PART]) for at in range(0, len(calls), CALLS_PER_PART)
        ]
        return build(
            records_of(store, calls),
            cards,
            night,
            out,
            unmasked=unmasked,
            muted=muted,
            clips=clips,
            pdfs=pdfs,
            parts=parts,
        )


def _noting_rubrics(scored: Iterator[Scored], rubrics: set[str]) -> Iterator[Scored]:
    for recording, score in scored:
        if score is not None:
            rubrics.add(score.rubric)
        yield recording, score


def refuse_contradiction(*, unmasked: bool, muted: bool) -> None:
    """Before a night is spent on it. Raises UsageError."""
    if unmasked and muted:
        raise UsageError("--unmasked 显示号码，--mute-pii 静音号码：只能选一个", slug="option-invalid")


def _chosen(store: Store, period: Period | None) -> Calls:
    run_id = last_run_id(store)
    return store.run_calls(run_id) if period is None else calls_of_period(store, period)


def _night_of_period(store: Store, period: Period, rubrics: set[str]) -> Night:
    """The last run's facts; its call list's problems are not the period's, but several rubrics in one sum are."""
    problems = (f"这些通话用过 {len(rubrics)} 张评分表（{'、'.join(sorted(rubrics))}），分数不能直接比较",)
    return msgspec.structs.replace(night_of(store), period=str(period), problems=problems if len(rubrics) > 1 else ())


def note_unmasked(store_path: Path, what: str) -> None:
    """Numbers that identify customers were shown: who, when and where goes into the store."""
    with Store(store_path) as store:
        store.log(getpass.getuser(), what)


def print_cards(
    store_path: Path, out: Path, browser: str, period: Period | None = None
) -> tuple[list[Path], list[Path]]:
    """PDFs of the report's agents, and the pages that did not print."""
    with Store(store_path, readonly=True) as store:
        cards = scorecards(scores_of(store, _chosen(store, period)))
    return print_scorecards(out, [card.agent_id for card in cards], browser)


def agents_below(store_path: Path, percent: float, period: Period | None = None) -> list[AgentScorecard]:
    """Scorecards of the last run or the period under that mark; an agent without a score is not under it."""
    with Store(store_path, readonly=True) as store:
        cards = scorecards(scores_of(store, _chosen(store, period)))
    return [card for card in cards if card.total.percent is not None and card.total.percent < percent]

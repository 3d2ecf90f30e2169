"""Builds the report on the last run from the store: no audio is heard, nothing is judged again."""

from __future__ import annotations

import getpass
from pathlib import Path

from qa.aggregate import scorecards
from qa.model import AgentScorecard
from qa.pipeline.records import last_run_id, night_of, records_of_run, scores_of_run
from qa.report import build
from qa.store import Store


def write_report(store_path: Path, out: Path, *, unmasked: bool = False) -> Path:
    """Pages, tables and results.jsonl under `out`; returns its index.html. That it is unmasked, and who did it, is kept."""
    if unmasked:
        note_unmasked(store_path, f"未遮盖号码的报告写到 {out}")
    with Store(store_path, readonly=True) as store:
        run_id = last_run_id(store)
        cards = scorecards(scores_of_run(store, run_id))
        return build(records_of_run(store, run_id), cards, night_of(store), out, unmasked=unmasked)


def note_unmasked(store_path: Path, what: str) -> None:
    """Numbers that identify customers were shown: who, when and where goes into the store."""
    with Store(store_path) as store:
        store.log(getpass.getuser(), what)


def agents_below(store_path: Path, percent: float) -> list[AgentScorecard]:
    """Scorecards of the last run under that mark; an agent without a score is not under it."""
    with Store(store_path, readonly=True) as store:
        cards = scorecards(scores_of_run(store, last_run_id(store)))
    return [card for card in cards if card.total.percent is not None and card.total.percent < percent]

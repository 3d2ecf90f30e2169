"""Builds the report of a night: pages, tables and JSON Lines, from records that stream through."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from qa.model import AgentScorecard, CallRecord, Night

VERSION = 1

logger = logging.getLogger(__name__)

__all__ = ["VERSION", "build"]


def build(
    records: Callable[[], Iterator[CallRecord]],
    scorecards: Sequence[AgentScorecard],
    night: Night,
    out: Path,
    *,
    unmasked: bool = False,
    audio_copies: bool = True,
    muted: bool = False,
    clips: bool = False,
    pdfs: bool = False,
    parts: Sequence[Callable[[], Iterable[CallRecord]]] = (),
    workers: int | None = None,
) -> Path:
    """Writes the whole report under `out` and returns its index.html.

    `records` is called once; of what it yields no more than a few are in memory at a time. `parts`, where given, are the
    same calls piece by piece in ways that survive pickling: worker processes then read and render them, `workers` at
    most (None: one for each core, up to four). Neighbours of a call are the calls beside it on the scorecard.
    Numbers that identify people are hidden unless `unmasked`. `audio_copies=False` makes no playable copies of
    recordings that browsers cannot play. `muted`: what is played is a copy without those numbers. `clips`: a file for
    each finding under `clips/`. `pdfs`: pages of agents and teams link to the PDFs that `print_scorecards` will make. Raises OSError where `out` cannot be written.
    """
    from qa.report import jsonl, tables
    from qa.report.audio import CLIP_ENDING, Wishes
    from qa.report.cards import Cards
    from qa.report.files import Site
    from qa.report.html import Pages
    from qa.report.ledger import Ledger
    from qa.report.night import night_view
    from qa.report.outline import outline_of
    from qa.report.rendering import Brief, render

    if unmasked:
        logger.warning("unmasked report: numbers that identify people are written to %s", out)
    out.mkdir(parents=True, exist_ok=True)
    outline = outline_of(scorecards)
    site, ledger = Site(out), Ledger()
    carded = frozenset(card.agent_id for card in scorecards)
    brief = Brief(out, night, outline, carded, Wishes(audio_copies, muted, clips), unmasked)
    with jsonl.writing(site) as lines, tables.writing(site, outline.dimensions, night) as table:
        for done in render(brief, records, parts, workers):
            lines.writelines(done.lines)
            table.add_calls(done.calls, done.findings)
            ledger.merge(done.ledger)
            site.keep(done.kept)
        ledger.rows.sort(key=lambda row: outline.place(row.call_id))
        cards = Cards(scorecards, ledger)
        agents, teams = tuple(cards.agents()), tuple(cards.teams())
        table.add_rules(ledger.rules.values())
        table.add_agents(site, agents)
    pages = Pages(site, night, outline.dimensions, pdfs=pdfs)
    for card in agents:
        pages.agent(card)
    for team in teams:
        pages.team(team, [card for card in agents if card.team == team.team])
    pages.rules(ledger)
    pages.calls(ledger.rows, ledger)
    pages.static(night)
    index = pages.index(night_view(night, ledger, agents, teams, outline.dimensions))
    for folder in ("calls", "agents", "teams"):
        site.remove_stale_pages(folder)
    if clips:
        site.remove_stale_files("clips", CLIP_ENDING)
    return index

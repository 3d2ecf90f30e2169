"""Renders views as static pages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from qa.model import Night, Role
from qa.report import charts, figures, names
from qa.report.audio import Audio
from qa.report.cards import NO_AGENT, NO_TEAM, Card
from qa.report.files import GENERATOR, Site
from qa.report.ledger import CallRow, Ledger
from qa.report.measures import quantity
from qa.report.night import NightView
from qa.report.spoken import turn_lines
from qa.report.standing import RANKED_CALLS
from qa.report.view import LAYOUTS, ROLE_SOURCES, STAGES, CallView
from qa.report.waveform import waves_of
from qa.sound.peaks import LEVELS, POINTS
from qa.span import clock

_HERE = Path(__file__).parent


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates", encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        mark=figures.mark,
        number=figures.number,
        minutes=figures.minutes,
        seconds=figures.seconds,
        share=figures.share,
        moment=figures.moment,
        day=figures.day,
        clock=clock,
        slug=names.page_name,
        call_page=names.call_page,
        agent_page=names.agent_page,
        team_page=names.team_page,
    )
    environment.globals.update(
        GENERATOR=Markup(GENERATOR),
        NO_AGENT=NO_AGENT,
        NO_TEAM=NO_TEAM,
        NO_DATA=figures.NO_DATA,
        RANKED_CALLS=RANKED_CALLS,
        ROLE_SOURCES=ROLE_SOURCES,
        LAYOUTS=LAYOUTS,
        STAGES=STAGES,
        Role=Role,
        LEVELS=LEVELS,
        POINTS=POINTS,
        quantity=quantity,
        histogram=charts.histogram,
        trend=charts.trend,
        turn_lines=turn_lines,
    )
    return environment


class Pages:
    """Writes the pages of one report."""

    def __init__(self, site: Site, night: Night, dimensions: Sequence[tuple[str, str]], *, pdfs: bool = False) -> None:
        self._site = site
        self._shared: dict[str, Any] = {
            "night": night,
            "dimensions": tuple(dimensions),
            "pass_mark": night.pass_mark,
            "pdfs": pdfs,
        }
        self._environment = _environment()

    def call(self, view: CallView, *, audio: Audio, before: str | None, after: str | None, has_card: bool) -> None:
        self._write(
            names.call_page(view.record.recording.call_id),
            "call.html",
            {
                "view": view,
                "audio": audio.address,
                "audio_note": audio.note,
                "clips": audio.clips,
                "waves": waves_of(view.record, audio.peaks),
                "before": before,
                "after": after,
                "has_card": has_card,
            },
        )

    def agent(self, card: Card) -> None:
        self._write(names.agent_page(card.id), "agent.html", {"card": card})

    def team(self, card: Card, members: Sequence[Card]) -> None:
        self._write(names.team_page(card.id), "team.html", {"card": card, "members": tuple(members)})

    def calls(self, rows: Sequence[CallRow], ledger: Ledger) -> None:
        self._write("calls.html", "calls.html", {"rows": rows, "rules": ledger.rules})

    def rules(self, ledger: Ledger) -> None:
        habits = sorted(ledger.rules.values(), key=lambda h: h.code)
        self._write("rules.html", "rules.html", {"habits": habits})

    def index(self, view: NightView) -> Path:
        self._write("index.html", "index.html", {"view": view})
        return self._site.root / "index.html"

    def static(self, night: Night) -> None:
        """Styles and scripts, and the run's own data: kept out of the pages, so that these stay as they are."""
        for source in sorted((_HERE / "static").iterdir()):
            if source.is_file():
                self._site.write(f"static/{source.name}", source.read_bytes())
        facts = {
            "finished": figures.moment(night.finished_at),
            "started": figures.moment(night.started_at),
            "engine": night.engine,
            "rubric": night.rubric,
        }
        self._site.write("static/night.js", f"window.qaNight = {_script_json(facts)};\n")

    def _write(self, address: str, template: str, context: Mapping[str, Any]) -> None:
        up = "../" * address.count("/")
        page = self._environment.get_template(template).render(self._shared, up=up, **context)
        self._site.write(address, page)


def _script_json(value: object) -> str:
    """JSON that cannot end the script it stands in."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

"""The report as a whole: every link leads somewhere, nothing is rewritten for nothing, one bad file stops nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from conftest import built
from openpyxl import load_workbook
from records import BAD, CHINA, A, C, finding, hostile, night_of, record, recording, sample, score, talk

from qa.model import CallRecord
from qa.report import build
from qa.report.tables import WORKBOOK
from qa.report.view import call_view

_FILTERS = {"state", "agent", "team", "rule", "undetermined", "trust", "why", "band"}


class Links(HTMLParser):
    """Collects what a page has and what it asks for."""

    def __init__(self, page: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.tags: set[str] = set()
        self.handlers: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "data-audio"):
                self.links.append((name, value or ""))
            if name.startswith("on"):
                self.handlers.append(name)


def pages(root: Path) -> Iterator[Path]:
    yield from sorted(root.rglob("*.html"))


@pytest.mark.parametrize("which", ["site", "hostile_site"])
def test_every_link_of_every_page_leads_somewhere(which: str, request: pytest.FixtureRequest) -> None:
    root: Path = request.getfixturevalue(which)
    parsed = {page: Links(page) for page in pages(root)}
    followed = 0
    for page, links in parsed.items():
        assert len(links.ids) == len(set(links.ids)), f"{page.name}: an id twice"
        for _, link in links.links:
            if link == "data:,":
                continue
            address, _, anchor = link.partition("#")
            assert not re.match(r"[a-z]+:|//", address), f"{page.name} leaves the folder: {link}"
            target = (page.parent / unquote(address)).resolve() if address else page
            assert target.is_file(), f"{page.name}: {link}"
            if anchor and target.name == "calls.html":
                assert {part.split("=")[0] for part in anchor.split("&")} <= _FILTERS | {"main"}, link
            elif anchor and not anchor.startswith("t="):
                assert unquote(anchor) in parsed[target].ids, f"{page.name}: {link}"
            followed += 1
    assert followed > 50


def test_the_night_leads_to_each_agent_team_and_failed_call(site: Path) -> None:
    links = {link for _, link in Links(site / "index.html").links}
    assert {"agents/1001.html", "agents/1004.html", "calls/c05.html", "calls.html#state=failed"} <= links
    assert sum(link.startswith("teams/") for link in links) == 2


def test_failed_calls_have_a_page_and_a_line(site: Path) -> None:
    page = (site / "calls/c05.html").read_text(encoding="utf-8")
    assert "文件不是录音：开头是文字" in page
    assert "qa explain audio-unreadable" in page
    lines = [json.loads(line) for line in (site / "results.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["call_id"] for line in lines if line["failed"]] == ["c05"]


def test_hostile_words_become_text(hostile_site: Path) -> None:
    for page in pages(hostile_site):
        links = Links(page)
        assert "img" not in links.tags
        assert not links.handlers
        assert page.read_text(encoding="utf-8").count("<script") == (3 if page.parent.name == "calls" else 2)
    assert "</script" not in (hostile_site / "static/night.js").read_text(encoding="utf-8")


def test_hostile_ids_stay_inside_the_report(tmp_path: Path) -> None:
    out = built(hostile(), tmp_path / "a/b/report")
    assert {path.name for path in tmp_path.iterdir()} == {"a"}
    assert [path.name for path in (tmp_path / "a/b").iterdir()] == ["report"]
    assert len(list((out / "calls").iterdir())) == 2


def test_the_same_night_again_rewrites_no_page(tmp_path: Path) -> None:
    out = built(sample(), tmp_path)
    old = {page: page.stat().st_mtime_ns for page in [*pages(out), out / "results.jsonl", out / "calls.csv"]}
    built(sample(), tmp_path)
    assert {page: page.stat().st_mtime_ns for page in old} == old


def test_another_run_time_leaves_the_pages_of_calls_alone(tmp_path: Path) -> None:
    made = sample()
    out = built(made, tmp_path)
    old = {page: page.stat().st_mtime_ns for page in (out / "calls").iterdir()}
    later = made.night.finished_at.replace(hour=9)
    built(night_of(made.records, finished_at=later), tmp_path)
    assert {page: page.stat().st_mtime_ns for page in old} == old
    assert "09:12" in (out / "static/night.js").read_text(encoding="utf-8")


def test_pages_of_calls_that_are_gone_go_too_and_foreign_files_stay(tmp_path: Path) -> None:
    made = sample()
    out = built(made, tmp_path)
    (out / "calls/mine.html").write_text("<p>notes</p>", encoding="utf-8")
    built(night_of(made.records[1:]), tmp_path)
    assert not (out / "calls/c01.html").exists()
    assert (out / "calls/mine.html").exists()
    assert not list(out.rglob("*.unfinished"))


def test_an_empty_night_has_a_page(tmp_path: Path) -> None:
    out = built(night_of([], problems=()), tmp_path)
    assert "这一次没有通话" in (out / "index.html").read_text(encoding="utf-8")
    assert (out / "results.jsonl").read_text(encoding="utf-8") == ""


def test_no_data_is_never_shown_as_a_score(tmp_path: Path) -> None:
    turns = talk([(C, "喂")])
    unjudged = score("u1", undetermined=dict.fromkeys(_every_rule(), "听不清"))
    out = built(night_of([record(recording("u1"), turns, unjudged)]), tmp_path)
    for name in ("index.html", "agents/1001.html", "calls/u1.html", "calls.html"):
        page = (out / name).read_text(encoding="utf-8")
        assert "无数据" in page
        assert "<b>0</b>分" not in page
    line = json.loads((out / "results.jsonl").read_text(encoding="utf-8"))
    assert line["total"]["percent"] is None


def test_numbers_of_people_are_hidden_everywhere_unless_asked_for(tmp_path: Path) -> None:
    secret = "幺三八零零幺三八零零零"
    for unmasked in (False, True):
        out = built(sample(), tmp_path / str(unmasked), unmasked=unmasked)
        texts = [
            path.read_text(encoding="utf-8") for path in out.rglob("*") if path.suffix in (".html", ".jsonl", ".csv")
        ]
        assert any(secret in text for text in texts) is unmasked
        assert any("四五六七八九" in text for text in texts) is unmasked


def test_a_quote_is_hidden_as_its_turn_is(tmp_path: Path) -> None:
    turns = talk([(C, "我的验证码是四五六七八九")])
    made = record(
        recording("q"), turns, score("q", [finding("asks_password", turns, "四五六七八九", message="“四五六七八九”")])
    )
    view = call_view(made)
    assert view.findings[0].quote == "******"
    assert "四五六" not in view.findings[0].message


def _every_rule() -> list[str]:
    from records import ITEMS

    return [rule for _, _, _, rules in ITEMS for rule, _, _ in rules]


def test_a_week_shows_its_days_and_what_changed(tmp_path: Path) -> None:
    bad = talk(BAD)
    calls = [
        record(
            recording(f"w{n:02d}", started_at=datetime(2026, 11, 1 + n // 6, 9, n, tzinfo=CHINA)),
            bad,
            score(f"w{n:02d}", [finding("shirking_phrase", bad, "不归我管")] if n < 12 else []),
        )
        for n in range(18)
    ]
    out = built(night_of(calls), tmp_path)
    page = (out / "agents/1001.html").read_text(encoding="utf-8")
    assert "每天的分数" in page
    assert "好转" in page
    assert "100% → 0% 的通话" in page
    assert "95% 区间" in page


def test_an_unmasked_report_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    built(sample(), tmp_path / "masked")
    assert not caplog.records
    built(sample(), tmp_path / "open", unmasked=True)
    assert "unmasked" in caplog.text


def test_records_stream_and_are_read_once(tmp_path: Path) -> None:
    made = sample()
    read: list[str] = []

    def records() -> Iterator[CallRecord]:
        for each in made():
            # What was yielded before has its page already, but for those whose audio is being copied.
            assert len(list((tmp_path / "calls").glob("*.html"))) >= len(read) - 1
            read.append(each.recording.call_id)
            yield each

    build(records, made.scorecards, made.night, tmp_path)
    assert read == [each.recording.call_id for each in made.records]


def test_customers_names_are_hidden_everywhere_where_the_rubric_says_so(tmp_path: Path) -> None:
    turns = talk(
        [(A, "您好，我是小李，请问您贵姓？"), (C, "我姓骆，机主是骆成钢。"), (A, "骆先生，这个我不知道，您问骆成钢吧")]
    )
    one = record(
        recording("n"),
        turns,
        score(
            "n",
            [finding("negative_phrase", turns, "骆先生，这个我不知道", message="对骆成钢说了不知道")],
            undetermined={"volume": "骆成钢说话听不清"},
            needs_review=("请听骆先生那一句",),
        ),
    )

    def texts(out: Path) -> dict[str, str]:
        book = load_workbook(out / WORKBOOK)
        cells = "\n".join(str(value) for sheet in book for row in sheet.iter_rows(values_only=True) for value in row)
        kept = [path for path in out.rglob("*") if path.suffix in (".html", ".csv", ".jsonl")]
        return {path.name: path.read_text(encoding="utf-8") for path in kept} | {"xlsx": cells}

    for name, text in texts(built(night_of([one], mask_names=True), tmp_path / "hidden")).items():
        assert "骆" not in text, name
    assert "我是小李" in (tmp_path / "hidden/calls/n.html").read_text(encoding="utf-8")
    assert "骆成钢" in texts(built(night_of([one]), tmp_path / "as-said"))["n.html"]
    everything = texts(built(night_of([one], mask_names=True), tmp_path / "unmasked", unmasked=True))
    assert "骆成钢" in everything["n.html"]
    assert "骆成钢" in everything["xlsx"]

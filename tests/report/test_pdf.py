"""Scorecards print as A4 PDFs where a browser is there, and the command says so where none is."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from conftest import built
from records import made_call, night_of, sample

from qa.errors import UsageError
from qa.report.pdf import find_chromium, print_scorecards


def test_without_a_browser_the_command_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="PATH") as error:
        find_chromium()
    assert error.value.slug == "chromium-missing"


def test_a_browser_that_fails_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    made = sample()
    out = built(made, tmp_path)
    printed, failed = print_scorecards(out, [made.scorecards[0].agent_id], shutil.which("false") or "no-such-browser")
    assert (printed, len(failed)) == ([], 1)
    assert not list((out / "agents").glob("*.pdf*"))


@pytest.mark.browser
def test_a_scorecard_is_one_a4_page_and_not_printed_again(tmp_path: Path) -> None:
    made = sample()
    out = built(made, tmp_path)
    browser = find_chromium()
    (pdf,), failed = print_scorecards(out, ["1002"], browser)
    assert failed == []
    content = pdf.read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", content)) == 1
    box = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", content)
    assert box is not None
    assert [round(float(side)) for side in box.groups()] == [595, 842]
    printed_at = pdf.stat().st_mtime_ns
    print_scorecards(out, ["1002"], browser)
    assert pdf.stat().st_mtime_ns == printed_at


@pytest.mark.browser
def test_a_month_of_an_agent_with_all_that_a_page_can_hold_is_one_a4_page(tmp_path: Path) -> None:
    records = []
    for n in range(120):
        made = made_call(n, 2)
        when = datetime(2026, 10, 5, 1, tzinfo=UTC) + timedelta(days=n // 4, seconds=n)
        records.append(
            msgspec.structs.replace(made, recording=msgspec.structs.replace(made.recording, started_at=when))
        )
    out = built(night_of(records), tmp_path, pdfs=True)
    page = (out / "agents/1000.html").read_text(encoding="utf-8")
    assert 'href="1000.pdf"' in page
    assert 'class="chart"' in page
    (pdf,), _ = print_scorecards(out, ["1000"], find_chromium())
    assert len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())) == 1


def test_pages_lead_to_pdfs_only_where_they_are_made(tmp_path: Path) -> None:
    page = (built(sample(), tmp_path) / "agents/1002.html").read_text(encoding="utf-8")
    assert ".pdf" not in page

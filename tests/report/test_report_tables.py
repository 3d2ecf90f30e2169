"""Tables read back: numbers are numbers, dates are dates, and no cell is ever a formula."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from conftest import built
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from records import HOSTILE, sample

from qa.report.cells import Column, csv_cell, writing_book
from qa.report.tables import WORKBOOK


def rows_of(sheet: Worksheet) -> list[dict[str, Any]]:
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def test_marks_lengths_and_times_are_numbers_and_dates(site: Path) -> None:
    book = load_workbook(site / WORKBOOK)
    calls = {row["通话"]: row for row in rows_of(book["通话"])}
    assert calls["c02"]["总分"] == 76.1
    assert calls["c02"]["时长(秒)"] == 60
    assert calls["c02"]["开始时间"] == datetime(2026, 11, 2, 9, 30)
    assert calls["c02"]["扣分处"] == 7
    assert calls["c03"]["总分"] == 0
    assert calls["c03"]["一票否决"] == "是"
    assert calls["c04"]["总分"] is None, "no data is not 0"
    assert calls["c05"]["没听成的原因"] == "读取录音：文件不是录音：开头是文字"


def test_findings_and_rules_have_their_sheets(site: Path) -> None:
    book = load_workbook(site / WORKBOOK)
    findings = rows_of(book["发现"])
    assert [row["扣分"] for row in findings if row["通话"] == "c02"] == [4, 3, 4, 4, 3, 2, 2]
    assert {row["结论"] for row in findings} == {"扣分", "待人工"}
    rules = {row["规则"]: row for row in rows_of(book["规则"])}
    assert (rules["NX-3.1"]["扣分通数"], rules["NX-3.1"]["共扣分"]) == (2, 6)


def test_the_agents_book_has_marks_and_items(site: Path) -> None:
    book = load_workbook(site / WORKBOOK)
    agents = {row["工号"]: row for row in rows_of(book["坐席"])}
    assert agents["1002"]["总分"] == 76.1
    assert agents["1002"]["名次"] is None
    assert (agents["1001"]["通数"], agents["1001"]["评分通数"], agents["1001"]["没听成"]) == (2, 1, 1)
    assert sum(row["工号"] == "1002" for row in rows_of(book["评分项"])) == 15


@pytest.mark.parametrize("sheet", ["坐席", "通话", "发现", "规则"])
def test_sheets_are_made_for_excel(site: Path, sheet: str) -> None:
    page = load_workbook(site / WORKBOOK)[sheet]
    assert page.freeze_panes == "B2"
    assert page.auto_filter.ref == f"A1:{page.cell(1, page.max_column).column_letter}{page.max_row}"
    assert page.column_dimensions["A"].width >= 10
    link = page.cell(2, page.max_column).hyperlink
    assert link is not None
    target = site / str(link.target).replace("\\", "/")
    assert target.is_file()
    if link.location:
        assert f'id="{link.location}"' in target.read_text(encoding="utf-8")


@pytest.mark.parametrize(("sheet", "column"), [("通话", "I"), ("坐席", "F")])
def test_marks_below_the_pass_mark_are_coloured(site: Path, sheet: str, column: str) -> None:
    page = load_workbook(site / WORKBOOK)[sheet]
    assert page[f"{column}1"].value == "总分"
    rules = {str(each.sqref): each.rules[0].formula for each in page.conditional_formatting}
    assert rules[f"{column}2:{column}{page.max_row}"] == ["80"]


def test_every_column_of_every_sheet_has_its_meaning(site: Path) -> None:
    book = load_workbook(site / WORKBOOK)
    described = {(row["表"], row["列"]) for row in rows_of(book["口径"]) if row["意思"]}
    titles = {(sheet.title, cell.value) for sheet in book for cell in sheet[1] if sheet.title != "口径"}
    assert {each[0] for each in titles} == {"坐席", "评分项", "通话", "发现", "规则"}
    assert described == titles


def test_findings_lead_to_their_clips_where_there_are_any(tone: Path, tmp_path: Path) -> None:
    def clip_cells(out: Path) -> list[Any]:
        header, *rows = load_workbook(out / WORKBOOK)["发现"].iter_rows()
        at = [cell.value for cell in header].index("片段")
        return [row[at] for row in rows]

    linked = clip_cells(built(sample(tone), tmp_path / "with", clips=True))
    assert linked
    for cell in linked:
        assert cell.value == "打开"
        assert (tmp_path / "with" / unquote(cell.hyperlink.target.replace("\\", "/"))).is_file()
    assert not any(cell.value for cell in clip_cells(built(sample(tone), tmp_path / "without")))


def test_an_unchanged_workbook_stays_as_it_is(tmp_path: Path) -> None:
    before = (built(sample(), tmp_path) / WORKBOOK).stat().st_mtime_ns
    assert (built(sample(), tmp_path) / WORKBOOK).stat().st_mtime_ns == before


def test_links_beyond_what_excel_can_hold_become_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.report.cells._MOST_LINKS", 2)
    with writing_book(tmp_path / "many.xlsx", datetime(2026, 11, 2)) as book:
        sheet = book.sheet("页", (Column("页面", 8, str, "", link=True),))
        for number in range(4):
            sheet.add((f"calls/{number}.html",))
        sheet.close()
    cells = [row[0] for row in load_workbook(tmp_path / "many.xlsx")["页"].iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == ["打开", "打开", "calls/2.html", "calls/3.html"]
    assert [bool(cell.hyperlink) for cell in cells] == [True, True, False, False]


def test_no_cell_is_a_formula(hostile_site: Path) -> None:
    seen = 0
    for sheet in load_workbook(hostile_site / WORKBOOK):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@")):
                    assert cell.quotePrefix
                    seen += 1
    assert seen >= 4
    for name in ("calls.csv", "agents.csv"):
        with (hostile_site / name).open(encoding="utf-8-sig", newline="") as file:
            for line in csv.reader(file):
                assert not any(value.startswith(("=", "+", "-", "@")) for value in line)


@pytest.mark.parametrize(
    ("value", "cell"),
    [("=1+1", "'=1+1"), ("-", "'-"), (-5, -5), (3.5, 3.5), (None, ""), ("好\x00\x0b", "好"), ("\t=1", "'\t=1")],
)
def test_text_that_looks_like_a_formula_is_quoted_and_numbers_are_not(value: Any, cell: Any) -> None:
    assert csv_cell(value) == cell


def test_csv_opens_in_excel_as_utf_8(site: Path) -> None:
    raw = (site / "agents.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    with (site / "agents.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["工号"] for row in rows] == ["1001", "1002", "1003", "1004"]
    assert rows[1]["总分"] == "76.1"
    with (site / "calls.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["开始时间"] == "2026-11-02 09:30:00"


def test_hostile_words_arrive_whole(hostile_site: Path) -> None:
    names = {row["工号"] for row in rows_of(load_workbook(hostile_site / WORKBOOK)["坐席"])}
    assert HOSTILE in names

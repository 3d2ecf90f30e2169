"""Tables read back: numbers are numbers, dates are dates, and no cell is ever a formula."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from records import HOSTILE

from qa.report.cells import csv_cell
from qa.report.columns import DESCRIPTIONS
from qa.report.tables import FINDING_COLUMNS, RULE_COLUMNS


def rows_of(sheet: Worksheet) -> list[dict[str, Any]]:
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def test_marks_lengths_and_times_are_numbers_and_dates(site: Path) -> None:
    book = load_workbook(site / "calls.xlsx")
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
    book = load_workbook(site / "calls.xlsx")
    findings = rows_of(book["发现"])
    assert [row["扣分"] for row in findings if row["通话"] == "c02"] == [4, 3, 4, 4, 3, 2, 2]
    assert {row["结论"] for row in findings} == {"扣分", "待人工"}
    rules = {row["规则"]: row for row in rows_of(book["规则"])}
    assert (rules["NX-3.1"]["扣分通数"], rules["NX-3.1"]["共扣分"]) == (2, 6)


def test_the_agents_book_has_marks_and_items(site: Path) -> None:
    book = load_workbook(site / "agents.xlsx")
    agents = {row["工号"]: row for row in rows_of(book["坐席"])}
    assert agents["1002"]["总分"] == 76.1
    assert agents["1002"]["名次"] is None
    assert (agents["1001"]["通数"], agents["1001"]["评分通数"], agents["1001"]["没听成"]) == (2, 1, 1)
    assert sum(row["工号"] == "1002" for row in rows_of(book["评分项"])) == 15


@pytest.mark.parametrize(("name", "sheet"), [("calls.xlsx", "通话"), ("calls.xlsx", "发现"), ("agents.xlsx", "坐席")])
def test_sheets_are_made_for_excel(site: Path, name: str, sheet: str) -> None:
    page = load_workbook(site / name)[sheet]
    assert page.freeze_panes == "B2"
    assert page.auto_filter.ref == f"A1:{page.cell(1, page.max_column).column_letter}{page.max_row}"
    assert page.column_dimensions["A"].width >= 12
    link = page.cell(2, page.max_column).hyperlink
    assert link is not None
    assert (site / link.target.split("#")[0]).is_file()


@pytest.mark.parametrize(("name", "sheet", "column"), [("calls.xlsx", "通话", "I"), ("agents.xlsx", "坐席", "F")])
def test_marks_below_the_pass_mark_are_coloured(site: Path, name: str, sheet: str, column: str) -> None:
    page = load_workbook(site / name)[sheet]
    assert page[f"{column}1"].value == "总分"
    (coloured,) = page.conditional_formatting
    assert str(coloured.sqref) == f"{column}2:{column}{page.max_row}"
    assert coloured.rules[0].formula == ["80"]


def test_every_column_means_something_somewhere(site: Path) -> None:
    described = {row["列"] for row in rows_of(load_workbook(site / "calls.xlsx")["口径"])}
    titles = {column.title for column in (*FINDING_COLUMNS, *RULE_COLUMNS)}
    assert {"总分", "扣分", "原话", "待人工"} <= described
    assert described <= titles | {cell.value for cell in load_workbook(site / "calls.xlsx")["通话"][1]}
    assert all(DESCRIPTIONS.values())


def test_no_cell_is_a_formula(hostile_site: Path) -> None:
    seen = 0
    for name in ("calls.xlsx", "agents.xlsx"):
        for sheet in load_workbook(hostile_site / name):
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
    names = {row["工号"] for row in rows_of(load_workbook(hostile_site / "agents.xlsx")["坐席"])}
    assert HOSTILE in names

"""Writes the figures of the pages as CSV and as one workbook made for Excel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from qa.model import Night
from qa.report.cards import Card
from qa.report.cells import Book, Cell, Column, CsvTable, Sheet, writing_book
from qa.report.columns import (
    FINDING_COLUMNS,
    ITEM_COLUMNS,
    RULE_COLUMNS,
    Dimensions,
    ItemLine,
    agent_columns,
    call_columns,
)
from qa.report.files import Site
from qa.report.ledger import Habit

WORKBOOK = "scorecards.xlsx"


class Tables:
    """agents.csv, calls.csv and the workbook (坐席, 评分项, 通话, 发现, 规则, 口径), filled row by row."""

    def __init__(self, book: Book, calls_csv: CsvTable, dimensions: Dimensions, pass_mark: int) -> None:
        self._book, self._csv, self._pass_mark = book, calls_csv, pass_mark
        self._agent_columns = agent_columns(dimensions)
        calls = call_columns(dimensions)
        self._sheets: list[tuple[str, Sheet, Sequence[Column[Any]]]] = []
        self._agents = self._sheet("坐席", self._agent_columns)
        self._items = self._sheet("评分项", ITEM_COLUMNS)
        self._calls = self._sheet("通话", calls)
        self._findings = self._sheet("发现", FINDING_COLUMNS)
        self._rules = self._sheet("规则", RULE_COLUMNS)

    def _sheet(self, title: str, columns: Sequence[Column[Any]]) -> Sheet:
        sheet = self._book.sheet(title, columns)
        self._sheets.append((title, sheet, columns))
        return sheet

    def add_calls(self, calls: Iterable[Sequence[Cell]], findings: Iterable[Sequence[Cell]]) -> None:
        """Values of the columns of calls and findings; made where the calls were read."""
        for values in calls:
            self._csv.add(values)
            self._calls.add(values)
        for values in findings:
            self._findings.add(values)

    def add_rules(self, rules: Iterable[Habit]) -> None:
        for rule in sorted(rules, key=lambda h: h.code):
            self._rules.add(values_of(RULE_COLUMNS, rule))

    def add_agents(self, site: Site, cards: Iterable[Card]) -> None:
        """Also writes agents.csv."""
        with (
            site.replacing("agents.csv") as path,
            path.open("w", encoding="utf-8-sig", newline="", errors="replace") as file,
        ):
            table = CsvTable(file, self._agent_columns)
            for card in cards:
                values = values_of(self._agent_columns, card)
                table.add(values)
                self._agents.add(values)
                for dimension in card.dimensions:
                    for item in dimension.items:
                        self._items.add(values_of(ITEM_COLUMNS, ItemLine(card, dimension, item)))

    def finish(self) -> None:
        """Colours, filters and what each column means; after the last row."""
        for sheet in (self._agents, self._calls):
            sheet.colour_below("总分", self._pass_mark)
        self._items.colour_below("得分率", self._pass_mark)
        self._calls.colour_text("状态", "一票否决", bad=True)
        self._calls.colour_text("可信度", "不可信", bad=False)
        self._findings.colour_text("结论", "待人工", bad=False)
        self._findings.colour_text("一票否决", "是", bad=True)
        for _, sheet, _ in self._sheets:
            sheet.close()
        meanings = self._book.sheet("口径", _MEANING_COLUMNS)
        for title, _, columns in self._sheets:
            for column in columns:
                meanings.add((title, column.title, column.meaning), wrap=True)
        meanings.close()


_MEANING_COLUMNS: tuple[Column[tuple[str, str, str]], ...] = (
    Column("表", 10, lambda row: row[0]),
    Column("列", 16, lambda row: row[1]),
    Column("意思", 90, lambda row: row[2]),
)


def values_of(columns: Sequence[Column[Any]], row: object) -> list[Cell]:
    return [column.value(row) for column in columns]


@contextmanager
def writing(site: Site, dimensions: Dimensions, night: Night) -> Iterator[Tables]:
    with (
        site.replacing(WORKBOOK) as path,
        site.replacing("calls.csv") as csv_path,
        csv_path.open("w", encoding="utf-8-sig", newline="", errors="replace") as file,
        writing_book(path, night.finished_at) as book,
    ):
        tables = Tables(book, CsvTable(file, call_columns(dimensions)), dimensions, night.pass_mark)
        yield tables
        tables.finish()

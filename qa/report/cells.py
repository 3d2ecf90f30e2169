"""Writes cells that a spreadsheet shows and never runs."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from openpyxl import Workbook

Cell = str | int | float | datetime | None
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_CELL = 32_000
"""Excel holds 32,767 characters in a cell."""


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    width: int
    """In Excel's unit, about one Latin letter; a hanzi takes two."""
    number_format: str = ""
    link: bool = False
    """The cell holds a relative address: shown as 打开."""


MARK = "0.0"
WHOLE = "0"
WHEN = "yyyy-mm-dd hh:mm:ss"


def plain(text: str) -> str:
    return _NOT_IN_XML.sub("", text)[:_LONGEST_CELL]


def _wall_clock(when: datetime) -> datetime:
    """Excel knows no time zones: the clock on the centre's wall is what people compare."""
    return when.replace(tzinfo=None, microsecond=0)


def csv_cell(value: Cell) -> str | int | float:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return _wall_clock(value).isoformat(sep=" ")
    if isinstance(value, str):
        text = plain(value)
        return f"'{text}" if text.startswith(_FORMULA) else text
    return value


class CsvTable:
    """A CSV file that Excel opens as UTF-8 (the caller opens it as utf-8-sig, newline="")."""

    def __init__(self, file: TextIO, columns: Sequence[Column]) -> None:
        self._writer = csv.writer(file)
        self._writer.writerow([column.title for column in columns])

    def add(self, row: Iterable[Cell]) -> None:
        self._writer.writerow([csv_cell(value) for value in row])


class Sheet:
    """A sheet written row by row: frozen header, filter, widths. Call `close` when all rows are in."""

    def __init__(self, book: Workbook, title: str, columns: Sequence[Column]) -> None:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Alignment, Font, PatternFill
        from openpyxl.utils import get_column_letter

        self._cell = WriteOnlyCell
        self._sheet = book.create_sheet(title)
        self._columns = tuple(columns)
        self._rows = 1
        self._last = get_column_letter(len(columns))
        self._link_font = Font(color="0563C1", underline="single")
        self._sheet.freeze_panes = "B2"
        for number, column in enumerate(columns, start=1):
            self._sheet.column_dimensions[get_column_letter(number)].width = column.width
        header: list[Any] = []
        for column in columns:
            cell = self._cell(self._sheet, value=column.title)
            cell.font = Font(bold=True, color="FFFFFF")
            cell.fill = PatternFill("solid", fgColor="0B5563")
            cell.alignment = Alignment(vertical="center")
            header.append(cell)
        self._sheet.append(header)

    def add(self, row: Iterable[Cell]) -> None:
        self._sheet.append([self._made(column, value) for column, value in zip(self._columns, row, strict=True)])
        self._rows += 1

    def colour_below(self, column_title: str, limit: float) -> None:
        """Marks below the limit are red; call before `close`."""
        from openpyxl.formatting.rule import CellIsRule
        from openpyxl.styles import Font
        from openpyxl.utils import get_column_letter

        at = [column.title for column in self._columns].index(column_title) + 1
        letter = get_column_letter(at)
        rule = CellIsRule(  # type: ignore[no-untyped-call]
            operator="lessThan", formula=[f"{limit:g}"], font=Font(color="C92A2A", bold=True)
        )
        self._sheet.conditional_formatting.add(f"{letter}2:{letter}{max(2, self._rows)}", rule)

    def close(self) -> None:
        self._sheet.auto_filter.ref = f"A1:{self._last}{self._rows}"

    def abandon(self) -> None:
        """Lets go of the temporary file of a sheet that will not be saved."""
        self._sheet.close()

    def _made(self, column: Column, value: Cell) -> Any:
        if value is None or value == "":
            return None
        if isinstance(value, str):
            return self._text(column, plain(value))
        if isinstance(value, datetime):
            cell = self._cell(self._sheet, value=_wall_clock(value))
            cell.number_format = WHEN
            return cell
        if column.number_format:
            cell = self._cell(self._sheet, value=value)
            cell.number_format = column.number_format
            return cell
        return value

    def _text(self, column: Column, text: str) -> Any:
        if column.link:
            cell = self._cell(self._sheet, value="打开")
            cell.hyperlink = text
            cell.font = self._link_font
            return cell
        if not text.startswith(_FORMULA):
            return text
        cell = self._cell(self._sheet, value=text)
        cell.data_type = "s"  # openpyxl would make a formula of it
        cell.quotePrefix = True  # and Excel would when somebody edits it
        return cell

"""Opens a CSV or XLSX file as rows of text, each with the line on which a person will find it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

from qa.errors import UsageError

_ENCODINGS = ("utf-8-sig", "gb18030")
"""Tried in this order: text in GB18030 is hardly ever valid UTF-8 by chance."""
_DELIMITERS = ",\t;|"
_FORMULA_TEXT = re.compile(r'="(.*)"')


class Line(NamedTuple):
    number: int
    """As an editor or Excel counts, from 1."""
    cells: list[str]


def rows_of(path: Path) -> list[Line]:
    """All rows, the header among them, blank ones left out. Raises `UsageError` call-list-unreadable."""
    if not path.is_file():
        raise _unreadable(path, "文件不存在")
    suffix = path.suffix.lower()
    if suffix == ".xls":
        raise _unreadable(path, "旧版 .xls 不支持，请在 Excel 里另存为 .xlsx 或 CSV")
    lines = _xlsx(path) if suffix in (".xlsx", ".xlsm") else _csv(path)
    kept = [line for line in lines if any(line.cells)]
    if not kept:
        raise _unreadable(path, "里面什么都没有")
    return kept


def _csv(path: Path) -> Iterator[Line]:
    import pandas as pd

    text = _text(path)
    first = text.lstrip().partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    # One column more than the header may come from an unquoted comma: keep it, so that the row can be told.
    width = max((line.count(delimiter) for line in text.splitlines()), default=0) + 1
    try:
        table = pd.read_csv(
            io.StringIO(text),
            sep=delimiter,
            header=None,
            names=range(width),
            dtype=str,
            keep_default_na=False,
            na_filter=False,
            skip_blank_lines=False,
            index_col=False,
        )
    except pd.errors.EmptyDataError:
        return
    except pd.errors.ParserError as error:
        raise _unreadable(path, f"引号没有配对，或者不是表格（{error}）") from error
    number = 1
    for row in table.itertuples(index=False, name=None):
        # A field left out at the end of a row is not a string.
        cells = [cell if isinstance(cell, str) else "" for cell in row]
        yield Line(number, [_clean(cell) for cell in cells])
        number += 1 + sum(cell.count("\n") for cell in cells)


def _text(path: Path) -> str:
    raw = path.read_bytes()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = _ENCODINGS
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise _unreadable(path, "不是文本表格，或者编码既不是 UTF-8 也不是 GB18030")


def _xlsx(path: Path) -> Iterator[Line]:
    # Not through pandas: it hides a cell's number format, and 86 shown as 0086 is another agent's number.
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise _unreadable(path, "不是 Excel 工作簿，或者已损坏") from error
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # phone systems write the size of the sheet before they know it
        for number, row in enumerate(sheet.iter_rows(), start=1):
            yield Line(number, [_clean(_shown(cell.value, cell.number_format)) for cell in row])
    finally:
        book.close()


def _shown(value: Any, number_format: str | None) -> str:
    """A cell as text, the way a person sees it where that matters."""
    if value is None:
        return ""
    if isinstance(value, datetime | date | time):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and re.fullmatch("0+", number_format or ""):
        return str(value).zfill(len(number_format or ""))
    return str(value)


def _clean(cell: str) -> str:
    """Without blanks around it and without the tricks that keep Excel from reading text as a number."""
    cell = cell.strip().strip("\ufeff\u200b").strip()
    trick = _FORMULA_TEXT.fullmatch(cell)
    return trick.group(1).strip() if trick else cell.removeprefix("'")


def _unreadable(path: Path, why: str) -> UsageError:
    return UsageError(f"通话列表 {path} 读不了：{why}", slug="call-list-unreadable")

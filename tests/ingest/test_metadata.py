"""The call list: encodings, spreadsheets, headers, and every row that is wrong."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from qa.errors import UsageError
from qa.ingest.columns import ALIASES, NAMES, field_of
from qa.ingest.metadata import CallList, read_call_list
from qa.model import Role

CHINESE = "通话ID,录音文件,坐席工号,姓名,班组,开始时间,声道,业务类型,标签\n"
ROW = 'c1,a.wav,0086,张三,一班,2026-11-02 09:00:00,"坐席,客户",话费查询,骚扰;VIP\n'


def listed(folder: Path, text: str, encoding: str = "utf-8") -> CallList:
    path = folder / "calls.csv"
    path.write_bytes(text.encode(encoding))
    return read_call_list(path)


def said(calls: CallList) -> list[str]:
    return [str(problem) for problem in calls.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_any_usual_encoding_is_read(tmp_path: Path, encoding: str, newline: str) -> None:
    calls = listed(tmp_path, (CHINESE + ROW).replace("\n", newline), encoding)
    (row,) = calls.rows
    assert (row.line, row.call_id, row.file, row.agent_id, row.agent_name, row.team) == (
        2,
        "c1",
        "a.wav",
        "0086",
        "张三",
        "一班",
    )
    assert row.started_at is not None
    assert row.started_at.isoformat() == "2026-11-02T09:00:00+08:00"
    assert (row.channel_roles, row.business, row.tags) == ((Role.AGENT, Role.CUSTOMER), "话费查询", ("骚扰", "VIP"))
    assert said(calls) == []


@pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
def test_other_delimiters_are_read(tmp_path: Path, delimiter: str) -> None:
    assert listed(tmp_path, f"file{delimiter}agent_id\na.wav{delimiter}7\n").rows[0].agent_id == "7"


def test_a_workbook_is_read_as_people_see_it(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["2026年11月 通话清单"])
    sheet.append(["录音文件", "工号", "开始时间", "通话编号"])
    sheet.append(["a.wav", 1001.0, datetime(2026, 11, 2, 9, 0), 17])
    sheet.append(["b.wav", 86, 46328.375, "18"])
    sheet.cell(4, 2).number_format = "0000"
    sheet.append([None, None, None, None])
    sheet.append(["c.wav", "0099", "2026/11/2 9:00", None])
    path = tmp_path / "calls.xlsx"
    book.save(path)
    calls = read_call_list(path)
    assert [(row.line, row.file, row.agent_id, row.call_id) for row in calls.rows] == [
        (3, "a.wav", "1001", "17"),
        (4, "b.wav", "0086", "18"),
        (6, "c.wav", "0099", ""),
    ]
    assert {row.started_at.isoformat() if row.started_at else "" for row in calls.rows} == {"2026-11-02T09:00:00+08:00"}
    assert said(calls) == []


def test_excel_keeps_its_tricks_to_itself(tmp_path: Path) -> None:
    calls = listed(tmp_path, 'file,agent_id\na.wav,"=""0086"""\nb.wav,\'0087\n')
    assert [row.agent_id for row in calls.rows] == ["0086", "0087"]


def test_date_and_time_may_stand_in_two_columns(tmp_path: Path) -> None:
    calls = listed(
        tmp_path,
        "file,日期,时间,工号\na.wav,2026-11-02,9:05,1\nb.wav,2026-11-02,2026-11-03 10:00,1\nc.wav,2026-11-02,,1\n",
    )
    assert [str(row.started_at)[:16] for row in calls.rows] == [
        "2026-11-02 09:05",
        "2026-11-03 10:00",
        "2026-11-02 00:00",
    ]


def test_a_line_is_counted_as_an_editor_does(tmp_path: Path) -> None:
    calls = listed(tmp_path, 'file,agent_id,标签\n"a.wav",1,"两\n行"\n\nb.wav,2,\n,3,\n')
    assert [row.line for row in calls.rows] == [2, 5]
    assert said(calls) == ["calls.csv:6: 既没有录音文件也没有通话ID，整行没有用"]


@pytest.mark.parametrize(
    ("row", "kept", "says"),
    [
        ("c1,a.wav,,x,y,,,,", True, "没有工号"),
        ("c1,a.wav,1.38E+10,x,y,,,,", True, "工号没有用上"),
        ("c1,a.wav,7,x,y,昨天,,,", True, "开始时间没有用上：看不懂时间“昨天”"),
        ("c1,a.wav,7,x,y,,左边,,", True, "声道没有用上：看不懂声道“左边”"),
        (",,7,x,y,,,,", False, "整行没有用"),
        ("c1,a.wav,7,x,y,,坐席,客户,话费,标签,多", False, "这一行有 11 列，表头只有 9 列"),
        ("c1,a.wav,7", True, ""),
        ("c1,a.wav,7,,,,,,,,,,", True, ""),
    ],
)
def test_a_bad_row_is_told_and_keeps_what_can_be_used(tmp_path: Path, row: str, kept: bool, says: str) -> None:
    calls = listed(tmp_path, CHINESE + "\n" + row + "\n")
    assert len(calls.rows) == kept
    if says:
        (problem,) = said(calls)
        assert problem.startswith("calls.csv:3: ")
        assert says in problem
    else:
        assert said(calls) == []
    if kept and not says:
        assert calls.rows[0].agent_id == "7"


def test_a_misspelt_header_is_told_with_what_it_may_mean(tmp_path: Path) -> None:
    calls = listed(tmp_path, "文件名,坐席工号码,客户满意度\na.wav,1,5\n")
    assert "calls.csv:1: 不认识的列“坐席工号码”没有用上，是不是“工号”？" in said(calls)
    assert not any("客户满意度" in problem for problem in said(calls))
    assert any("没有“工号”列" in problem for problem in said(calls))


def test_two_columns_for_one_thing_are_told(tmp_path: Path) -> None:
    calls = listed(tmp_path, "文件名,工号,agent_id\na.wav,1,2\n")
    assert calls.rows[0].agent_id == "1"
    assert said(calls) == ["calls.csv:1: “agent_id”和“工号”都是工号，只用了后者"]


@pytest.mark.parametrize(
    ("name", "content", "slug", "says"),
    [
        ("calls.csv", b"", "call-list-unreadable", "什么都没有"),
        ("calls.csv", b"\n\n , \n", "call-list-unreadable", "什么都没有"),
        ("calls.csv", "工号,姓名\n1,张三\n".encode(), "call-list-header", "工号、姓名"),
        ("calls.csv", b'file,agent_id\n"a.wav,1\nb.wav,2\n', "call-list-unreadable", "引号"),
        ("calls.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "call-list-unreadable", "编码"),
        ("calls.xlsx", b"not a workbook", "call-list-unreadable", "Excel"),
        ("calls.xls", b"\xd0\xcf\x11\xe0", "call-list-unreadable", "另存为"),
    ],
)
def test_a_list_that_cannot_be_trusted_stops_everything(
    tmp_path: Path, name: str, content: bytes, slug: str, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UsageError, match=says) as caught:
        read_call_list(path)
    assert caught.value.slug == slug
    assert name in caught.value.message


def test_a_list_that_is_not_there_stops_everything(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="不存在"):
        read_call_list(tmp_path / "calls.csv")


@pytest.mark.parametrize("header", ["坐席 工号", "Agent-ID", "AGENT_ID", "工号(必填)", "座席工号", "agentId"])
def test_headers_are_known_however_they_are_written(header: str) -> None:
    assert field_of(header) == "agent_id"


def test_no_name_stands_for_two_columns() -> None:
    names = [alias for aliases in ALIASES.values() for alias in aliases]
    assert len(names) == len(set(names))
    assert all(field_of(alias) == field for field, aliases in ALIASES.items() for alias in aliases)
    assert NAMES.keys() == ALIASES.keys()

"""Values of a call list: the many ways of writing one thing, and what is refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.ingest.values import BadValueError, channel_map, identifier, moment, tags, text
from qa.model import Role

AGENT_FIRST = (Role.AGENT, Role.CUSTOMER)
CUSTOMER_FIRST = (Role.CUSTOMER, Role.AGENT)


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("0086", "0086"),
        ("1001.0", "1001"),
        ("1001.00", "1001"),
        ("A1001.0", "A1001"),
        ("V2.5", "V2.5"),
        ("\uff10\uff10\uff18\uff16", "0086"),
        (" 1001 ", "1001"),
        ("-", ""),
        ("NULL", ""),
        ("无", ""),
        ("", ""),
    ],
)
def test_an_agent_number_is_text(cell: str, read: str) -> None:
    assert identifier(cell) == read


def test_a_number_that_excel_has_rounded_is_refused() -> None:
    with pytest.raises(BadValueError, match="科学计数法"):
        identifier("1.38E+10")


@pytest.mark.parametrize(
    ("cell", "iso"),
    [
        ("2026-11-02T09:00:00+08:00", "2026-11-02T09:00:00+08:00"),
        ("2026-11-02T01:00:00Z", "2026-11-02T01:00:00+00:00"),
        ("2026-11-02 09:00:00", "2026-11-02T09:00:00+08:00"),
        ("2026-11-02 09:00:00.123", "2026-11-02T09:00:00+08:00"),
        ("2026/11/2 9:05", "2026-11-02T09:05:00+08:00"),
        ("2026.11.02 09:05", "2026-11-02T09:05:00+08:00"),
        ("2026年11月2日 9时5分", "2026-11-02T09:05:00+08:00"),
        ("2026年11月2日9点05分30秒", "2026-11-02T09:05:30+08:00"),
        ("2026/11/2 下午 3:05", "2026-11-02T15:05:00+08:00"),
        ("2026/11/2 上午12:05", "2026-11-02T00:05:00+08:00"),
        ("2026-11-02 3:05 PM", "2026-11-02T15:05:00+08:00"),
        ("20261102090530", "2026-11-02T09:05:30+08:00"),
        ("20261102 0905", "2026-11-02T09:05:00+08:00"),
        ("20261102_090530", "2026-11-02T09:05:30+08:00"),
        ("20261102 09:05", "2026-11-02T09:05:00+08:00"),
        ("2026-11-02", "2026-11-02T00:00:00+08:00"),
        ("20261102", "2026-11-02T00:00:00+08:00"),
        ("46328.375", "2026-11-02T09:00:00+08:00"),
        ("46328", "2026-11-02T00:00:00+08:00"),
        ("1793581200", "2026-11-02T09:00:00+08:00"),
        ("1793581200000", "2026-11-02T09:00:00+08:00"),
        ("2026-11-02 09:00:00-0500", "2026-11-02T09:00:00-05:00"),
    ],
)
def test_a_time_is_read_however_it_is_written(cell: str, iso: str) -> None:
    read = moment(cell)
    assert read is not None
    assert read.isoformat() == iso


@pytest.mark.parametrize(
    "cell", ["昨天", "2026-13-01", "2026-11-02 25:00", "02/11/2026", "2026-02-30 09:00", "12", "9:00"]
)
def test_a_time_that_there_is_not_is_refused_with_its_text(cell: str) -> None:
    with pytest.raises(BadValueError, match=cell):
        moment(cell)


def test_no_time_is_no_time() -> None:
    assert moment("") is None
    assert moment("无") is None


@pytest.mark.parametrize(
    ("cell", "roles"),
    [
        ("agent,customer", AGENT_FIRST),
        ("customer,agent", CUSTOMER_FIRST),
        ("Agent / Customer", AGENT_FIRST),
        ("坐席,客户", AGENT_FIRST),
        ("客户\uff0c坐席", CUSTOMER_FIRST),
        ("座席|用户", AGENT_FIRST),
        ("左坐席右客户", AGENT_FIRST),
        ("左声道客户 右声道坐席", CUSTOMER_FIRST),
        ("右客户左坐席", AGENT_FIRST),
        ("坐席在右", CUSTOMER_FIRST),
        ("L=agent", AGENT_FIRST),
        ("R=agent", CUSTOMER_FIRST),
        ("agent=left, customer=right", AGENT_FIRST),
        ("0:customer 1:agent", CUSTOMER_FIRST),
        ("声道1坐席\uff1b声道2客户", AGENT_FIRST),
        ("2=agent", CUSTOMER_FIRST),
        ("0=agent", AGENT_FIRST),
    ],
)
def test_a_channel_map_is_read_however_it_is_written(cell: str, roles: tuple[Role, ...]) -> None:
    assert channel_map(cell) == (roles, False)


@pytest.mark.parametrize("cell", ["mono", "单声道", "单", "Mono "])
def test_one_channel_is_one_channel(cell: str) -> None:
    assert channel_map(cell) == (None, True)


@pytest.mark.parametrize("cell", ["", "-", "双声道", "stereo"])
def test_two_channels_without_names_leave_it_open(cell: str) -> None:
    assert channel_map(cell) == (None, False)


@pytest.mark.parametrize(
    "cell", ["agent", "agent,agent", "1=agent", "左坐席左客户", "坐席客户坐席", "左", "abc", "L=agent R=agent"]
)
def test_a_map_that_can_be_read_two_ways_is_refused(cell: str) -> None:
    with pytest.raises(BadValueError, match="坐席,客户"):
        channel_map(cell)


def test_tags_come_apart_at_any_mark() -> None:
    assert tags("骚扰;老用户、VIP,骚扰") == ("骚扰", "老用户", "VIP")
    assert tags("无") == ()


def test_nothing_has_many_names() -> None:
    assert [text(cell) for cell in (" a ", "N/A", "--", "null")] == ["a", "", "", ""]


@given(st.text(alphabet="0123456789-/: .年月日时上下午TZ+坐席客户左右LRagentcu,eE", max_size=24))
def test_whatever_a_cell_holds_is_read_or_refused(cell: str) -> None:
    for read in (identifier, moment, channel_map, tags, text):
        # Any other exception would stop the night for one cell.
        with contextlib.suppress(BadValueError):
            read(cell)

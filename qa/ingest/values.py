"""Reads the values that a call list writes in many ways: agent numbers, times, channel maps, tags."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta, timezone

from qa.model import Role

CHINA = timezone(timedelta(hours=8))
"""Where a time without a zone is meant. A fixed offset: China has had no summer time since 1991."""
_NOTHING = frozenset({"", "-", "--", "/", "无", "空", "未知", "null", "none", "nan", "n/a", "na", "#n/a"})
_EXCEL_DAY_ZERO = datetime(1899, 12, 30, tzinfo=CHINA)
_EXCEL_DAYS = range(20_000, 80_000)
"""Day numbers from 1954 to 2119: what else looks like a plain number of this size is no time."""


class BadValueError(ValueError):
    """What is wrong with a value, in Chinese."""


def text(cell: str) -> str:
    """Empty for the many ways of writing nothing."""
    return "" if cell.strip().lower() in _NOTHING else cell.strip()


def identifier(cell: str) -> str:
    """`０086` → 0086, `1001.0` → 1001; leading zeros stay. Raises `BadValueError` for what Excel has rounded."""
    plain = text(unicodedata.normalize("NFKC", cell))
    if re.fullmatch(r"\d(?:\.\d+)?e\+\d+", plain.lower()):
        raise BadValueError(f"“{cell}”是 Excel 的科学计数法，原来的号码已经丢失；请把这一列设成文本再导出")
    return re.sub(r"(?<=\d)\.0+$", "", plain)


_DATE = r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?"
_COMPACT_DATE = r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
_CLOCK = (
    r"(?P<half>上午|下午|晚上|中午|凌晨|am|pm)?\s*(?P<hour>\d{1,2})\s*[:时点]\s*(?P<minute>\d{1,2})\s*"
    r"(?:[:分]\s*(?:(?P<second>\d{1,2})(?:[.,]\d+)?\s*秒?)?)?\s*(?P<half2>am|pm)?"
)
_COMPACT_CLOCK = r"(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?"
_ZONE = r"\s*(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2})?"
_TIMES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_DATE}(?:[\st]*{_CLOCK}{_ZONE})?",
        rf"{_COMPACT_DATE}(?:[\st_\-]*{_COMPACT_CLOCK}{_ZONE})?",
        rf"{_COMPACT_DATE}[\st_]*{_CLOCK}{_ZONE}",
    )
)


def moment(cell: str) -> datetime | None:
    """Aware; None for nothing; midnight where only a date is given. Raises `BadValueError`."""
    plain = text(unicodedata.normalize("NFKC", cell)).lower()
    if not plain:
        return None
    for pattern in _TIMES:
        if match := pattern.fullmatch(plain):
            return _built(cell, match)
    if re.fullmatch(r"\d{5}(?:\.\d+)?", plain) and int(float(plain)) in _EXCEL_DAYS:
        return _EXCEL_DAY_ZERO + timedelta(seconds=round(float(plain) * 86_400))
    if re.fullmatch(r"1\d{9}|1\d{12}", plain):
        return datetime.fromtimestamp(int(plain[:10]), CHINA)
    raise BadValueError(f"看不懂时间“{cell}”，请写成 2026-11-02 09:00:00")


def _built(cell: str, match: re.Match[str]) -> datetime:
    part = match.groupdict()
    half = part.get("half") or part.get("half2")
    hour = int(part.get("hour") or 0)
    if half in ("下午", "晚上", "pm") and hour < 12:
        hour += 12
    elif half in ("上午", "凌晨", "am") and hour == 12:
        hour = 0
    try:
        return datetime(
            int(part["year"]),
            int(part["month"]),
            int(part["day"]),
            hour,
            int(part.get("minute") or 0),
            int(part.get("second") or 0),
            tzinfo=_zone(part.get("zone")),
        )
    except ValueError as error:
        raise BadValueError(f"没有“{cell}”这个时间") from error


def _zone(zone: str | None) -> timezone:
    if zone is None:
        return CHINA
    if zone in ("z", "utc", "gmt"):
        return timezone(timedelta(0))
    sign = -1 if zone[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])))


_MONO = frozenset({"mono", "单声道", "单", "单轨", "混音", "混合", "单路", "1ch"})
_OPEN_STEREO = frozenset({"stereo", "双声道", "立体声", "双轨", "双", "2ch", "dual"})
_ROLE_WORDS = {
    Role.AGENT: "坐席|座席|客服|话务员|员工|agent|operator|staff",
    Role.CUSTOMER: "客户|用户|顾客|来电人|customer|client|caller",
}
_CHANNEL_TOKEN = re.compile(
    rf"(?P<agent>{_ROLE_WORDS[Role.AGENT]})|(?P<customer>{_ROLE_WORDS[Role.CUSTOMER]})"
    r"|(?P<left>左|left|(?<![a-z])l(?![a-z]))|(?P<right>右|right|(?<![a-z])r(?![a-z]))|(?P<number>[0-2])"
)
_AGENT_FIRST = (Role.AGENT, Role.CUSTOMER)
_CUSTOMER_FIRST = (Role.CUSTOMER, Role.AGENT)


def channel_map(cell: str) -> tuple[tuple[Role, ...] | None, bool]:
    """`agent,customer`, `左坐席右客户`, `L=agent`, `1:客户 2:坐席` → roles by channel; and whether it says mono.

    (None, False) where it says nothing, or only that there are two. Raises `BadValueError`.
    """
    plain = text(unicodedata.normalize("NFKC", cell)).lower().replace(" ", "")
    if not plain or plain in _OPEN_STEREO:
        return None, False
    if plain in _MONO:
        return None, True
    tokens = [match.lastgroup or "" for match in _CHANNEL_TOKEN.finditer(plain)]
    numbers = [match.group() for match in _CHANNEL_TOKEN.finditer(plain) if match.lastgroup == "number"]
    roles = [token for token in tokens if token in ("agent", "customer")]
    sides = _sides(tokens, numbers)
    bad = BadValueError(f"看不懂声道“{cell}”，请写 坐席,客户（左声道是坐席）、客户,坐席 或 单声道")
    if sides is None or len(roles) not in (1, 2) or len(set(roles)) != len(roles):
        raise bad
    if not sides:
        if len(roles) != 2:
            raise bad
        return (_AGENT_FIRST if roles[0] == "agent" else _CUSTOMER_FIRST), False
    if len(sides) != len(roles) or len(set(sides)) != len(sides):
        raise bad
    agent_side = sides[roles.index("agent")] if "agent" in roles else 1 - sides[0]
    return (_AGENT_FIRST if agent_side == 0 else _CUSTOMER_FIRST), False


def _sides(tokens: list[str], numbers: list[str]) -> list[int] | None:
    """Channel indices in the order written; None where it cannot be told which channel a number means."""
    if any(token in ("left", "right") for token in tokens):
        return [0 if token == "left" else 1 for token in tokens if token in ("left", "right")]
    if not numbers:
        return []
    if "0" in numbers and "2" not in numbers:
        return [int(number) for number in numbers]
    if "2" in numbers and "0" not in numbers:
        return [int(number) - 1 for number in numbers]
    # A lone 1 is the first channel to some systems and the second to others.
    return None


def tags(cell: str) -> tuple[str, ...]:
    """`骚扰;老用户、VIP` → three tags, each once, in order."""
    return tuple(dict.fromkeys(part for part in re.split(r"[,;|/\s\u3001\uff0c\uff1b]+", text(cell)) if part))

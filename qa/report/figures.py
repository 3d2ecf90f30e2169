"""Writes numbers, times and dates the way people read them on pages."""

from __future__ import annotations

from datetime import datetime

NO_DATA = "无数据"


def mark(percent: float | None) -> str:
    """One decimal. A shown 100 is exactly 100 and a shown 0 exactly 0; None is 无数据, never 0."""
    if percent is None:
        return NO_DATA
    shown = f"{percent:.1f}"
    if shown == "100.0":
        return "100" if percent >= 100 else "99.9"
    if shown == "0.0":
        return "0" if percent <= 0 else "0.1"
    return shown


def mark_value(percent: float | None) -> float | None:
    """The number that `mark` shows, for cells: Excel would round 99.96 up to 100.0."""
    return None if percent is None else float(mark(percent))


def number(value: float) -> str:
    """Thousands apart; at most two decimals, none where they are zero."""
    return f"{value:,.2f}".rstrip("0").rstrip(".") if value % 1 else f"{int(value):,}"


def minutes(duration_ms: float) -> str:
    """`75400` → `1:15`; hours appear only where there are any."""
    total_s = round(duration_ms / 1000)
    hours, rest = divmod(total_s, 3600)
    if hours:
        return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
    return f"{rest // 60}:{rest % 60:02d}"


def seconds(ms: int) -> str:
    """`12400` → `12.4`: what stands after `#t=`."""
    return f"{ms / 1000:.3f}".rstrip("0").rstrip(".")


def share(ratio: float) -> str:
    """0 to 1 as a percentage without decimals; 100% is exactly 1 and 0% exactly 0."""
    shown = round(100 * ratio)
    if shown == 100 and ratio < 1:
        shown = 99
    if shown == 0 and ratio > 0:
        shown = 1
    return f"{shown}%"


def moment(when: datetime | None) -> str:
    """`2026-11-02 09:00`, in the time zone that the call list gave; empty where nobody knows."""
    return when.strftime("%Y-%m-%d %H:%M") if when else ""


def day(when: datetime) -> str:
    return f"{when.year} 年 {when.month} 月 {when.day} 日"

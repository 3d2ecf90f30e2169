"""Names, units and definitions of measures, as pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from qa.model import Call, Measurement, Role
from qa.report.figures import number
from qa.span import Span

_SHOWN_PLACES = 6

# The names that the measures themselves have; a test keeps the two together.
MEANINGS: dict[str, tuple[str, str]] = {
    "call_ms": ("通话时长", "录音从头到尾。"),
    "speech_rate_spm": (
        "语速",
        "音节数 ÷ 在自己话轮里的时间（含 2 秒以内的停顿）。评分用的是这一个。一字一音节，数字按读法计。",
    ),
    "articulation_rate_spm": ("发音速度", "音节数 ÷ 有声音的时间，不含任何停顿。"),
    "call_rate_spm": ("全程语速", "音节数 ÷ 整通时长。"),
    "syllables_count": ("音节数", "转写出来的音节总数。"),
    "talk_ms": ("说话时长", "有声音的时间合计，按语音活动计。"),
    "talk_share_pct": ("说话占比", "自己有声音的时间 ÷ 坐席与客户有声音的时间之和。"),
    "longest_monologue_ms": ("最长独白", "停顿不超过 1.5 秒的最长一段连续说话。"),
    "first_speech_ms": ("首次有人说话", "从录音开始到第一个人开口，不分是谁。"),
    "greeting_delay_ms": ("开口时间", "从录音开始到坐席第一次开口。"),
    "dead_air_ms": ("冷场", "2 秒以上谁都没有说话。"),
    "response_latency_ms": ("应答时延", "客户说完到坐席接着开口；坐席抢先开口的不计。"),
    "hold_ms": ("等待", "坐席前后都在说、中间离开 10 秒以上。"),
    "interruption_ms": ("抢话", "客户正在说，坐席插进来，两人同时说话 0.3 秒以上；长短见规则。"),
    "overlap_ms": ("重叠", "两人同时出声 0.3 秒以上，不论谁先开口。"),
    "loudness_db": ("音量", "有声音部分的均方根电平，0 为满刻度。"),
    "clipping_pct": ("削波", "有声音部分里到满刻度的采样所占的比例。"),
    "pitch_range_st": ("音高起伏", "每 15 秒坐席浊音里，音高第 10 到第 90 百分位之间的半音数。"),
    "turn_loudness_db": ("话轮音量", "一个话轮里有声音部分的均方根电平。"),
    "bleed_db": ("串音", "自己声道里听到的对方声音，比自己说话的声音大多少（负数：小多少）。"),
    "band_hz": ("频带上限", "说话声里比最强的频段低不到 40 dB 的最高频率；电话到 3400 左右，宽带到 7000。"),
    "turn_pitch_hz": ("话轮音高", "一个话轮里浊音部分基频的中位数。"),
}
_EVERY_TURN = frozenset({"turn_loudness_db", "turn_pitch_hz"})
"""One figure for each turn: material for rules, in results.jsonl, too much for a page."""
_TYPICAL = frozenset({"response_latency_ms", "pitch_range_st"})
"""Of these the middle one says more than the sum."""
UNITS = {
    "ms": "秒",
    "s": "秒",
    "syllables/min": "音节/分钟",
    "syllables": "音节",
    "percent": "%",
    "%": "%",
    "share": "%",
    "ratio": "%",
    "db": "dB",
    "dbfs": "dBFS",
    "semitones": "半音",
    "hz": "Hz",
    "count": "次",
    "words": "词",
}


@dataclass(frozen=True, slots=True)
class Place:
    span: Span
    value: str


@dataclass(frozen=True, slots=True)
class MeasureView:
    name: str
    label: str
    role: Role | None
    value: str
    """With its unit; for several stretches their number and sum or longest."""
    definition: str
    places: tuple[Place, ...]
    """Where it was measured; empty for figures of the whole call."""


def label(name: str) -> str:
    """Chinese name; a measure we have no name for keeps its own."""
    return MEANINGS.get(name, (name, ""))[0]


def definition(name: str) -> str:
    return MEANINGS.get(name, ("", ""))[1]


def quantity(value: float, unit: str) -> str:
    """Value and unit as people read them: milliseconds as seconds, shares as percent."""
    key = unit.lower()
    if key == "ms":
        return f"{value / 1000:.1f} 秒"
    if key in ("ratio", "share"):
        return f"{100 * value:.0f}%"
    if key in ("%", "percent"):
        return f"{value:.0f}%"
    shown = number(round(value)) if abs(value) >= 100 else number(round(value, 1))
    return f"{shown} {UNITS.get(key, unit)}".rstrip()


def measure_views(call: Call) -> tuple[MeasureView, ...]:
    """One row for each measure and role, in the order in which they were measured."""
    order = {(m.name, m.role): i for i, m in reversed(list(enumerate(call.measurements)))}
    shown = [m for m in call.measurements if m.name not in _EVERY_TURN]
    rows = sorted(shown, key=lambda m: (order[m.name, m.role], m.span))
    return tuple(
        _view(call, name, role, tuple(group)) for (name, role), group in groupby(rows, lambda m: (m.name, m.role))
    )


def _view(call: Call, name: str, role: Role | None, rows: Sequence[Measurement]) -> MeasureView:
    whole = len(rows) == 1 and rows[0].span.duration_ms >= 0.95 * call.recording.duration_ms
    return MeasureView(
        name=name,
        label=label(name),
        role=role,
        value=_value(rows),
        definition=definition(name),
        places=()
        if whole
        else tuple(
            Place(m.span, quantity(m.value, m.unit)) for m in sorted(rows, key=lambda m: -m.value)[:_SHOWN_PLACES]
        ),
    )


def _value(rows: Sequence[Measurement]) -> str:
    unit = rows[0].unit
    if len(rows) == 1:
        return quantity(rows[0].value, unit)
    longest = quantity(max(m.value for m in rows), unit)
    if rows[0].name in _TYPICAL:
        return f"{len(rows)} 处，中位 {quantity(median(m.value for m in rows), unit)}，最大 {longest}"
    if unit == "ms":
        return f"{len(rows)} 处，最长 {longest}，合计 {quantity(sum(m.value for m in rows), unit)}"
    return f"{len(rows)} 处，最大 {longest}"

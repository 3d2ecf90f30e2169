"""Names, units and definitions of measures, as pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from qa.model import Call, Measurement, Role
from qa.report.figures import number
from qa.span import Span

_SHOWN_PLACES = 12
_SUFFIXES = ("_ms", "_spm", "_db", "_dbfs", "_percent", "_share", "_semitones", "_st", "_hz", "_s", "_count")

MEANINGS: dict[str, tuple[str, str]] = {
    "speech_rate": ("语速", "坐席音节数 ÷ 坐席话轮时间（2 秒以内的停顿算在内）。评分用的就是这一个。"),
    "articulation_rate": ("净语速", "坐席音节数 ÷ 坐席实际出声时间，不含停顿。"),
    "call_rate": ("全程语速", "坐席音节数 ÷ 通话总时长。"),
    "syllables": ("音节数", "一个汉字一个音节，数字按读法计，儿化并入前字，字母一个一个计。"),
    "talk": ("说话时长", "有人声的时间，按语音活动计，不按文字间隙计。"),
    "talk_share": ("说话占比", "该方说话时间 ÷ 双方说话时间之和。"),
    "dead_air": ("冷场", "双方都没有声音的一段。"),
    "response_latency": ("应答时延", "客户话音落下到坐席开口的时间。"),
    "first_answer": ("首问应答", "客户第一个问题问完到坐席开口的时间。"),
    "greeting_delay": ("开口时间", "录音开始到坐席第一个字的时间。"),
    "hold": ("等待", "坐席离开或查询、10 秒以上没有坐席语音的一段。"),
    "interruption": ("抢话", "客户还在说，坐席开口，重叠超过 1 秒；应声（嗯、好的）不算。"),
    "overlap": ("重叠", "双方同时出声的一段，不论谁先开口。"),
    "longest_monologue": ("最长独白", "一方不间断说话最长的一段。"),
    "monologue": ("最长独白", "一方不间断说话最长的一段。"),
    "loudness": ("响度", "有人声部分的平均响度；越接近 0 越响。"),
    "loudness_over_median": ("响度起伏", "这一话轮比坐席本通中位响度高出多少。"),
    "clipped": ("削波", "采样到顶的比例，越高越失真。"),
    "pitch_range": ("音高起伏", "音高第 5 到第 95 百分位之间的距离。"),
    "pitch": ("音高", "有声部分的音高中位数。"),
}
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


def base_name(name: str) -> str:
    """`dead_air_ms` → `dead_air`: the unit stands beside the value."""
    for suffix in _SUFFIXES:
        stem = name.removesuffix(suffix)
        if stem != name and (stem in MEANINGS or suffix != "_share"):
            return stem
    return name


def label(name: str) -> str:
    """Chinese name; a measure we have no name for keeps its own."""
    return (MEANINGS.get(name) or MEANINGS.get(base_name(name)) or (name, ""))[0]


def definition(name: str) -> str:
    return (MEANINGS.get(name) or MEANINGS.get(base_name(name)) or ("", ""))[1]


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
    rows = sorted(call.measurements, key=lambda m: (order[m.name, m.role], m.span))
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
    if len(rows) == 1:
        return quantity(rows[0].value, rows[0].unit)
    longest = max(rows, key=lambda m: m.value)
    return f"{len(rows)} 处，最大 {quantity(longest.value, longest.unit)}"

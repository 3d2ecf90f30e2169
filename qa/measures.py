"""Every measure by name: its unit, what people call it, and exactly how it is taken (测量口径)."""

from __future__ import annotations

from typing import NamedTuple


class Measure(NamedTuple):
    unit: str
    label: str
    definition: str
    """In Chinese, for whoever sets a bound on it or reads a figure."""
    rows: str = ""
    """How many rows of it a call has, and what their spans are."""


_PER_ROLE = "每个角色一条，时段是整通。"

MEASURES: dict[str, Measure] = {
    "call_ms": Measure("ms", "通话时长", "录音从头到尾的时长，首尾的静音也在内。"),
    "speech_rate_spm": Measure(
        "syllables/min",
        "语速",
        "音节数 ÷ 在自己话轮里的时间。话轮里的停顿算在内（听感约 2 秒以内，仪器量得 2.5 秒以内），"
        "没听清的部分不算。评分用的是这一个。"
        "一字一音节，数字按读法计，儿化不另计，字母各算一个。",
        _PER_ROLE,
    ),
    "articulation_rate_spm": Measure("syllables/min", "发音速度", "音节数 ÷ 有声音的时间，不含任何停顿。", _PER_ROLE),
    "call_rate_spm": Measure("syllables/min", "全程语速", "音节数 ÷ 整通时长。", _PER_ROLE),
    "syllables_count": Measure("syllables", "音节数", "转写出来的音节总数，数字按读法计。", _PER_ROLE),
    "talk_ms": Measure("ms", "说话时长", "有声音的时间合计，按语音活动计。", _PER_ROLE),
    "talk_share_pct": Measure("%", "说话占比", "自己有声音的时间 ÷ 坐席与客户有声音的时间之和。", _PER_ROLE),
    "longest_monologue_ms": Measure(
        "ms", "最长独白", "最长一段连续说话（停顿不到 2.5 秒，中间对方没有答话）。", "时段就是那一段。每个角色一条。"
    ),
    "first_speech_ms": Measure(
        "ms",
        "首次有人说话",
        "从接通到第一个人开口；不分是谁，单声道也有。坐席开口不会早于它。接通：录音开始，或坐席开口前最后一段彩铃、音乐、录音播报结束。",
    ),
    "greeting_delay_ms": Measure(
        "ms",
        "开口时间",
        "从接通到坐席第一次开口；单声道录音算到第一个人开口，只会少算。接通：录音开始，或坐席开口前最后一段彩铃、音乐、录音播报结束。",
    ),
    "dead_air_ms": Measure(
        "ms",
        "冷场",
        "2 秒以上谁都没有说话的每一段，包括开头和结尾；音乐不算说话。录音播报不算冷场，接通以前、挂机以后的播报之间也不算；有一个声道没有录到声音时没有。",
    ),
    "response_latency_ms": Measure(
        "ms", "应答时延", "客户说完到坐席接着开口；坐席抢在客户说完之前开口的不计。", "每次应答一条。"
    ),
    "hold_ms": Measure(
        "ms", "等待", "坐席前后都在说、中间离开 10 秒以上，期间客户说话不到两成。客户整通没有说话的无声电话不计。"
    ),
    "interruption_ms": Measure(
        "ms",
        "抢话",
        "客户一句话没说完（停顿不超过 1.5 秒）坐席就开口，两人同时出声：客户出声时插入满 0.3 秒，客户停顿时插入满 0.7 秒；"
        "时段从坐席开口到最后一次同时出声。分不清角色时没有，单声道录音也没有。",
    ),
    "overlap_ms": Measure(
        "ms", "重叠", "两人同时出声 0.3 秒以上的每一段，不论谁先开口。分不清角色时没有，单声道录音也没有。"
    ),
    "loudness_db": Measure("dBFS", "音量", "有声音部分的均方根电平，0 为满刻度。", _PER_ROLE),
    "turn_loudness_db": Measure("dBFS", "话轮音量", "一个话轮里有声音部分的均方根电平。", "每个话轮一条。"),
    "clipping_pct": Measure("%", "削波", "有声音部分里达到满刻度 97% 以上的采样所占的比例。", _PER_ROLE),
    "bleed_db": Measure(
        "dB", "串音", "自己声道里听到的对方声音，比自己说话的声音大多少（负数：小多少）；双声道录音才有。", _PER_ROLE
    ),
    "band_hz": Measure(
        "Hz", "频带上限", "说话声里比最强的频段低不到 40 dB 的最高频率；电话到 3400 左右，宽带到 7000。", _PER_ROLE
    ),
    "turn_pitch_hz": Measure(
        "Hz", "话轮音高", "一个话轮里浊音部分基频的中位数；浊音不足 0.2 秒的不给。", "每个话轮一条。"
    ),
    "pitch_range_st": Measure(
        "semitones",
        "音高起伏",
        "每满 15 秒坐席浊音，基频第 10 与第 90 百分位之间的半音数。",
        "时段是这 15 秒所在的那一段。",
    ),
}

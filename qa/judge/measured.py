"""The measurements that rules may ask for, and how their values are written."""

from __future__ import annotations

from enum import StrEnum
from typing import NewType

Bound = NewType("Bound", float)
"""A bound in the measurement's own unit; times may be written `30s`."""


class MeasureName(StrEnum):
    SPEECH_RATE_SPM = "speech_rate_spm"
    ARTICULATION_RATE_SPM = "articulation_rate_spm"
    CALL_RATE_SPM = "call_rate_spm"
    SYLLABLES_COUNT = "syllables_count"
    TALK_MS = "talk_ms"
    DEAD_AIR_MS = "dead_air_ms"
    RESPONSE_LATENCY_MS = "response_latency_ms"
    FIRST_SPEECH_MS = "first_speech_ms"
    GREETING_DELAY_MS = "greeting_delay_ms"
    HOLD_MS = "hold_ms"
    INTERRUPTION_MS = "interruption_ms"
    OVERLAP_MS = "overlap_ms"
    TALK_SHARE_PCT = "talk_share_pct"
    LONGEST_MONOLOGUE_MS = "longest_monologue_ms"
    TURN_LOUDNESS_DB = "turn_loudness_db"
    LOUDNESS_DB = "loudness_db"
    TURN_PITCH_HZ = "turn_pitch_hz"
    PITCH_RANGE_ST = "pitch_range_st"
    CLIPPING_PCT = "clipping_pct"
    CALL_MS = "call_ms"

    @property
    def is_of_stretches(self) -> bool:
        """No row of such a name means that there was none of it, not that nobody measured."""
        return self in _OF_STRETCHES


_OF_STRETCHES = frozenset(
    {
        MeasureName.DEAD_AIR_MS,
        MeasureName.RESPONSE_LATENCY_MS,
        MeasureName.HOLD_MS,
        MeasureName.INTERRUPTION_MS,
        MeasureName.OVERLAP_MS,
    }
)
_UNITS = {"spm": " 音节/分钟", "count": "", "db": " 分贝", "hz": " 赫兹", "st": " 半音", "pct": "%"}


def shown(name: MeasureName, value: float) -> str:
    """`dead_air_ms` 36000 → 36.0 秒; rates and the like with their unit."""
    unit = name.value.rpartition("_")[2]
    return f"{value / 1000:.1f} 秒" if unit == "ms" else f"{value:.4g}{_UNITS[unit]}"

"""Reads labelled calls: `*.truth.json` beside their recordings.

A label file holds one call, as a person heard it:

    {"call_id": "d01", "file": "d01.wav", "layout": "agent,customer" | "customer,agent" | "mono", "duration_s": 133.69,
     "turns": [{"role": "agent", "start": 1.18, "end": 17.82, "text": "您好,…"}],
     "metrics": {"agent_speech_rate_spm": 132.2, "silences_over_5s": [[52.26, 60.26]], "interruptions": []},
     "fails": ["greeting"],            rule ids that the call violates
     "either": ["further_help"]}       rule ids on which a person could say either: not counted for this call

`metrics` may be left out. Which rules are counted: `scored_rules.txt` in the folder (one id a line), else SCORED_RULES.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from qa.errors import UsageError

SCORED_RULES = [
    "impatient_phrase",
    "shirking_phrase",
    "apology_after_complaint",
    "retention_before_cancel",
    "late_greeting",
    "long_silence",
    "hold_notice",
    "hold_thanks",
    "unsure_words",
    "greeting",
    "further_help",
    "closing",
    "silent_call_procedure",
    "forbidden_phrase",
    "surname_address",
    "rhetorical_question",
    "speech_rate_fast",
    "speech_rate_slow",
    "filler_words",
    "interruption",
    "asks_to_repeat",
    "stacked_questions",
    "repeated_question",
    "negative_phrase",
    "imperative_phrase",
    "over_promise",
    "arguing_phrase",
    "raised_voice",
    "soothing_after_anger",
    "asks_password",
]
"""Rules that a labeller decides from the recording alone."""


class LabelledTurn(msgspec.Struct, frozen=True):
    role: str
    start: float
    """Seconds from the start of the recording."""
    end: float
    text: str


class LabelledMetrics(msgspec.Struct, frozen=True):
    agent_speech_rate_spm: float | None = None
    silences_over_5s: list[tuple[float, float]] = []
    interruptions: list[tuple[float, float]] = []


class Label(msgspec.Struct, frozen=True):
    """One labelled call."""

    call_id: str
    file: str
    layout: str
    duration_s: float
    turns: list[LabelledTurn]
    fails: list[str]
    either: list[str] = []
    agent_id: str = ""
    metrics: LabelledMetrics | None = None


def read_labels(folder: Path) -> list[Label]:
    """All labels of a folder, by call id. Raises UsageError naming the file and the key that is wrong."""
    labels = []
    for path in sorted(folder.glob("*.truth.json")):
        try:
            labels.append(msgspec.json.decode(path.read_bytes(), type=Label))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}：标注写法不对：{error}", slug="label-invalid") from error
    if not labels:
        raise UsageError(f"{folder} 里没有标注（*.truth.json）", slug="labels-missing")
    return labels


def scored_rules(folder: Path) -> list[str]:
    """Rule ids that count in this folder."""
    listed = folder / "scored_rules.txt"
    if not listed.is_file():
        return list(SCORED_RULES)
    return [line.strip() for line in listed.read_text(encoding="utf-8-sig").splitlines() if line.strip()]

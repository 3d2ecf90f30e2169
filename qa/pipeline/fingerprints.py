"""Says what each step's result depends on, and why a step must run again.

A fingerprint is readable text, `key=value` joined by `|`, so that two of them can be told apart by what changed. A
step's own fingerprint holds a digest of the step before it: whatever changes early makes everything later run again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from qa import judge, measure, transcribe
from qa.model import Recording
from qa.transcribe import diarize

ROLES_VERSION = 2
"""Raise it when the same transcript and channel map would give other roles or turns."""

STAGES = ("transcribe", "diarize", "measure", "judge")

REASONS = {
    "audio": "录音变了",
    "engine": "识别引擎、模型或识别参数变了",
    "sidecar": "旁边的转写稿变了",
    "transcribe": "转写结果变了",
    "voices": "分开说话人的程序（mono 附加项）变了",
    "diarize": "分开说话人的结果变了",
    "roles": "人工改过角色",
    "hotwords": "行业词表（hotwords）变了",
    "channels": "声道角色（话单）变了",
    "measure": "测量结果变了",
    "rubric": "评分表、词表或档位变了",
    "facts": "话单里规则要看的内容（时间、业务、标签）变了",
    "code": "qa 的这一步升级了",
    "llm": "大模型变了",
    "again": "上次大模型没有回答",
}
"""Why a step runs again, by the key that differs."""


@dataclass(frozen=True, slots=True)
class Depends:
    """What all calls of a run have in common."""

    engine: str
    """Identity of the engine: model, options, version."""
    rubric: str
    """Digest of the rubric as loaded, profile included."""
    voices: str = ""
    """Identity of what tells voices apart in one channel; empty without the `mono` extra."""
    hotwords: tuple[str, ...] = ()
    """Terms written as the trade does, put right after recognition and before anything is measured."""
    llm: str = ""
    """Identity of the language model; empty where no rule asks one."""


def provisional(fingerprint: str) -> str:
    """Of a result that is good for tonight only: the next run finds it made from something else, and makes it again."""
    return f"{fingerprint}|again=yes"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def fingerprints(recording: Recording, depends: Depends, sidecar: str = "", correction: str = "") -> dict[str, str]:
    """Stage → fingerprint. `sidecar` is the digest of the transcript beside the recording, where the engine reads one;
    `correction` the JSON of what a person said about the roles."""
    transcribed = _join(audio=recording.sha256, engine=depends.engine, sidecar=sidecar, code=f"{transcribe.VERSION}")
    # Two channels may hold one signal, which nobody knows before they are decoded: all calls depend on `voices`.
    diarized = _join(transcribe=digest(transcribed), voices=depends.voices, code=f"{diarize.VERSION}")
    channels = ",".join(recording.channel_roles) if recording.channel_roles else ""
    measured = _join(
        diarize=digest(diarized),
        channels=channels,
        roles=digest(correction) if correction else "",
        hotwords=digest("\n".join(depends.hotwords)) if depends.hotwords else "",
        code=f"{ROLES_VERSION}.{measure.VERSION}",
    )
    started = recording.started_at.isoformat() if recording.started_at else ""
    facts = digest("\n".join((started, recording.business, *recording.tags)))
    asked = {"llm": digest(depends.llm)} if depends.llm else {}
    judged = _join(measure=digest(measured), rubric=depends.rubric, facts=facts, **asked, code=f"{judge.VERSION}")
    return dict(zip(STAGES, (transcribed, diarized, measured, judged), strict=True))


def _join(**parts: str) -> str:
    return "|".join(f"{key}={value}" for key, value in parts.items())


def reasons(before: str, now: str) -> tuple[str, ...]:
    """In Chinese, what differs between two fingerprints of one stage; empty where nothing does."""
    return tuple(REASONS[key] for key in _differing(before, now))


def rubric_only(before: str, now: str) -> bool:
    """Whether nothing but the rubric is another one: then verdicts of rules that have not changed still stand."""
    return set(_differing(before, now)) <= {"rubric", "again"}


def _differing(before: str, now: str) -> list[str]:
    old = dict(part.split("=", 1) for part in before.split("|") if "=" in part)
    new = dict(part.split("=", 1) for part in now.split("|"))
    return [key for key in new if old.get(key) != new[key]] + (["again"] if "again" in old else [])

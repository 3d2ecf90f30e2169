"""Reads the JSON of a sidecar strictly: every complaint names the file, the place, and what would be right."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from qa.errors import CallError
from qa.hanzi import spoken
from qa.model import Recording, Role, Word
from qa.span import Span

ROLES = {"agent": Role.AGENT, "customer": Role.CUSTOMER, "other": Role.OTHER}
SPEECH_SOURCES = ("audio", "turns")
_FILE_KEYS = ("engine", "speech_from", "turns")
_TURN_KEYS = ("role", "channel", "start_ms", "end_ms", "text", "words")
_WORD_KEYS = ("text", "start_ms", "end_ms", "confidence")
_LATE_MS = 1000
"""Containers round their length: times may lie this far beyond the end of the recording."""


class SpokenTurn(msgspec.Struct, frozen=True, kw_only=True):
    """One turn whose words are known: of a sidecar, or of a labelled call."""

    span: Span
    text: str
    role: Role | None = None
    channel: int | None = None
    words: tuple[Word, ...] = ()

    @property
    def is_heard(self) -> bool:
        return bool(self.words or spoken(self.text))

    def on(self, channel: int) -> SpokenTurn:
        return msgspec.structs.replace(self, channel=channel)


class SidecarFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a sidecar says."""

    turns: tuple[SpokenTurn, ...]
    engine: str = ""
    speech_from: str | None = None
    """audio, turns, or None where the file leaves it open."""


def parse(path: Path, recording: Recording) -> SidecarFile:
    """Raises `CallError` sidecar-unreadable (no JSON) or sidecar-invalid (JSON that says the wrong things)."""
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CallError(f"{path.name}: 不是 UTF-8 编码，请另存为 UTF-8", slug="sidecar-unreadable") from error
    except json.JSONDecodeError as error:
        where = f"{path.name}:{error.lineno}:{error.colno}"
        raise CallError(f"{where}: 不是完整的 JSON({error.msg})", slug="sidecar-unreadable") from error
    except OSError as error:
        raise CallError(f"{path.name}: 读不了（{error.strerror}）", slug="sidecar-unreadable") from error
    return _Reader(path.name, recording).file(content)


class _Reader:
    def __init__(self, name: str, recording: Recording) -> None:
        self.name = name
        self.recording = recording

    def file(self, content: Any) -> SidecarFile:
        whole = self.object(content, "", _FILE_KEYS)
        source = whole.get("speech_from")
        if source is not None and source not in SPEECH_SOURCES:
            self.wrong("speech_from", source, "audio 或 turns")
        turns = self.list(whole, "turns", "")
        return SidecarFile(
            engine=self.text(whole, "engine", "") if "engine" in whole else "",
            speech_from=source,
            turns=tuple(self.turn(turn, f"turns[{i}]") for i, turn in enumerate(turns)),
        )

    def turn(self, content: Any, at: str) -> SpokenTurn:
        turn = self.object(content, at, _TURN_KEYS)
        span = self.span(turn, at)
        words = tuple(
            self.word(word, f"{at}.words[{i}]", span)
            for i, word in enumerate(self.list(turn, "words", at) if "words" in turn else [])
        )
        if "text" not in turn and not words:
            self.missing(f"{at}.text", '这段话的文字，没听清的写 ""')
        text = self.text(turn, "text", at) if "text" in turn else "".join(word.text for word in words)
        role, channel = self.role(turn, at), self.channel(turn, at)
        if role is None and channel is None and not self.recording.is_mono:
            self.missing(f"{at}.role", "agent、customer 或 other；或者写 channel（录音有两个声道）")
        return SpokenTurn(span=span, text=text, role=role, channel=channel, words=words)

    def word(self, content: Any, at: str, turn: Span) -> Word:
        word = self.object(content, at, _WORD_KEYS)
        span = self.span(word, at)
        if span.start_ms < turn.start_ms or span.end_ms > turn.end_ms:
            self.wrong(at, [span.start_ms, span.end_ms], f"在这段话的 {turn.start_ms}–{turn.end_ms} 毫秒之内")
        text = self.text(word, "text", at)
        if not spoken(text):
            self.wrong(f"{at}.text", text, "有字的词，标点写在前一个词里")
        confidence = word.get("confidence", 1.0)
        if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
            self.wrong(f"{at}.confidence", confidence, "0 到 1 的数")
        return Word(text, span, float(confidence))

    def span(self, owner: dict[str, Any], at: str) -> Span:
        start, end = (self.ms(owner, key, at) for key in ("start_ms", "end_ms"))
        if end <= start:
            self.wrong(f"{at}.end_ms", end, f"大于 start_ms({start})")
        length = self.recording.duration_ms
        if length and end > length + _LATE_MS:
            self.wrong(f"{at}.end_ms", end, f"不超过录音长度 {length} 毫秒")
        return Span(start, end)

    def ms(self, owner: dict[str, Any], key: str, at: str) -> int:
        if key not in owner:
            self.missing(f"{at}.{key}", "从录音开头算起的整毫秒数")
        value = owner[key]
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.wrong(f"{at}.{key}", value, "从录音开头算起的整毫秒数，如 1180")
        return value

    def role(self, turn: dict[str, Any], at: str) -> Role | None:
        if "role" not in turn:
            return None
        value = turn["role"]
        if not isinstance(value, str) or value not in ROLES:
            self.wrong(f"{at}.role", value, "、".join(ROLES))
        return ROLES[value]

    def channel(self, turn: dict[str, Any], at: str) -> int | None:
        if "channel" not in turn:
            return None
        value, count = turn["channel"], self.recording.channel_count
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < count:
            allowed = "0（录音只有一个声道）" if count == 1 else f"0 到 {count - 1}（录音有 {count} 个声道）"
            self.wrong(f"{at}.channel", value, allowed)
        return value

    def object(self, content: Any, at: str, keys: Iterable[str]) -> dict[str, Any]:
        if not isinstance(content, dict):
            self.wrong(at or "最外层", content, "{…} 对象")
        for key in content:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, 1)
                hint = f"是不是想写“{near[0]}”？" if near else f"可用的键：{'、'.join(keys)}"
                self.fail(f"{f'{at}.' if at else ''}{key}", f"不认识的键，{hint}")
        return content

    def list(self, owner: dict[str, Any], key: str, at: str) -> list[Any]:
        where = f"{f'{at}.' if at else ''}{key}"
        if key not in owner:
            self.missing(where, "[…] 列表")
        value = owner[key]
        if not isinstance(value, list):
            self.wrong(where, value, "[…] 列表")
        return value

    def text(self, owner: dict[str, Any], key: str, at: str) -> str:
        where = f"{f'{at}.' if at else ''}{key}"
        if key not in owner:
            self.missing(where, "文字")
        value = owner[key]
        if not isinstance(value, str):
            self.wrong(where, value, "加引号的文字")
        return value

    def wrong(self, where: str, value: Any, right: str) -> NoReturn:
        shown = json.dumps(value, ensure_ascii=False)
        self.fail(where, f"写的是 {shown if len(shown) <= 40 else shown[:40] + '…'}，应当是{right}")

    def missing(self, where: str, right: str) -> NoReturn:
        self.fail(where, f"没有写，应当是{right}")

    def fail(self, where: str, what: str) -> NoReturn:
        raise CallError(f"{self.name}: {where}: {what}", slug="sidecar-invalid")

"""Makes a call out of written dialogue, so that a rule can be tried on examples without a recording.

A line is `坐席：您好`; `[9]客户:…` starts it at second 9, `[9-12]客户:…` also says when it ends. Without times a line
starts half a second after the one before it ends and is spoken at 150 syllables a minute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from qa.hanzi import spoken, syllables
from qa.judge.reading import Duration
from qa.model import Call, Measurement, Recording, Role, Roles, Turn, Word
from qa.span import Span, common, merge, subtract, total_ms

SYLLABLE_MS = 400
PAUSE_MS = 500
DEAD_AIR_MS = 2000
HOLD_MS = 10_000
_LINE = re.compile(r"(?:\[(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?\])?\s*(坐席|客户)[:\uff1a](.*)", re.DOTALL)
_ROLES = {"坐席": Role.AGENT, "客户": Role.CUSTOMER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A measurement that words alone don't give: `values` are one for each turn of the party, `value` is the call's."""

    LABEL = "测量"

    name: str
    role: Role | None = None
    value: float | None = None
    values: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """One example call."""

    LABEL = "例子"

    lines: tuple[str, ...]
    measured: tuple[Measured, ...] = ()
    started_at: datetime | None = None
    tags: tuple[str, ...] = ()
    layout: str = "stereo"
    ends: Duration | None = None
    """When the recording ends; with its last word if not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Calls that a rule must let pass and calls that it must find fault with."""

    LABEL = "examples"

    good: tuple[Dialogue, ...]
    bad: tuple[Dialogue, ...]


def bad_lines(dialogue: Dialogue) -> list[str]:
    """Lines that are not written as `坐席:…` or `客户:…`."""
    return [line for line in dialogue.lines if not _LINE.fullmatch(line)]


def call_of(dialogue: Dialogue, call_id: str = "例子") -> Call:
    """The dialogue as a call with the measurements that follow from its times. Lines must be well written."""
    turns: list[Turn] = []
    clock_ms = 0
    for line in dialogue.lines:
        found = _LINE.fullmatch(line)
        assert found is not None, line
        start, end, who, text = found.groups()
        start_ms = round(float(start) * 1000) if start else clock_ms
        end_ms = round(float(end) * 1000) if end else start_ms + max(1, syllables(text)) * SYLLABLE_MS
        if spoken(text):
            turns.append(turn_of(_ROLES[who], text, Span(start_ms, end_ms)))
        clock_ms = end_ms + PAUSE_MS
    last = max((turn.span.end_ms for turn in turns), default=0)
    call = call_of_turns(
        turns,
        call_id=call_id,
        duration_ms=dialogue.ends or last + PAUSE_MS,
        started_at=dialogue.started_at,
        tags=dialogue.tags,
        layout=dialogue.layout,
    )
    extra = [row for measured in dialogue.measured for row in _rows(measured, call)]
    named = {row.name for row in extra}
    kept = [row for row in call.measurements if row.name not in named]
    return _with(call, (*kept, *extra))


def turn_of(role: Role, text: str, span: Span, confidence: float = 1.0) -> Turn:
    """A turn whose characters are spread evenly over the span; punctuation hangs on the character before it."""
    pieces: list[str] = []
    for char in text.strip():
        if pieces and not spoken(char):
            pieces[-1] += char
        else:
            pieces.append(char)
    step = span.duration_ms / len(pieces)
    edges = [span.start_ms + round(step * index) for index in range(len(pieces) + 1)]
    words = tuple(
        Word(piece, Span(start, end), confidence)
        for piece, start, end in zip(pieces, edges[:-1], edges[1:], strict=True)
    )
    return Turn(role, 0 if role is Role.AGENT else 1, words)


def call_of_turns(
    turns: Iterable[Turn],
    *,
    call_id: str,
    duration_ms: int,
    started_at: datetime | None = None,
    tags: Sequence[str] = (),
    layout: str = "stereo",
    unheard: dict[Role, tuple[Span, ...]] | None = None,
) -> Call:
    """A call in which everybody speaks exactly as long as their turns last."""
    ordered = tuple(sorted(turns, key=lambda turn: turn.span))
    speech = {role: merge(turn.span for turn in ordered if turn.role is role) for role in (Role.AGENT, Role.CUSTOMER)}
    call = Call(
        recording=Recording(
            call_id=call_id,
            path="",
            sha256="",
            duration_ms=duration_ms,
            sample_rate_hz=8000,
            channel_count=1 if layout == "mono" else 2,
            started_at=started_at,
            tags=tuple(tags),
        ),
        roles=Roles(by_track=(Role.AGENT, Role.CUSTOMER), confidence=1.0, source="sidecar"),
        turns=ordered,
        speech=speech,
        unheard=unheard or {},
        layout=layout,
    )
    return _with(call, tuple(_timeline(call)))


def _with(call: Call, measurements: tuple[Measurement, ...]) -> Call:
    return Call(
        recording=call.recording,
        roles=call.roles,
        turns=call.turns,
        speech=call.speech,
        unheard=call.unheard,
        measurements=measurements,
        trust=call.trust,
        layout=call.layout,
    )


def _rows(measured: Measured, call: Call) -> list[Measurement]:
    if measured.value is not None:
        return [Measurement(measured.name, measured.value, "", call.recording.span, measured.role)]
    turns = call.turns_of(measured.role or Role.AGENT)
    return [
        Measurement(measured.name, value, "", turn.span, measured.role)
        for value, turn in zip(measured.values, turns, strict=False)
    ]


def _timeline(call: Call) -> Iterable[Measurement]:
    """What follows from who speaks when. The measures of real calls are the business of another stage."""
    whole = call.recording.span
    agent, customer = call.speech[Role.AGENT], call.speech[Role.CUSTOMER]
    yield Measurement("call_ms", float(whole.duration_ms), "ms", whole)
    for role, spans in ((Role.AGENT, agent), (Role.CUSTOMER, customer)):
        talk = total_ms(spans)
        count = sum(syllables(turn.text) for turn in call.turns_of(role))
        yield Measurement("talk_ms", float(talk), "ms", whole, role)
        yield Measurement("syllables_count", float(count), "syllables", whole, role)
        if talk:
            yield Measurement("speech_rate_spm", count * 60_000 / talk, "syllables/min", whole, role)
    for gap in subtract([whole], call.all_speech):
        if gap.duration_ms >= DEAD_AIR_MS:
            yield Measurement("dead_air_ms", float(gap.duration_ms), "ms", gap)
    if agent:
        delay = Span(0, agent[0].start_ms)
        yield Measurement("greeting_delay_ms", float(delay.duration_ms), "ms", delay, Role.AGENT)
    for before, after in pairwise(agent):
        gap = Span(before.end_ms, after.start_ms)
        if gap.duration_ms > HOLD_MS and not common([gap], customer):
            yield Measurement("hold_ms", float(gap.duration_ms), "ms", gap, Role.AGENT)
    for overlap in common(agent, customer):
        begins = overlap.start_ms
        if any(span.start_ms == begins for span in agent) and all(span.start_ms != begins for span in customer):
            yield Measurement("interruption_ms", float(overlap.duration_ms), "ms", overlap, Role.AGENT)
    for asked in customer:
        answer = next((span for span in agent if span.start_ms >= asked.end_ms), None)
        again = next((span for span in customer if span.start_ms > asked.end_ms), None)
        if answer and (again is None or answer.start_ms <= again.start_ms):
            wait = Span(asked.end_ms, answer.start_ms)
            yield Measurement("response_latency_ms", float(wait.duration_ms), "ms", wait, Role.AGENT)

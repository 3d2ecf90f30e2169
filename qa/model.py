"""The records that stages hand to each other.

Frozen msgspec structs rather than dataclasses: they are as immutable and as typed, and a night's transcripts go into
the store and out of it an order of magnitude faster. Small records that come in thousands are stored as arrays.

recording ─► Transcript (tracks: who knows whose) ─► Roles ─► Turns ─► Measurements ─► Call ─► CallScore ─► AgentScorecard
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from qa.heard import Alternative as Alternative  # noqa: PLC0414  handed on
from qa.heard import Removed as Removed  # noqa: PLC0414  handed on
from qa.heard import Word as Word  # noqa: PLC0414  handed on
from qa.span import Span, merge


class Role(StrEnum):
    AGENT = "agent"
    CUSTOMER = "customer"
    OTHER = "other"
    """Hold music, announcements, a third voice: nobody's words; no rule about agent or customer looks at them."""
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        return {"agent": "坐席", "customer": "客户", "other": "其他", "unknown": "未知"}[self.value]


class Outcome(StrEnum):
    MET = "met"
    VIOLATED = "violated"
    NOT_APPLICABLE = "not_applicable"
    UNDETERMINED = "undetermined"

    @property
    def label(self) -> str:
        return {"met": "达标", "violated": "扣分", "not_applicable": "不适用", "undetermined": "待人工"}[self.value]


# ---------------------------------------------------------------- ingest


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """One audio file and what the call list says about it."""

    call_id: str
    path: str
    sha256: str
    duration_ms: int
    sample_rate_hz: int
    channel_count: int
    codec: str = ""
    agent_id: str | None = None
    """工号; None where neither the call list nor the file name gives one."""
    agent_name: str = ""
    team: str = ""
    started_at: datetime | None = None
    channel_roles: tuple[Role, ...] | None = None
    """One role for each channel, from the call list; None where it does not say."""
    business: str = ""
    tags: tuple[str, ...] = ()

    @property
    def span(self) -> Span:
        return Span(0, self.duration_ms)

    @property
    def is_mono(self) -> bool:
        return self.channel_count == 1

    @property
    def clock_known(self) -> bool:
        """False where there is no start time, or only a date (stored as midnight sharp)."""
        return self.started_at is not None and (
            self.started_at.hour,
            self.started_at.minute,
            self.started_at.second,
        ) != (0, 0, 0)


# ---------------------------------------------------------------- transcribe


ANNOUNCEMENT = "录音播报"
"""Label of a track of recorded announcements: menus, queue and survey prompts."""


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """One voice as far as the audio tells it: a channel of a stereo call, or one voice of a mono call."""

    channel: int
    speech: tuple[Span, ...]
    """Where somebody speaks, from voice activity and not from the words; bleed and music are left out."""
    words: tuple[Word, ...]
    unheard: tuple[Span, ...] = ()
    """Speech of half a second or more that ended up without words."""
    role: Role | None = None
    """Only where the source of the transcript names it (a sidecar); recognition leaves it open."""
    label: str = ""
    alternatives: tuple[Alternative, ...] = ()
    """In time order, several for the same words where there are several; none where a recogniser tells none."""
    bleed: tuple[Span, ...] = ()
    """Where the other party was heard through this channel: not in `speech`."""
    music: tuple[Span, ...] = ()
    """Hold music, ring-back and other tones: not in `speech`."""
    dead: bool = False
    """The channel carries no sound at all: nobody knows what was said there."""

    @property
    def is_announcement(self) -> bool:
        return self.label == ANNOUNCEMENT


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    """What was heard in one recording, before anybody says who is who."""

    engine: str
    tracks: tuple[Track, ...]
    removed: tuple[Removed, ...] = ()
    notes: tuple[str, ...] = ()
    """In Chinese, for people: 两个声道内容相同, 声道 2 没有声音 …"""
    layout: str = "stereo"
    """stereo, mono, or fake_stereo (two channels, one signal: treated as mono)."""


class RoleEvidence(msgspec.Struct, frozen=True, kw_only=True):
    track: int
    role: Role
    span: Span
    quote: str
    why: str


class Roles(msgspec.Struct, frozen=True, kw_only=True):
    """Who the tracks are. `by_track[i]` is the role of `transcript.tracks[i]`."""

    by_track: tuple[Role, ...]
    confidence: float
    """0 to 1; 1 where a person or the call list said so."""
    source: str
    """call_list, sidecar, content, person, or none."""
    evidence: tuple[RoleEvidence, ...] = ()
    doubt: str = ""
    """In Chinese: why nobody is named, and what a person can do about it; empty where there is nothing to say."""


class Turn(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one party says until the other speaks or they pause. Never without words."""

    role: Role
    track: int
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return "".join([word.text for word in self.words])

    @property
    def span(self) -> Span:
        return Span(self.words[0].span.start_ms, max([word.span.end_ms for word in self.words]))

    @property
    def confidence(self) -> float:
        """Mean over the words."""
        return sum(word.confidence for word in self.words) / len(self.words)


# ---------------------------------------------------------------- measure


class Measurement(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One measured fact. Names end in their unit (`dead_air_ms`); several rows of one name are several stretches."""

    name: str
    value: float
    unit: str
    span: Span
    role: Role | None = None


class TrustGrade(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def label(self) -> str:
        return {"high": "可信", "medium": "一般", "low": "不可信"}[self.value]


class TurnTrust(msgspec.Struct, frozen=True, array_like=True):
    """How far the words of one turn can be believed, and why (Chinese; empty where all is well)."""

    grade: TrustGrade
    reasons: tuple[str, ...] = ()
    echo: bool = False
    """The other channel says the same at the same time, not clearly softer: whose words these are is not known."""


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """How far this transcript can be believed, and why."""

    grade: TrustGrade
    coverage: float
    """Share of speech (by time) that ended in words, 0 to 1."""
    confidence: float
    """Mean word confidence, 0 to 1."""
    reasons: tuple[str, ...] = ()
    turns: tuple[TurnTrust, ...] = ()
    """One for each of the call's turns, in their order."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a rule may look at, and nothing else."""

    recording: Recording
    roles: Roles
    turns: tuple[Turn, ...]
    """Sorted by start; turns of different roles may overlap."""
    speech: dict[Role, tuple[Span, ...]] = {}
    unheard: dict[Role, tuple[Span, ...]] = {}
    measurements: tuple[Measurement, ...] = ()
    trust: Trust | None = None
    layout: str = "stereo"
    alternatives: dict[Role, tuple[Alternative, ...]] = {}
    """Of words that stand in `turns`, in time order. What stands there may have been corrected by hotwords since."""

    def turns_of(self, role: Role) -> tuple[Turn, ...]:
        return tuple(turn for turn in self.turns if turn.role is role)

    def measured(self, name: str, role: Role | None = None) -> tuple[Measurement, ...]:
        """Rows of that name in time order; `role=None` gives those of every role."""
        return tuple(m for m in self.measurements if m.name == name and (role is None or m.role is role))

    @property
    def all_speech(self) -> tuple[Span, ...]:
        return merge(span for spans in self.speech.values() for span in spans)


# ---------------------------------------------------------------- judge


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One observed fact: where, who, which words. Never without a span and a quote."""

    rule_id: str
    span: Span
    role: Role
    quote: str
    """The words as transcribed. For something not said, what was said in the window in which it was due."""
    message: str
    points: int = 0
    """Points this finding costs after caps; 0 while undetermined or beyond the cap."""
    near: str = ""
    """The phrase of the lexicon, where the match was by sound and the characters differ."""
    confidence: float = 1.0
    """Mean confidence of the quoted words, 0 to 1."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule concludes about one call. Carries the rule's names, so an old page shows the old rubric."""

    rule_id: str
    code: str
    """What a person says: NX-3.1."""
    name: str
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    """Why it does not apply or cannot be decided; empty otherwise."""
    points: int = 0
    """Points lost: the sum over the findings."""
    veto: bool = False
    advice: str = ""
    better: str = ""
    source: str = ""
    made_from: str = ""
    """Digest of the rule and its words: with another rubric, on the same call, an equal one has the same verdict."""


class Tally(msgspec.Struct, frozen=True, array_like=True):
    """Points out of points. Sums are stored, ratios are shown."""

    points: int = 0
    out_of: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.points + other.points, self.out_of + other.out_of)

    def __radd__(self, other: Any) -> Tally:
        """`0 + Tally` lets `sum()` work."""
        return self if other == 0 else NotImplemented

    @property
    def percent(self) -> float | None:
        """None where nothing was judged: no data is not 0 分 and not 满分."""
        return 100 * self.points / self.out_of if self.out_of else None


class ItemScore(msgspec.Struct, frozen=True, kw_only=True):
    item_id: str
    name: str
    dimension_id: str
    tally: Tally
    verdicts: tuple[Verdict, ...]


class DimensionScore(msgspec.Struct, frozen=True, kw_only=True):
    dimension_id: str
    name: str
    tally: Tally


class CallScore(msgspec.Struct, frozen=True, kw_only=True):
    """One call against one rubric."""

    call_id: str
    rubric: str
    """`id@version`, plus `#profile`."""
    items: tuple[ItemScore, ...]
    dimensions: tuple[DimensionScore, ...]
    """Before veto: what coaching looks at."""
    before_veto: Tally
    tally: Tally
    """0 out of the same denominator when vetoed."""
    vetoed_by: tuple[str, ...] = ()
    """Rule ids."""
    needs_review: tuple[str, ...] = ()
    """Why a person must look, in Chinese; empty where nobody must."""

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        return tuple(verdict for item in self.items for verdict in item.verdicts)


# ---------------------------------------------------------------- aggregate


class AgentScorecard(msgspec.Struct, frozen=True, kw_only=True):
    """One agent over the calls of a report."""

    agent_id: str
    agent_name: str
    team: str
    call_ids: tuple[str, ...]
    scored_calls: int
    """Calls with a denominator."""
    vetoed_calls: int
    review_calls: int
    total: Tally
    """After veto."""
    dimensions: tuple[DimensionScore, ...]
    """Before veto."""
    items: tuple[ItemScore, ...]
    """Verdicts left empty: the calls have them."""


# ---------------------------------------------------------------- what the store knows, for reports


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A step that could not be done. `stage` is ingest, transcribe, diarize, measure or judge."""

    stage: str
    slug: str
    message: str


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known about one call: what each stage left, or why it stopped."""

    recording: Recording
    transcript: Transcript | None = None
    call: Call | None = None
    score: CallScore | None = None
    failure: Failure | None = None


class Night(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the batch: what the report's head and foot say."""

    started_at: datetime
    finished_at: datetime
    rubric: str
    rubric_name: str
    engine: str
    version: str
    pass_mark: int
    period: str = ""
    """In Chinese, the days that the report is about; empty where it is about this run."""
    problems: tuple[str, ...] = ()
    """In Chinese, one line each: bad rows of the call list, files without a row, rows without a file, duplicates."""
    mask_names: bool = False
    """Whether the rubric wants customers' names hidden."""

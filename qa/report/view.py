"""What the page of one call shows, as plain data that tests can compare."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from qa.model import CallRecord, Finding, Outcome, Role, Tally, Turn, Verdict
from qa.report.masking import Veil
from qa.report.measures import MeasureView, measure_views
from qa.report.timeline import Timeline, timeline
from qa.span import Span

_LOW_CONFIDENCE = 0.5
"""Below it a turn is drawn as doubtful. A display choice: nothing is judged by it here."""

ROLE_SOURCES = {
    "call_list": "话单",
    "sidecar": "随录音的转写文件",
    "content": "听内容判断",
    "person": "人工指定",
    "none": "无法判断",
}
LAYOUTS = {"stereo": "双声道", "mono": "单声道", "fake_stereo": "双声道但内容相同，按单声道处理"}
STAGES = {"ingest": "读取录音", "transcribe": "转写", "roles": "分辨角色", "measure": "测量", "judge": "评分"}
ENDINGS = {Outcome.VIOLATED: 0, Outcome.UNDETERMINED: 1}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a turn's text and the numbers of the findings that quote it."""

    text: str
    findings: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TurnView:
    anchor: str
    span: Span
    role: Role
    pieces: tuple[Piece, ...]
    words: str
    """`chars:start_ms` of each word, the first start absolute and the others as the step from it: `2:12400 1:180`."""
    findings: tuple[FindingView, ...]
    doubtful: bool

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class FindingView:
    number: int
    """1, 2, 3 … in the order of time: the page's `#f-1`."""
    rule_id: str
    code: str
    name: str
    item: str
    points: int
    veto: bool
    decided: bool
    """False where the rule is undetermined: shown, never deducted."""
    span: Span
    role: Role
    quote: str
    message: str
    near: str
    confidence: float
    advice: str
    better: str
    source: str


@dataclass(frozen=True, slots=True)
class VerdictView:
    code: str
    name: str
    outcome: Outcome
    reason: str
    points: int
    findings: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ItemView:
    name: str
    tally: Tally
    verdicts: tuple[VerdictView, ...]


@dataclass(frozen=True, slots=True)
class DimensionView:
    name: str
    tally: Tally
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class UndeterminedView:
    rule_id: str
    code: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class CallView:
    record: CallRecord
    turns: tuple[TurnView, ...]
    findings: tuple[FindingView, ...]
    dimensions: tuple[DimensionView, ...]
    undetermined: tuple[UndeterminedView, ...]
    measures: tuple[MeasureView, ...]
    evidence: tuple[tuple[Span, str, str, str], ...]
    """Why the roles are as they are: where, role, quote, why."""
    timeline: Timeline | None
    removed: int
    veil: Veil
    """What may be shown of the call's words."""

    @property
    def lost_points(self) -> int:
        return sum(finding.points for finding in self.findings)


def call_view(record: CallRecord, *, unmasked: bool = False) -> CallView:
    call, score = record.call, record.score
    turns = call.turns if call else ()
    veil = Veil([turn.text for turn in turns], unmasked=unmasked)
    findings = finding_views(record, veil)
    return CallView(
        record=record,
        turns=_turn_views(turns, veil, findings),
        findings=findings,
        dimensions=_dimension_views(record, findings, veil),
        undetermined=tuple(
            UndeterminedView(v.rule_id, v.code, v.name, veil.text(v.reason))
            for v in (score.verdicts if score else ())
            if v.outcome is Outcome.UNDETERMINED
        ),
        measures=measure_views(call) if call else (),
        evidence=tuple(
            (e.span, e.role.label, veil.text(e.quote), veil.text(e.why)) for e in (call.roles.evidence if call else ())
        ),
        timeline=timeline(call, [(f.number, f.span, f.decided) for f in findings]) if call else None,
        removed=len(record.transcript.removed) if record.transcript else 0,
        veil=veil,
    )


def shown_findings(record: CallRecord) -> list[tuple[str, Verdict, Finding]]:
    """Item name, verdict and finding of all that was deducted or waits for a person, in order of time."""
    if record.score is None:
        return []
    found = [
        (item.name, verdict, finding)
        for item in record.score.items
        for verdict in item.verdicts
        if verdict.outcome in ENDINGS
        for finding in verdict.findings
    ]
    return sorted(found, key=lambda each: (each[2].span, ENDINGS[each[1].outcome], each[1].code))


def finding_views(record: CallRecord, veil: Veil) -> tuple[FindingView, ...]:
    return tuple(
        FindingView(
            number=number,
            rule_id=verdict.rule_id,
            code=verdict.code,
            name=verdict.name,
            item=item,
            points=finding.points if verdict.outcome is Outcome.VIOLATED else 0,
            veto=verdict.veto and verdict.outcome is Outcome.VIOLATED,
            decided=verdict.outcome is Outcome.VIOLATED,
            span=finding.span,
            role=finding.role,
            quote=veil.text(finding.quote),
            message=veil.message(finding.message, finding.quote),
            near=veil.text(finding.near),
            confidence=finding.confidence,
            advice=verdict.advice,
            better=verdict.better,
            source=verdict.source,
        )
        for number, (item, verdict, finding) in enumerate(shown_findings(record), start=1)
    )


def _turn_views(turns: Sequence[Turn], veil: Veil, findings: Sequence[FindingView]) -> tuple[TurnView, ...]:
    anchors: dict[str, int] = {}
    spans = [turn.span for turn in turns]
    home = {view.number: _home(view, turns, spans) for view in findings}
    views = []
    for i, (turn, span, text) in enumerate(zip(turns, spans, veil.turns, strict=True)):
        anchor = f"t-{span.start_ms}"
        anchors[anchor] = anchors.get(anchor, 0) + 1
        if anchors[anchor] > 1:
            anchor = f"{anchor}-{anchors[anchor]}"
        near = [view for view in findings if view.span.overlaps(span)]
        views.append(
            TurnView(
                anchor=anchor,
                span=span,
                role=turn.role,
                pieces=_pieces(turn, text, near),
                words=_word_times(turn),
                findings=tuple(view for view in findings if home[view.number] == i),
                doubtful=turn.confidence < _LOW_CONFIDENCE,
            )
        )
    return tuple(views)


def _home(view: FindingView, turns: Sequence[Turn], spans: Sequence[Span]) -> int:
    """The turn beside which a finding is printed: the first of its role that it touches, else the last one before."""
    for i, (turn, span) in enumerate(zip(turns, spans, strict=True)):
        if turn.role is view.role and span.overlaps(view.span):
            return i
    before = [i for i, span in enumerate(spans) if span.start_ms <= view.span.start_ms]
    return before[-1] if before else 0


def _pieces(turn: Turn, text: str, near: Sequence[FindingView]) -> tuple[Piece, ...]:
    """The turn's text, cut where a finding's words begin or end. Words at least half inside the span are its words."""
    if not near:
        return (Piece(text, ()),)
    ranges: list[tuple[int, int, int]] = []
    turn_text = turn.text
    for view in near:
        if view.role is not turn.role:
            continue
        inside, at = [], 0
        for word in turn.words:
            both = word.span.intersect(view.span)
            if both and 2 * both.duration_ms >= word.span.duration_ms:
                inside += [at, at + len(word.text)]
            at += len(word.text)
        if inside:
            start, end = min(inside), max(inside)
            # Punctuation hangs on the last word and was not said.
            while end - 1 > start and not (turn_text[end - 1].isalnum()):
                end -= 1
            ranges.append((start, end, view.number))
    cuts = sorted({0, len(text), *(cut for start, end, _ in ranges for cut in (start, end))})
    return tuple(
        Piece(text[start:end], tuple(number for first, last, number in ranges if first <= start and end <= last))
        for start, end in itertools.pairwise(cuts)
    )


def _word_times(turn: Turn) -> str:
    at = 0
    steps = []
    for word in turn.words:
        steps.append(f"{len(word.text)}:{word.span.start_ms - at}")
        at = word.span.start_ms
    return " ".join(steps)


def _dimension_views(record: CallRecord, findings: Sequence[FindingView], veil: Veil) -> tuple[DimensionView, ...]:
    if record.score is None:
        return ()
    by_rule: dict[str, list[int]] = {}
    for view in findings:
        by_rule.setdefault(view.rule_id, []).append(view.number)
    return tuple(
        DimensionView(
            dimension.name,
            dimension.tally,
            tuple(
                ItemView(
                    item.name,
                    item.tally,
                    tuple(
                        VerdictView(
                            v.code, v.name, v.outcome, veil.text(v.reason), v.points, tuple(by_rule.get(v.rule_id, ()))
                        )
                        for v in item.verdicts
                    ),
                )
                for item in record.score.items
                if item.dimension_id == dimension.dimension_id
            ),
        )
        for dimension in record.score.dimensions
    )

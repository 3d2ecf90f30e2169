"""What the page of one call shows, as plain data that tests can compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.masking import Veil
from qa.model import Call, CallRecord, CallScore, Finding, Outcome, Role, Tally, TrustGrade, Turn, TurnTrust, Verdict
from qa.report.measures import MeasureView, measure_views
from qa.report.placing import Place, home_of, place_of
from qa.report.timeline import Timeline, timeline
from qa.span import Span

_LOW_CONFIDENCE = 0.5
"""Below it a turn that nobody graded is drawn as doubtful: in calls heard before turns had grades."""

ROLE_SOURCES = {
    "call_list": "话单",
    "sidecar": "随录音的转写文件",
    "content": "听内容判断",
    "person": "人工指定",
    "none": "无法判断",
}
LAYOUTS = {"stereo": "双声道", "mono": "单声道", "fake_stereo": "双声道但内容相同，按单声道处理"}
STAGES = {"ingest": "读取录音", "transcribe": "转写", "diarize": "分开说话人", "measure": "测量", "judge": "评分"}
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
    trust: TurnTrust

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    @property
    def doubtful(self) -> bool:
        return self.trust.grade is TrustGrade.LOW


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
    place: Place | None
    """Where the quoted words stand; None where they are not one turn's."""
    turn: int | None
    """Number of the turn beside which it is printed."""
    quoted: Role
    """Whose words the quote is: for 客户说了而坐席没有回应 the customer's."""


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
    dimension_id: str
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
    review: tuple[str, ...]
    """Why a person must look, apart from the undetermined rules."""
    veil: Veil
    """What may be shown of the call's words."""

    @property
    def lost_points(self) -> int:
        return sum(finding.points for finding in self.findings)


def call_view(record: CallRecord, *, unmasked: bool = False, mask_names: bool = False) -> CallView:
    """`mask_names`: customers' names are hidden as well as numbers; `unmasked`: neither is."""
    call, score = record.call, record.score
    turns = call.turns if call else ()
    veil = Veil(
        [turn.text for turn in turns],
        unmasked=unmasked,
        speakers=[turn.role for turn in turns] if mask_names else None,
    )
    spans = [turn.span for turn in turns]
    findings = finding_views(record, veil, spans)
    return CallView(
        record=record,
        turns=_turn_views(turns, spans, turn_trusts(call) if call else (), veil, findings),
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
        review=tuple(map(veil.text, further_review(score))) if score else (),
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


def further_review(score: CallScore) -> tuple[str, ...]:
    """What asks for a person besides undetermined rules, whose own reasons say it shorter."""
    reasons = {v.reason for v in score.verdicts if v.outcome is Outcome.UNDETERMINED and v.reason}
    return tuple(why for why in score.needs_review if not any(reason in why for reason in reasons))


def finding_views(record: CallRecord, veil: Veil, spans: Sequence[Span]) -> tuple[FindingView, ...]:
    turns = record.call.turns if record.call else ()
    views = []
    for number, (item, verdict, finding) in enumerate(shown_findings(record), start=1):
        violated = verdict.outcome is Outcome.VIOLATED
        place = place_of(finding, turns, spans)
        views.append(
            FindingView(
                number=number,
                rule_id=verdict.rule_id,
                code=verdict.code,
                name=verdict.name,
                item=item,
                points=finding.points if violated else 0,
                veto=verdict.veto and violated,
                decided=violated,
                span=finding.span,
                role=finding.role,
                quote=veil.text(finding.quote),
                message=veil.message(finding.message, finding.quote),
                near=veil.text(finding.near),
                confidence=finding.confidence,
                advice=verdict.advice,
                better=verdict.better,
                source=verdict.source,
                place=place,
                turn=home_of(finding, place, turns, spans),
                quoted=turns[place.turn].role if place else finding.role,
            )
        )
    return tuple(views)


def _turn_views(
    turns: Sequence[Turn],
    spans: Sequence[Span],
    trusts: Sequence[TurnTrust],
    veil: Veil,
    findings: Sequence[FindingView],
) -> tuple[TurnView, ...]:
    anchors: dict[str, int] = {}
    views = []
    for i, (turn, span, trust, text) in enumerate(zip(turns, spans, trusts, veil.turns, strict=True)):
        anchor = f"t-{span.start_ms}"
        anchors[anchor] = anchors.get(anchor, 0) + 1
        if anchors[anchor] > 1:
            anchor = f"{anchor}-{anchors[anchor]}"
        views.append(
            TurnView(
                anchor=anchor,
                span=span,
                role=turn.role,
                pieces=_pieces(text, [(f.place, f.number) for f in findings if f.place and f.place.turn == i]),
                words=_word_times(turn),
                findings=tuple(view for view in findings if view.turn == i),
                trust=trust,
            )
        )
    return tuple(views)


def turn_trusts(call: Call) -> tuple[TurnTrust, ...]:
    """One for each turn."""
    if call.trust and len(call.trust.turns) == len(call.turns):
        return call.trust.turns
    return tuple(
        TurnTrust(TrustGrade.LOW if turn.confidence < _LOW_CONFIDENCE else TrustGrade.HIGH) for turn in call.turns
    )


def _pieces(text: str, places: Sequence[tuple[Place, int]]) -> tuple[Piece, ...]:
    """The turn's text, cut where quoted words begin or end."""
    if not places:
        return (Piece(text, ()),)
    cuts = sorted({0, len(text), *(cut for place, _ in places for cut in (place.start, place.end))})
    return tuple(
        Piece(text[start:end], tuple(number for place, number in places if place.start <= start and end <= place.end))
        for start, end in pairwise(cuts)
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
            dimension.dimension_id,
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

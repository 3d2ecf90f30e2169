"""Writes results.jsonl: one call a line, for machines; the schema is described in schema.md."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import msgspec

from qa.masking import Veil
from qa.model import Call, CallRecord, CallScore, Tally, TurnTrust, Verdict
from qa.report.files import Site
from qa.report.view import CallView

SCHEMA_VERSION = 1
"""Grows by one whenever a key is renamed, removed or changes its meaning; new keys do not count."""


_encode = msgspec.json.Encoder().encode


@contextmanager
def writing(site: Site) -> Iterator[BinaryIO]:
    with site.replacing("results.jsonl") as unfinished, unfinished.open("wb") as file:
        yield file


def line(view: CallView) -> bytes:
    return _encode(line_of(view)) + b"\n"


def line_of(view: CallView) -> dict[str, Any]:
    """One call; a failed one has the same keys, with nulls and empty lists."""
    record = view.record
    recording, call, score, failure = record.recording, record.call, record.score, record.failure
    veil = view.veil
    return {
        "schema_version": SCHEMA_VERSION,
        "call_id": recording.call_id,
        "agent_id": recording.agent_id,
        "agent_name": recording.agent_name,
        "team": recording.team,
        "file": recording.path,
        "sha256": recording.sha256,
        "started_at": recording.started_at,
        "duration_ms": recording.duration_ms,
        "business": recording.business,
        "tags": recording.tags,
        "engine": record.transcript.engine if record.transcript else None,
        "rubric": score.rubric if score else None,
        "layout": call.layout if call else (record.transcript.layout if record.transcript else None),
        "roles": _roles(record, veil),
        "turns": [
            {
                "role": turn.role,
                "start_ms": turn.span.start_ms,
                "end_ms": turn.span.end_ms,
                "text": text,
                "confidence": round(turn.confidence, 3),
                "trust": {"grade": believed.grade, "reasons": believed.reasons} if believed else None,
            }
            for turn, text, believed in zip(call.turns if call else (), veil.turns, _turn_trust(call), strict=True)
        ],
        "metrics": [
            {
                "name": m.name,
                "value": m.value,
                "unit": m.unit,
                "role": m.role,
                "start_ms": m.span.start_ms,
                "end_ms": m.span.end_ms,
            }
            for m in (call.measurements if call else ())
        ],
        "rules": [_rule(verdict, veil) for verdict in (score.verdicts if score else ())],
        "items": [
            {"id": item.item_id, "name": item.name, "dimension": item.dimension_id, **_tally(item.tally)}
            for item in (score.items if score else ())
        ],
        "dimensions": [
            {"id": dimension.dimension_id, "name": dimension.name, **_tally(dimension.tally)}
            for dimension in (score.dimensions if score else ())
        ],
        "total": _total(score) if score else None,
        "undetermined": [
            {"rule": each.rule_id, "code": each.code, "reason": each.reason} for each in view.undetermined
        ],
        "needs_review": [veil.text(why) for why in score.needs_review] if score else (),
        "trust": _trust(record),
        "notes": record.transcript.notes if record.transcript else (),
        "removed_texts": view.removed,
        "failed": {"stage": failure.stage, "slug": failure.slug, "message": failure.message} if failure else None,
    }


def _roles(record: CallRecord, veil: Veil) -> dict[str, Any] | None:
    if record.call is None:
        return None
    roles = record.call.roles
    return {
        "by_track": roles.by_track,
        "confidence": round(roles.confidence, 3),
        "source": roles.source,
        "evidence": [
            {
                "track": each.track,
                "role": each.role,
                "start_ms": each.span.start_ms,
                "end_ms": each.span.end_ms,
                "quote": veil.text(each.quote),
                "why": veil.text(each.why),
            }
            for each in roles.evidence
        ],
    }


def _rule(verdict: Verdict, veil: Veil) -> dict[str, Any]:
    return {
        "id": verdict.rule_id,
        "code": verdict.code,
        "name": verdict.name,
        "outcome": verdict.outcome,
        "reason": veil.text(verdict.reason),
        "points": verdict.points,
        "veto": verdict.veto,
        "findings": [
            {
                "quote": veil.text(finding.quote),
                "start_ms": finding.span.start_ms,
                "end_ms": finding.span.end_ms,
                "role": finding.role,
                "points": finding.points,
                "message": veil.message(finding.message, finding.quote),
                "near": veil.text(finding.near),
                "confidence": round(finding.confidence, 3),
            }
            for finding in verdict.findings
        ],
    }


def _turn_trust(call: Call | None) -> tuple[TurnTrust | None, ...]:
    """One for each turn; None in calls measured before turns had grades."""
    if call is None:
        return ()
    graded = call.trust.turns if call.trust else ()
    return graded if len(graded) == len(call.turns) else (None,) * len(call.turns)


def _tally(tally: Tally) -> dict[str, Any]:
    return {"points": tally.points, "out_of": tally.out_of, "percent": _percent(tally)}


def _percent(tally: Tally) -> float | None:
    return None if tally.percent is None else round(tally.percent, 4)


def _total(score: CallScore) -> dict[str, Any]:
    return {**_tally(score.tally), "before_veto": _tally(score.before_veto), "vetoed_by": score.vetoed_by}


def _trust(record: CallRecord) -> dict[str, Any] | None:
    trust = record.call.trust if record.call else None
    if trust is None:
        return None
    return {
        "grade": trust.grade,
        "coverage": round(trust.coverage, 3),
        "confidence": round(trust.confidence, 3),
        "reasons": trust.reasons,
    }

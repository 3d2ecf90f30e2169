"""Says what is not the same about one call under two rubrics, with the words, masked."""

from __future__ import annotations

import msgspec

from qa.masking import Veil
from qa.model import Call, CallScore, Outcome, Role, Tally, Verdict

QUOTES_KEPT = 5
"""For each rule and each way in which it changed."""


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """The words that a deduction rests on, with numbers hidden. Times in ms from the start of the recording."""

    call_id: str
    role: Role
    start_ms: int
    end_ms: int
    text: str
    near: str = ""
    message: str = ""


class RuleChange(msgspec.Struct, frozen=True, kw_only=True):
    """One rule whose verdict on one call, or what it costs there, is not the same under both rubrics."""

    rule_id: str
    code: str
    name: str
    old: Outcome | None
    """None where the rubric does not have the rule, or has it off."""
    new: Outcome | None
    old_points: int = 0
    new_points: int = 0
    quotes: tuple[Quote, ...] = ()
    """Of the new findings where it is newly violated, of the old ones where it no longer is."""


class CallChange(msgspec.Struct, frozen=True, kw_only=True):
    """One call under both rubrics."""

    call_id: str
    agent_id: str
    agent_name: str
    old: Tally
    new: Tally
    old_vetoed: bool = False
    new_vetoed: bool = False
    old_review: bool = False
    new_review: bool = False
    rules: tuple[RuleChange, ...] = ()


def difference(call: Call, old: CallScore, new: CallScore, *, mask_names: bool) -> CallChange:
    """What is not the same about one call; words are masked here, with the whole call at hand.

    `mask_names`: customers' names, too.
    """
    before = {verdict.rule_id: verdict for verdict in old.verdicts}
    after = {verdict.rule_id: verdict for verdict in new.verdicts}
    pairs = [(before.get(rule_id), after.get(rule_id)) for rule_id in dict.fromkeys((*before, *after))]
    moved = [pair for pair in pairs if _cost(pair[0]) != _cost(pair[1])]
    speakers = [turn.role for turn in call.turns] if mask_names else None
    veil = Veil([turn.text for turn in call.turns], speakers=speakers) if moved else None
    recording = call.recording
    return CallChange(
        call_id=recording.call_id,
        agent_id=recording.agent_id or "",
        agent_name=recording.agent_name,
        old=old.tally,
        new=new.tally,
        old_vetoed=bool(old.vetoed_by),
        new_vetoed=bool(new.vetoed_by),
        old_review=bool(old.needs_review),
        new_review=bool(new.needs_review),
        rules=tuple(_rule_change(recording.call_id, *pair, veil) for pair in moved) if veil else (),
    )


def _cost(verdict: Verdict | None) -> tuple[Outcome | None, int]:
    return (verdict.outcome, verdict.points) if verdict else (None, 0)


def _rule_change(call_id: str, before: Verdict | None, after: Verdict | None, veil: Veil) -> RuleChange:
    (old, old_points), (new, new_points) = _cost(before), _cost(after)
    named = after or before
    assert named is not None
    shown = after if new is Outcome.VIOLATED else before if old is Outcome.VIOLATED else None
    quotes = tuple(
        Quote(
            call_id=call_id,
            role=finding.role,
            start_ms=finding.span.start_ms,
            end_ms=finding.span.end_ms,
            text=veil.text(finding.quote),
            near=finding.near,
            message=veil.message(finding.message, finding.quote),
        )
        for finding in (shown.findings[:QUOTES_KEPT] if shown else ())
    )
    return RuleChange(
        rule_id=named.rule_id,
        code=named.code,
        name=named.name,
        old=old,
        new=new,
        old_points=old_points,
        new_points=new_points,
        quotes=quotes,
    )

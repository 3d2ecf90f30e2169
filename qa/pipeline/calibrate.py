"""Shows how a measurement is distributed over the stored calls, what each bound would flag, and proposes one.

A call counts by its worst row: the highest where a maximum is sought, the lowest where a minimum is. The rule itself
says which rows count (who, when it applies, what excuses), so a share here is the share that the rule would flag.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from qa.errors import UsageError
from qa.judge import Rubric, load_rubric
from qa.judge.dialogue import Examples
from qa.judge.kinds.measure_limit import MeasureLimit
from qa.judge.measured import Bound, MeasureName
from qa.judge.problems import did_you_mean
from qa.judge.terms import Party
from qa.judge.view import View
from qa.measures import MEASURES
from qa.model import Outcome, Role
from qa.pipeline.distribution import Calibration, CurrentBound, Side, Spread
from qa.pipeline.stored import stored_calls
from qa.store import Store

OF_NOBODY = frozenset({"call_ms", "dead_air_ms", "first_speech_ms", "overlap_ms"})
"""Measurements of the call and not of a party."""


def calibrate(
    store_path: Path, rubric_path: Path, name: str, *, target_pct: float = 5.0, role: str | None = None
) -> Calibration:
    """`name`: id or code of a measure_limit rule, or a measurement. `target_pct`: percent of calls a bound may flag.

    Raises UsageError for an unknown name, a rule of another kind, or a store in which nobody measured this.
    """
    if not 0 < target_pct < 100:
        raise UsageError(f"--target {target_pct:g} 不对：写 0 到 100 之间的百分数，如 5", slug="option-invalid")
    rubrics = _rubrics(rubric_path)
    by_profile = _rules(rubrics, name)
    if by_profile and role is not None:
        raise UsageError("--role 只用于测量名；规则看谁，规则自己写着", slug="option-invalid")
    rule = next(iter(by_profile.values()), None) or _made_for(name, role)
    trust = next(iter(rubrics.values())).trust
    sides = [Side.MAX] if rule.max is not None else []
    sides += [Side.MIN] if rule.min is not None else []
    spreads = {side: Spread(side) for side in sides or list(Side)}
    probes = {side: _probe(rule, side) for side in spreads}
    current = {
        profile: CurrentBound(profile=profile, min=one.min, max=one.max, off=one.off)
        for profile, one in by_profile.items()
    }
    call_count = 0
    with Store(store_path, readonly=True) as store:
        for stored in stored_calls(store):
            call_count += 1
            view = View(stored.call(), trust)
            agent = (view.call.recording.agent_id or "", view.call.recording.agent_name)
            for side, probe in probes.items():
                values = _values(probe, view)
                if values is not None:
                    spreads[side].add(values, agent)
            for profile, one in by_profile.items():
                outcome = one.verdict(view).outcome
                current[profile].calls += outcome in (Outcome.MET, Outcome.VIOLATED)
                current[profile].flagged += outcome is Outcome.VIOLATED
    if not any(spread.values for spread in spreads.values()):
        raise UsageError(
            f"{call_count} 通存着的通话里，没有一通有“{rule.measure.value}”可看：换一个测量，或先运行 qa run",
            slug="nothing-measured",
        )
    return Calibration.of(
        rule_id=rule.id if by_profile else None,
        rule_name=rule.name if by_profile else MEASURES[rule.measure.value].label,
        measure=rule.measure,
        role=rule.role.role if rule.role else None,
        call_count=call_count,
        target_pct=target_pct,
        current=tuple(current.values()),
        spreads=tuple(spreads.values()),
    )


def _rubrics(path: Path) -> dict[str, Rubric]:
    """Under each profile; profile "" where the rubric has none."""
    first = load_rubric(path)
    others = {profile: load_rubric(path, profile) for profile in first.profiles if profile != first.profile}
    return {profile: others.get(profile, first) for profile in first.profiles or ("",)}


def _rules(rubrics: dict[str, Rubric], name: str) -> dict[str, MeasureLimit]:
    """Profile → the rule under it; nothing where `name` is a measurement."""
    found: dict[str, MeasureLimit] = {}
    known: list[str] = []
    for profile, rubric in rubrics.items():
        for rule in rubric.rules:
            if isinstance(rule, MeasureLimit):
                known.append(rule.id)
            if name not in (rule.id, rule.code):
                continue
            if not isinstance(rule, MeasureLimit):
                raise UsageError(
                    f"规则“{rule.id}”是 {rule.kind}，没有测量值的界限可校准；能校准 measure_limit 规则或测量名（qa measures）",
                    slug="rule-not-measured",
                )
            found[profile] = rule
    if not found and name not in MEASURES:
        hint = did_you_mean(name, (*known, *MEASURES))
        raise UsageError(f"没有规则或测量“{name}”，{hint or '用 qa measures 看有哪些测量'}", slug="rule-unknown")
    return found


def _made_for(name: str, role: str | None) -> MeasureLimit:
    """A rule that looks at the measurement of one party (the agent if not said), or at what belongs to nobody."""
    if role not in (None, "agent", "customer"):
        raise UsageError(f"--role {role} 不对：写 agent 或 customer", slug="option-invalid")
    role = None if name in OF_NOBODY else role or "agent"
    return MeasureLimit(
        id=name,
        code="",
        name=MEASURES[name].label,
        kind="measure_limit",
        source="",
        examples=Examples(good=(), bad=()),
        measure=MeasureName(name),
        role=Party(role) if role else None,
    )


def _probe(rule: MeasureLimit, side: Side) -> MeasureLimit:
    """The same rule with a bound that every row breaks: what it finds are the rows that count."""
    if side is Side.MAX:
        return replace(rule, min=None, max=Bound(-math.inf))
    return replace(rule, min=Bound(math.inf), max=None)


def _values(probe: MeasureLimit, view: View) -> list[float] | None:
    """None where the rule does not apply to the call or a person must decide."""
    verdict = probe.verdict(view)
    if verdict.outcome not in (Outcome.MET, Outcome.VIOLATED):
        return None
    found = {(finding.span, finding.role) for finding in verdict.findings}
    return [value for span, role, value in _rows(probe, view) if (span, role) in found]


def _rows(probe: MeasureLimit, view: View) -> Iterator[tuple[object, Role, float]]:
    measure, role = probe.measure, probe.role.role if probe.role else None
    if probe.without_roles is not None and not view.roles_known:
        measure, role = probe.without_roles, None
    for row in view.call.measured(measure, role):
        yield row.span, row.role or Role.AGENT, row.value

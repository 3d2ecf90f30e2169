"""Prints what the store and the code know: calls, status, rule kinds, measures, messages."""

from __future__ import annotations

import dataclasses
import json
import re
from importlib.resources import files

from qa.cli.columns import table
from qa.cli.progress import STAGE_LABELS, outcome
from qa.cli.reported import say
from qa.errors import UsageError
from qa.masking import Veil
from qa.model import Call, CallRecord, Outcome, Role, TrustGrade
from qa.pipeline.records import last_run_id, night_of, record
from qa.pipeline.status import status, why
from qa.span import clock
from qa.store import Store

_NAMED = 3
"""Rules named of those that wait for one reason."""


def say_status(store: Store, *, as_json: bool) -> None:
    found = status(store)
    if as_json:
        say(json.dumps(dataclasses.asdict(found), ensure_ascii=False))
        return
    say(f"第 {found.run_id} 批，{found.calls} 通，开始于 {found.started_at}")
    if found.finished_at is None:
        say("没有正常结束（正在运行，或被中断）：再运行一次同样的命令就接着做")
    else:
        say(f"结束于 {found.finished_at}，退出码 {found.exit_code}")
    say("、".join(f"{STAGE_LABELS[stage]} {count}/{found.calls}" for stage, count in found.done.items()))
    for line in found.problems:
        say(line)
    if found.failed:
        say(f"未完成 {len(found.failed)} 通：")
        for failed in found.failed:
            say(f"  {failed.call_id}（{STAGE_LABELS[failed.stage]}，第 {failed.tries} 次）：{failed.message}")
    if found.review:
        say(f"待人工 {len({call_id for call_id, _ in found.review})} 通：")
        for call_id, reason in found.review:
            say(f"  {call_id}：{reason}")


def say_why(store: Store, call_id: str, *, as_json: bool) -> None:
    lines = why(store, call_id)
    if as_json:
        say(json.dumps([{"stage": stage, "why": text} for stage, text in lines], ensure_ascii=False))
        return
    for stage, text in lines:
        say(f"{STAGE_LABELS[stage]}：{text}")


def say_call(store: Store, call_id: str, *, as_json: bool, unmasked: bool) -> None:
    import msgspec

    from qa.masking import mask
    from qa.report.jsonl import line_of
    from qa.report.view import call_view

    mask_names = night_of(store).mask_names
    failure = dict(store.run_calls(last_run_id(store))).get(call_id)
    found = record(store, call_id, failure)
    if found is None:
        raise UsageError(f"{store.path} 里没有通话 {call_id}：用 qa status 看有哪些", slug="call-unknown")
    view = call_view(found, unmasked=unmasked, mask_names=mask_names)
    if as_json:
        say(msgspec.json.encode(line_of(view)).decode())
        return
    for line in _lines(found, view.veil):
        say(line if unmasked else mask(line))


def _lines(found: CallRecord, veil: Veil) -> list[str]:
    """Findings like a linter's, then the transcript."""
    recording = found.recording
    lines = [
        f"{recording.call_id} 工号 {recording.agent_id or '未知'} {recording.agent_name} "
        f"{clock(recording.duration_ms)} {outcome(found.score, found.failure)}"
    ]
    trust = found.call.trust if found.call else None
    if trust is not None and trust.grade is not TrustGrade.HIGH:
        lines.append(f"转写{trust.grade.label}：{'；'.join(trust.reasons)}")
    lines += [f"说明：{note}" for note in (found.transcript.notes if found.transcript else ())]
    if found.score is not None:
        rows = []
        for verdict in found.score.verdicts:
            for finding in verdict.findings:
                points = f"-{finding.points}" if finding.points else "0"
                near = f"（按“{finding.near}”计）" if finding.near else ""
                state = "" if verdict.outcome is Outcome.VIOLATED else f"[{verdict.outcome.label}]"
                where = (clock(finding.span.start_ms), verdict.code, verdict.name + state, points)
                said = f"{finding.role.label}“{veil.text(finding.quote)}”{near}"
                rows.append((*where, said + veil.message(finding.message, finding.quote)))
        lines += table(sorted(rows), right=frozenset({3}))
        waiting: dict[str, list[str]] = {}
        for verdict in found.score.verdicts:
            if verdict.outcome is Outcome.UNDETERMINED:
                waiting.setdefault(verdict.reason, []).append(f"{verdict.code} {verdict.name}")
        for reason, rules in waiting.items():
            # One reason, as unknown roles are, may hold up forty rules.
            named = "、".join(rules[:_NAMED]) + (f" 等 {len(rules)} 条规则" if len(rules) > _NAMED else "")
            lines.append(f"待人工 {named}：{veil.text(reason)}")
    if found.call is not None:
        lines.append("")
        doubts = _doubts(found.call)
        spoken = zip(found.call.turns, veil.turns, doubts, strict=True)
        lines += table([(clock(turn.span.start_ms), turn.role.label, text + doubt) for turn, text, doubt in spoken])
    return lines


def _doubts(call: Call) -> list[str]:
    """What stands behind a turn: nothing where it can be believed, or where nobody's words are at stake."""
    graded = call.trust.turns if call.trust else ()
    if len(graded) != len(call.turns):
        return [""] * len(call.turns)
    return [
        ""
        if believed.grade is TrustGrade.HIGH or turn.role is Role.OTHER
        else f"  〔{believed.grade.label}：{'；'.join(believed.reasons)}〕"
        for turn, believed in zip(call.turns, graded, strict=True)
    ]


def say_kinds(kind: str | None) -> None:
    from qa.judge import explain_kinds

    known = explain_kinds()
    if kind is None:
        for line in table([(name, text.strip().splitlines()[0]) for name, text in known.items()]):
            say(line)
        say("\n一种的写法：qa kinds 类型名")
    elif kind in known:
        say(f"{kind}\n\n{known[kind].strip()}")
    else:
        raise UsageError(f"没有叫“{kind}”的规则类型，可用：{'、'.join(known)}", slug="kind-unknown")


def say_measures() -> None:
    from qa.measures import MEASURES

    rows = [
        (name, measure.unit, measure.label, measure.definition + measure.rows) for name, measure in MEASURES.items()
    ]
    for line in table(rows):
        say(line)


def messages() -> dict[str, str]:
    """slug → paragraph of messages.md."""
    text = (files("qa") / "messages.md").read_text(encoding="utf-8")
    parts = re.split(r"^## +", text, flags=re.MULTILINE)[1:]
    return {head.strip(): body.strip() for head, _, body in (part.partition("\n") for part in parts)}


def say_message(slug: str | None) -> None:
    known = messages()
    if slug is None:
        for name, text in known.items():
            say(f"{name}：{text.splitlines()[0]}")
    elif slug in known:
        say(known[slug])
    else:
        raise UsageError(f"没有代号“{slug}”，可用：{'、'.join(known)}", slug="slug-unknown")

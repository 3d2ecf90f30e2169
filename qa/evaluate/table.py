"""Prints an evaluation: tables for people, one JSON object for programs."""

from __future__ import annotations

import dataclasses
import json

from qa.evaluate import Evaluation
from qa.evaluate.compare import Counted, Wrong
from qa.evaluate.hearing import quantile
from qa.masking import mask
from qa.model import TrustGrade

PARTS = {"all": "全部", "agent": "坐席", "customer": "客户", "mono": "单声道"}


def as_json(result: Evaluation, against: Evaluation | None = None) -> str:
    """Keys are stable: programs and other evaluations read them. `against` has the same keys."""
    told = _told(result)
    if against is not None:
        told["against"] = _told(against)
    return json.dumps(told, ensure_ascii=False)


def _told(result: Evaluation) -> dict[str, object]:
    right, counted = result.role_words
    named, calls = result.roles_named
    return {
        "transcripts": result.transcripts,
        "rubric": result.rubric,
        "calls": result.calls,
        "audio_s": round(result.audio_s, 2),
        "wall_s": round(result.wall_s, 2),
        "cer": {part: _rounded(result.cer[part].rate) if part in result.cer else None for part in PARTS},
        "bounds_ms": {
            "start": {"median": quantile(result.starts_ms, 0.5), "p95": quantile(result.starts_ms, 0.95)},
            "end": {"median": quantile(result.ends_ms, 0.5), "p95": quantile(result.ends_ms, 0.95)},
        },
        "lost": result.lost._asdict(),
        "invented": {"characters": result.invented.edits, "of": result.invented.length},
        "cer_by_trust": {
            grade: _rounded(result.by_trust[grade].rate) if grade in result.by_trust else None for grade in TrustGrade
        },
        "speech_rate_error": _rounded(_mean(result.rate_errors)),
        "silence": _counted(result.silence),
        "interruption": _counted(result.interruption),
        "role_accuracy": _rounded(right / counted) if counted else None,
        "roles_named": {"right": named, "calls": calls},
        "micro": _counted(result.micro),
        "rules": {
            rule: {**_counted(count.counted), "undetermined": count.undetermined}
            for rule, count in result.rules.items()
        },
        "unlabelled": {
            rule: {
                "violated": count.violated,
                "undetermined": count.undetermined,
                "noted": {"found": count.counted.tp, "missed": count.counted.fn},
            }
            for rule, count in result.unlabelled.items()
        },
        "wrong": [_judged_wrongly(wrong) for wrong in result.wrong],
        "failed": result.failed,
    }


def _judged_wrongly(wrong: Wrong) -> dict[str, str]:
    """Without numbers that identify a person."""
    told = {
        key: mask(value) if key in ("quote", "reason") else value for key, value in dataclasses.asdict(wrong).items()
    }
    return {"call": told.pop("call_id"), **told}


def as_text(result: Evaluation) -> str:
    """For a terminal and for README tables."""
    heard = "录音" if result.transcripts == "audio" else "标注文字"
    right, counted = result.role_words
    named, calls = result.roles_named
    lines = [
        f"{result.calls} 通，录音 {result.audio_s / 60:.1f} 分钟，评分依据：{heard}，评分表 {result.rubric}",
        "",
        "| 项目 | 结果 |",
        "| --- | --- |",
    ]
    for part, label in PARTS.items():
        if part in result.cer:
            errors = result.cer[part]
            lines.append(f"| 字错率（{label}） | {percent(errors.rate)}({errors.edits}/{errors.length}) |")
    for grade in TrustGrade:
        if grade in result.by_trust:
            errors = result.by_trust[grade]
            lines.append(
                f"| 字错率（把握{grade.label}的话轮） | {percent(errors.rate)}({errors.edits}/{errors.length}) |"
            )
    lost, made_up = result.lost, result.invented
    lines.append(
        f"| 丢掉的话轮（0.5 秒以上，一个字都没有） | {lost.unlisted}/{lost.turns}，另有 {lost.listed} 个已列为没听清 |"
    )
    lines.append(
        f"| 凭空多出的字（离标注的话轮 0.5 秒以上，或把录音播报算成人说的） | {made_up.edits}/{made_up.length} |"
    )
    for name, values in (("开始", result.starts_ms), ("结束", result.ends_ms)):
        if values:
            middle, far = quantile(values, 0.5), quantile(values, 0.95)
            lines.append(f"| 话轮{name}时间误差（{len(values)} 个话轮） | 中位 {middle} 毫秒，95% 在 {far} 毫秒以内 |")
    lines += [
        f"| 语速误差（相对，平均） | {percent(_mean(result.rate_errors))} |",
        f"| 5 秒以上静音 | {_scores(result.silence)} |",
        f"| 抢话 | {_scores(result.interruption)} |",
        f"| 词的角色正确 | {percent(right / counted if counted else None)}({right}/{counted}) |",
        f"| 不看话单、只凭说的话认角色 | {named}/{calls} 通 |",
        "",
        "| 规则 | 应扣且扣 | 误扣 | 漏扣 | 待人工 | 精确率 | 召回率 | F1 |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for rule, count in result.rules.items():
        c = count.counted
        figures = " | ".join(percent(value) for value in (c.precision, c.recall, c.f1))
        lines.append(f"| {rule} | {c.tp} | {c.fp} | {c.fn} | {count.undetermined} | {figures} |")
    c = result.micro
    figures = " | ".join(percent(value) for value in (c.precision, c.recall, c.f1))
    lines.append(f"| **合计（micro）** | {c.tp} | {c.fp} | {c.fn} | | {figures} |")
    lines += _unlabelled(result)
    if result.wrong:
        lines += ["", "判错的："]
        for wrong in result.wrong:
            kind = "误扣" if wrong.kind == "false" else "漏扣"
            said = mask(f"{wrong.reason} {wrong.quote}")
            lines.append(f"- {wrong.call_id} {wrong.rule} {kind}({wrong.outcome}){said}".rstrip())
    for call_id, message in result.failed.items():
        lines.append(f"- {call_id} 没有做成：{message}")
    if result.wall_s:
        lines += ["", f"用时 {result.wall_s:.0f} 秒，是录音时长的 {result.wall_s / max(result.audio_s, 1):.2f} 倍"]
    return "\n".join(lines)


def _unlabelled(result: Evaluation) -> list[str]:
    if not result.unlabelled:
        return []
    lines = [
        "",
        "| 没有逐通标注的规则 | 扣分通数 | 待人工通数 | 标出的违反：扣到 / 漏掉 |",
        "| --- | ---: | ---: | ---: |",
    ]
    for rule, n in result.unlabelled.items():
        lines.append(f"| {rule} | {n.violated} | {n.undetermined} | {n.counted.tp} / {n.counted.fn} |")
    return lines


def _counted(counted: Counted) -> dict[str, float | int | None]:
    return {
        "tp": counted.tp,
        "fp": counted.fp,
        "fn": counted.fn,
        "precision": _rounded(counted.precision),
        "recall": _rounded(counted.recall),
        "f1": _rounded(counted.f1),
    }


def _scores(counted: Counted) -> str:
    return (
        f"精确率 {percent(counted.precision)}，召回率 {percent(counted.recall)}({counted.tp}/{counted.fp}/{counted.fn})"
    )


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"

"""Two evaluations of the same calls beside each other: what another way to hear costs, rule by rule."""

from __future__ import annotations

from qa.evaluate import Evaluation
from qa.evaluate.compare import Counted
from qa.evaluate.table import PARTS, percent


def as_text(ours: Evaluation, other: Evaluation, names: tuple[str, str]) -> str:
    """A Markdown table. `names`: what the two are called, the better known one last."""
    left, right = names
    lines = ["", f"| 听写 | {left} | {right} |", "| --- | ---: | ---: |"]
    for part, label in PARTS.items():
        if part in ours.cer and part in other.cer:
            lines.append(f"| 字错率（{label}） | {percent(ours.cer[part].rate)} | {percent(other.cer[part].rate)} |")
    lines.append(f"| 用时（整个流程） | {ours.wall_s:.0f} 秒 | {other.wall_s:.0f} 秒 |")
    lines += ["", f"| 规则：应扣且扣 / 误扣 / 漏扣 | {left} | {right} | 差别 |", "| --- | ---: | ---: | --- |"]
    for rule, count in ours.rules.items():
        theirs = other.rules[rule].counted
        if sum((count.counted + theirs).triple):
            lines.append(f"| {rule} | {_triple(count.counted)} | {_triple(theirs)} | {_gain(count.counted, theirs)} |")
    lines.append(f"| **合计** | {_triple(ours.micro)} | {_triple(other.micro)} | {_gain(ours.micro, other.micro)} |")
    lines.append(f"| **F1（micro）** | {_f1(ours.micro)} | {_f1(other.micro)} | |")
    return "\n".join(lines)


def _triple(counted: Counted) -> str:
    return " / ".join(str(n) for n in counted.triple)


def _gain(ours: Counted, theirs: Counted) -> str:
    """What ours does better (or worse, with a minus), in calls."""
    parts = [("少漏", theirs.fn - ours.fn), ("少误扣", theirs.fp - ours.fp)]
    return "，".join(f"{name} {n}" for name, n in parts if n)


def _f1(counted: Counted) -> str:
    return "–" if counted.f1 is None else f"{counted.f1:.3f}"

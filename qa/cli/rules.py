"""Prints what a changed rubric would do, where a bound should lie, and what an imported rule set became."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from qa.cli.columns import table
from qa.cli.reported import note, say
from qa.errors import UsageError
from qa.span import clock

if TYPE_CHECKING:
    from qa.judge.measured import MeasureName
    from qa.pipeline.difference import Quote
    from qa.pipeline.distribution import Calibration, CurrentBound, SideResult
    from qa.pipeline.totals import Backtest, Crossing, Moved

BAR_WIDTH = 40
NOBODY = "（工号不明）"


# ---------------------------------------------------------------- backtest


def say_backtest(
    store: Path,
    old: Path,
    new: Path | None,
    old_profile: str | None,
    new_profile: str | None,
    *,
    workers: int,
    most: int,
    as_json: bool,
) -> None:
    from qa.judge import load_rubric
    from qa.pipeline.backtest import backtest

    before, after = load_rubric(old, old_profile), load_rubric(new or old, new_profile)
    if before.sha256 == after.sha256:
        raise UsageError(
            "两边是同一张评分表、同一个档位，比不出什么：给两个文件，或写 --old-profile 和 --new-profile",
            slug="rubrics-same",
        )
    found = backtest(store, before, after, workers=workers)
    if as_json:
        say(msgspec.json.encode(found).decode())
        return
    for line in _backtest_lines(found, most):
        say(line)


def _backtest_lines(found: Backtest, most: int) -> list[str]:
    lines = [
        f"旧：{found.old_rubric}，{found.old_pass_mark} 分合格",
        f"新：{found.new_rubric}，{found.new_pass_mark} 分合格",
        f"共 {found.call_count} 通、{found.agent_count} 位坐席；总分 {_points(found.old)} → {_points(found.new)}",
        f"分数变了的 {len(found.moved_calls)} 通：升 {found.up} 通，降 {found.down} 通"
        + (f"，变化的中位数 {found.median_move:+.1f} 分" if found.median_move is not None else ""),
        f"不合格通话 {_crossed(found.calls)}",
        f"不合格坐席 {_crossed(found.agents)}",
        f"一票否决 {found.old_vetoed} → {found.new_vetoed} 通；要人工看 {found.old_review} → {found.new_review} 通",
    ]
    for title, moved in (
        ("新不合格的通话", found.calls.newly_flagged),
        ("不再不合格的通话", found.calls.newly_cleared),
        ("新不合格的坐席", found.agents.newly_flagged),
        ("不再不合格的坐席", found.agents.newly_cleared),
        ("变化最大的通话", found.moved_calls),
        ("变化最大的坐席", found.moved_agents),
    ):
        lines += _moved_lines(title, moved, most)
    if not found.rules:
        return [*lines, "", "没有一条规则的结论变了"]
    rows = [("编号", "规则", "新扣", "不再扣", "扣分变了", "改交人工")]
    rows += [
        (
            rule.code,
            rule.name,
            str(rule.newly_violated),
            str(rule.newly_cleared),
            str(rule.other_points),
            str(rule.newly_undetermined),
        )
        for rule in found.rules
    ]
    lines += ["", "按规则（通数）", *table(rows, right=frozenset({2, 3, 4, 5}))]
    for rule in found.rules:
        for title, quotes in (("新扣", rule.violated_quotes), ("不再扣", rule.cleared_quotes)):
            if quotes:
                lines += ["", f"{rule.code} {rule.name}，{title}的原话", *_quote_lines(quotes)]
    return lines


def _crossed(crossing: Crossing) -> str:
    return (
        f"{crossing.old_below} → {crossing.new_below}（新增 {len(crossing.newly_flagged)}，"
        f"解除 {len(crossing.newly_cleared)}）"
    )


def _moved_lines(title: str, moved: tuple[Moved, ...], most: int) -> list[str]:
    if not moved or not most:
        return []
    rows = [
        (
            one.id or NOBODY,
            one.name or ("" if one.agent_id == one.id else one.agent_id),
            _points(one.old),
            "→",
            _points(one.new),
            f"{one.by:+.1f}" if one.by is not None else "",
        )
        for one in moved[:most]
    ]
    more = [f"……还有 {len(moved) - most}，全部见 --json"] if len(moved) > most else []
    return ["", f"{title}（{len(moved)}）", *table(rows, right=frozenset({2, 4, 5})), *more]


def _quote_lines(quotes: list[Quote]) -> list[str]:
    return table(
        [
            (
                f"  {quote.call_id}",
                clock(quote.start_ms),
                f"{quote.role.label}“{quote.text}”" + (f"（按“{quote.near}”计）" if quote.near else ""),
            )
            for quote in quotes
        ]
    )


def _points(percent: float | None) -> str:
    """Nothing judged is not 0 and not 100."""
    return f"{percent:.1f}" if percent is not None else "—"


# ---------------------------------------------------------------- calibrate


def say_calibration(
    store: Path, rubric: Path, name: str, *, target: str, role: str | None, most: int, as_json: bool
) -> None:
    from qa.pipeline.calibrate import calibrate

    found = calibrate(store, rubric, name, target_pct=_percent(target), role=role)
    if as_json:
        say(msgspec.json.encode({**msgspec.to_builtins(found), "paste": _paste(found)}).decode())
        return
    for line in _calibration_lines(found, most):
        say(line)


def _percent(text: str) -> float:
    """`5` or `5%`."""
    try:
        return float(text.strip().rstrip("%％"))
    except ValueError:
        raise UsageError(f"--target {text} 不对：写百分数，如 5%", slug="option-invalid") from None


def _calibration_lines(found: Calibration, most: int) -> list[str]:
    from qa.judge.measured import MeasureName, shown
    from qa.measures import MEASURES

    measure = MeasureName(found.measure)
    whose = f"，{found.role.label}" if found.role else ""
    lines = [
        f"{found.rule_name}：{found.measure}{whose}",
        f"口径：{MEASURES[found.measure].definition}{MEASURES[found.measure].rows}",
    ]
    for side in found.sides:
        worst, beyond = ("最大", "超过") if side.side == "max" else ("最小", "低于")
        lines += [
            "",
            f"存着 {found.call_count} 通，适用 {side.calls} 通，其中 {side.valued} 通有这项测量；每通取{worst}的一个值",
        ]
        if not side.enough:
            lines.append(f"注意：只有 {side.calls} 通，不到 100 通，下面的界限只能参考，多跑几晚再定")
        names = [*side.percentiles]
        lines += ["", *table([names, [shown(measure, value) for value in side.percentiles.values()]])]
        lines += ["", *_bars(side, measure)]
        rows = [("界限", "会标出", "占比", "")]
        for one in side.candidates:
            marks = [
                current.profile or "现在"
                for current in found.current
                if one.bound == (current.max if side.side == "max" else current.min)
            ]
            marks += ["建议"] if side.proposed and one.bound == side.proposed.bound else []
            rows.append(
                (f"{beyond} {shown(measure, one.bound)}", f"{one.flagged} 通", _share(one.share_pct), "、".join(marks))
            )
        lines += ["", *table(rows, right=frozenset({1, 2}))]
        lines += ["", *_agent_lines(side, measure, most)]
    lines += _current_lines(found.current)
    return [*lines, "", *_advice(found)]


def _bars(side: SideResult, measure: MeasureName) -> list[str]:
    from qa.judge.measured import shown

    most = max(bar.calls for bar in side.histogram)
    return table(
        [
            (
                f"{shown(measure, bar.start)} 起",
                "█" * max(bar.calls > 0, round(BAR_WIDTH * bar.calls / most)),
                str(bar.calls),
            )
            for bar in side.histogram
        ],
        right=frozenset({0}),
    )


def _agent_lines(side: SideResult, measure: MeasureName, most: int) -> list[str]:
    from qa.judge.measured import shown

    if not most:
        return []
    rows = [("坐席", "姓名", "通数", "中位数", "会标出")]
    rows += [
        (one.agent_id or NOBODY, one.agent_name, str(one.calls), shown(measure, one.median), f"{one.flagged} 通")
        for one in side.agents[:most]
    ]
    more = [f"……还有 {len(side.agents) - most} 位，全部见 --json"] if len(side.agents) > most else []
    return [*table(rows, right=frozenset({2, 3, 4})), *more]


def _current_lines(current: tuple[CurrentBound, ...]) -> list[str]:
    if not current:
        return []
    lines = ["", "现在的界限实际标出的"]
    for one in current:
        share = _share(100 * one.flagged / one.calls) if one.calls else "—"
        off = "（现在关着，off: true）" if one.off else ""
        lines.append(f"  {one.profile or '评分表'}：{one.flagged}/{one.calls} 通，{share}{off}")
    return lines


def _share(percent: float) -> str:
    """Never "0%" or "100%" unless it is exactly so."""
    text = f"{percent:.1f}%"
    if text == "0.0%" and percent > 0:
        return "<0.1%"
    return ">99.9%" if text == "100.0%" and percent < 100 else text


def _advice(found: Calibration) -> list[str]:
    if not any(side.proposed for side in found.sides):
        return [f"不用界限：能标出的通话本来就不到 {found.target_pct:g}%"]
    basis = "、".join(f"{side.calls} 通" for side in found.sides if side.proposed)
    lines = [f"建议（至多标出 {found.target_pct:g}%，依据 {basis}）："]
    paste = _paste(found)
    if not paste:
        bounds = [
            f"{side.side.value}: {_written(found.measure, side.proposed.bound)}"
            for side in found.sides
            if side.proposed
        ]
        return [*lines, *(f"  {bound}" for bound in bounds)]
    lines += paste.splitlines()
    return [*lines, "贴进评分表的 profiles（已有 centre 就只贴最里面一行），再运行 qa check；本命令不改评分表"]


def _paste(found: Calibration) -> str:
    """The lines to paste; nothing where there is no rule or no bound."""
    bounds = [
        f"{side.side.value}: {_written(found.measure, side.proposed.bound)}" for side in found.sides if side.proposed
    ]
    if found.rule_id is None or not bounds:
        return ""
    return f"profiles:\n  centre:\n    {found.rule_id}: {{{', '.join(bounds)}}}"


def _written(measure: str, bound: float) -> str:
    """As a rubric writes it: times with their unit."""
    if not measure.endswith("_ms"):
        return f"{bound:g}"
    return f"{bound / 1000:g}s" if bound % 1000 == 0 else f"{bound:g}ms"


# ---------------------------------------------------------------- import-sca


def import_rules(source: Path, out: Path | None, *, force: bool) -> int:
    """Writes or prints the rubric; says on stderr what was lost. How many rules are left to a person."""
    from qa.judge import check
    from qa.judge.importing import import_sca

    if out is not None and out.exists() and not force:
        raise UsageError(f"{out} 已经有了：换一个 -o，或加 --force 盖掉它", slug="file-exists")
    found = import_sca(source)
    for line in found.notes:
        note(f"{source.name}：{line}")
    for rule in found.rules:
        for line in rule.lost:
            note(f"{rule.name}：{line}")
    if out is None:
        say(found.yaml.rstrip())
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(found.yaml, encoding="utf-8")
        for problem in check(out):
            note(str(problem))
    note(
        f"共 {len(found.rules)} 条规则：{len(found.rules) - found.by_hand} 条机器能判，{found.by_hand} 条留给人工"
        + (f"；写到 {out}，请再看一遍，运行 qa check {out}" if out else "")
    )
    return found.by_hand

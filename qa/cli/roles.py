"""`qa roles`: shows the voices of one call and takes a person's word for who is who."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qa.cli.reported import Exit, reported, say

OUT = Path("reports")
SHOWN_SENTENCES = 3


def roles(
    call: Annotated[str, typer.Argument(help="通话编号")],
    agent: Annotated[int | None, typer.Option("--agent", help="几号声音（双声道：第几声道）是坐席")] = None,
    customer: Annotated[
        int | None, typer.Option("--customer", help="几号声音是客户；不写就是其余声音里说得最多的")
    ] = None,
    swap: Annotated[bool, typer.Option("--swap", help="坐席和客户对换（声道写反了）")] = False,
    automatic: Annotated[bool, typer.Option("--automatic", help="撤回以前的更正，仍由程序判断")] = False,
    out: Annotated[Path, typer.Option("--out", help="报告目录")] = OUT,
    store: Annotated[
        Path | None, typer.Option("--store", help="运行记录（SQLite）的位置；默认 <out>/qa.sqlite")
    ] = None,
) -> None:
    """看一通电话有哪几个声音；更正谁是坐席（记下是谁、何时改的），马上重新测量和评分，不重新转写。"""
    with reported():
        from qa.cli.progress import outcome
        from qa.errors import UsageError
        from qa.pipeline import correction
        from qa.pipeline.records import night_of
        from qa.store import Store

        path = store or out / "qa.sqlite"
        if (agent is not None) + swap + automatic > 1 or (customer is not None and agent is None):
            raise UsageError("--agent（可带 --customer）、--swap、--automatic 只能选一种", slug="option-invalid")
        with Store(path, readonly=True) as opened:
            found, transcript, heard = correction.known(opened, call)
            mask_names = night_of(opened).mask_names
        if agent is not None:
            said = correction.named(found, transcript, agent, customer)
        elif swap:
            said = correction.swapped(found, transcript, heard)
        elif automatic:
            said = correction.taken_back(found)
        else:
            for line in _voices(found.call, mask_names=mask_names):
                say(line)
            return
        result = correction.correct(path, call, said)
        say(f"{call} 的角色已更正并记录" if not automatic else f"{call} 的人工更正已撤回")
        if result.score is None and result.failure is None:
            say("再运行一次同样的 qa run 后生效")
            return
        say(f"重新评分：{outcome(result.score, result.failure)}")
        say("报告还是旧的：运行 qa report 更新")
        if result.failure is not None:
            raise typer.Exit(Exit.INCOMPLETE)


def _voices(call: object, *, mask_names: bool) -> list[str]:
    """One paragraph for each voice: its number, its role, and what it says first."""
    from qa.masking import Veil
    from qa.model import Call
    from qa.report.view import ROLE_SOURCES
    from qa.span import clock

    assert isinstance(call, Call)
    speakers = [turn.role for turn in call.turns] if mask_names else None
    shown = Veil([turn.text for turn in call.turns], speakers=speakers).turns
    source = ROLE_SOURCES.get(call.roles.source, call.roles.source)
    lines = [f"角色来源：{source}，把握 {call.roles.confidence:.0%}"]
    if call.roles.doubt:
        lines.append(call.roles.doubt)
    for number, role in enumerate(call.roles.by_track):
        turns = [(turn, text) for turn, text in zip(call.turns, shown, strict=True) if turn.track == number]
        lines.append(f"{number + 1} 号：{role.label}，说了 {len(turns)} 次")
        lines += [f"  {clock(turn.span.start_ms)} {text}" for turn, text in turns[:SHOWN_SENTENCES]]
    return lines

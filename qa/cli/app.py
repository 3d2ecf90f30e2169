"""The commands."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import qa
from qa.cli.reported import Exit, note, reported, say
from qa.cli.roles import roles

if TYPE_CHECKING:
    from qa.pipeline.batch import Summary
    from qa.transcribe.engine import EngineOptions

RUBRIC = Path("rubrics/telecom-affinity.yaml")
OUT = Path("reports")

app = typer.Typer(
    name="qa",
    help="通话录音质检：转写、测量、按评分表评分，给出每位坐席的成绩单。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

StoreOption = Annotated[Path | None, typer.Option("--store", help="运行记录（SQLite）的位置；默认 <out>/qa.sqlite")]
OutOption = Annotated[Path, typer.Option("--out", help="报告目录")]
RubricOption = Annotated[Path, typer.Option("--rubric", help="评分表")]
ProfileOption = Annotated[
    str | None, typer.Option("--profile", help="评分表里的档位，如 seed、centre；默认用评分表写的")
]
EngineOption = Annotated[
    str,
    typer.Option(
        "--engine",
        help="whisper、sherpa（SenseVoice 或 Paraformer，--model 给模型文件夹），sidecar（读录音旁边的转写稿），或 plain、batched（faster-whisper 原样，只为比较）",
    ),
]
ModelOption = Annotated[
    str,
    typer.Option(
        "--model", help="embedded（内置）、faster-whisper 认识的名字（如 large-v3-turbo），或 CTranslate2 模型目录"
    ),
]
DeviceOption = Annotated[str, typer.Option("--device", help="auto、cpu 或 cuda")]
ComputeOption = Annotated[
    str, typer.Option("--compute-type", help="int8、float16 等；default 即 cpu 用 int8，cuda 用 float16")
]
WorkersOption = Annotated[int, typer.Option("--workers", min=0, help="工作进程数；0 表示就在本进程里做（调试用）")]
ThreadsOption = Annotated[int, typer.Option("--threads", min=0, help="每个工作进程的线程数；0：核数 ÷ 进程数")]
MuteOption = Annotated[bool, typer.Option("--mute-pii", help="报告里放的是把号码静音的录音副本；原录音不动，也不链接")]
MostOption = Annotated[int, typer.Option("--most", min=0, help="每张表最多列几行；0 不列")]


def main() -> None:
    """Entry point of the `qa` command."""
    app()


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="显示版本")] = False,
) -> None:
    if version:
        say(f"qa {qa.__version__}")
        raise typer.Exit


@app.command()
def run(
    recordings: Annotated[list[Path], typer.Argument(help="录音文件或目录（目录会递归查找）")],
    calls: Annotated[Path | None, typer.Option("--calls", help="话单（CSV 或 XLSX）")] = None,
    pattern: Annotated[
        str | None, typer.Option("--pattern", help="没有话单时，从文件名取工号等，如 {agent_id}_{started_at}_{call_id}")
    ] = None,
    rubric: RubricOption = RUBRIC,
    profile: ProfileOption = None,
    out: OutOption = OUT,
    store: StoreOption = None,
    engine: EngineOption = "whisper",
    model: ModelOption = "embedded",
    device: DeviceOption = "auto",
    compute_type: ComputeOption = "default",
    workers: WorkersOption = 1,
    threads: ThreadsOption = 0,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="失败满三次的也再试")] = False,
    mute_pii: MuteOption = False,
    unmasked: Annotated[bool, typer.Option("--unmasked", help="报告里不遮盖号码（会记入运行记录）")] = False,
) -> None:
    """做完所有还没做的（转写、测量、评分），然后出报告。中断后再运行一次同样的命令，就接着做。"""
    with reported():
        from qa.cli.progress import listener
        from qa.pipeline.batch import RunOptions
        from qa.pipeline.batch import run as run_batch
        from qa.pipeline.reporting import refuse_contradiction, write_report

        refuse_contradiction(unmasked=unmasked, muted=mute_pii)
        options = RunOptions(
            recordings=tuple(recordings),
            rubric=rubric,
            store=store or out / "qa.sqlite",
            call_list=calls,
            pattern=pattern,
            profile=profile,
            engine=engine,
            engine_options=_engine_options(model, device, compute_type, workers, threads),
            workers=workers,
            retry_failed=retry_failed,
            exclude=(out,),
        )
        summary = run_batch(options, listener())
        for line in summary.problems:
            note(line)
        index = write_report(options.store, out, unmasked=unmasked, muted=mute_pii)
        _say_summary(summary)
        say(f"报告：{index}")
        raise typer.Exit(summary.exit_code)


def _engine_options(model: str, device: str, compute_type: str, workers: int, threads: int) -> EngineOptions:
    from qa.transcribe.engine import EngineOptions

    cores = os.cpu_count() or 1
    return EngineOptions(
        model=model, device=device, compute_type=compute_type, threads=threads or max(1, cores // max(1, workers))
    )


def _say_summary(summary: Summary) -> None:
    from qa.cli.progress import STAGE_LABELS

    done = "、".join(f"{STAGE_LABELS[stage]} {count}" for stage, count in summary.steps_done.items())
    kept = "、".join(f"{STAGE_LABELS[stage]} {count}" for stage, count in summary.steps_kept.items())
    say(f"共 {summary.calls} 通，录音 {summary.audio_ms / 60_000:.1f} 分钟，用时 {summary.wall_s / 60:.1f} 分钟")
    say(f"本次完成：{done}；早已完成、没有重做：{kept}")
    if summary.failures:
        say(f"未完成 {len(summary.failures)} 通：")
        for call_id, failure in sorted(summary.failures.items()):
            say(f"  {call_id}（{STAGE_LABELS[failure.stage]}）：{failure.message}")
    if summary.undetermined:
        say(f"整通待人工 {len(summary.undetermined)} 通：{'、'.join(sorted(summary.undetermined))}")
    if summary.review:
        say(f"需要人工看一眼 {len(summary.review)} 通（原因见报告或 qa status）")


@app.command()
def check(
    rubrics: Annotated[list[Path] | None, typer.Argument(help="评分表；默认 rubrics/telecom-affinity.yaml")] = None,
    llm: Annotated[
        bool, typer.Option("--llm", help="把 llm 规则的例子也拿去问大模型（环境变量 QA_LLM_URL、QA_LLM_MODEL）")
    ] = False,
) -> None:
    """检查评分表：写法、分值合计，并跑每条规则的例子。改完评分表就运行它。"""
    with reported():
        from qa.judge import check as check_rubric

        bad = 0
        for path in rubrics or [RUBRIC]:
            problems = check_rubric(path, ask=llm)
            bad += len(problems)
            for problem in problems:
                say(str(problem))
            if not problems:
                say(f"{path}：没有问题")
        if bad:
            note(f"共 {bad} 处要改")
            raise typer.Exit(Exit.USAGE)


@app.command()
def status(
    why: Annotated[str | None, typer.Option("--why", help="通话编号：说明它的每一步为什么会（不会）重做")] = None,
    out: OutOption = OUT,
    store: StoreOption = None,
    json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """最近一批做到哪里了：各步完成数、失败的通话和原因、待人工的通话。"""
    with reported():
        from qa.cli.show import say_status, say_why
        from qa.store import Store

        with Store(store or out / "qa.sqlite", readonly=True) as opened:
            if why is not None:
                say_why(opened, why, as_json=json)
            else:
                say_status(opened, as_json=json)


@app.command()
def show(
    call: Annotated[str, typer.Argument(help="通话编号")],
    out: OutOption = OUT,
    store: StoreOption = None,
    json: Annotated[bool, typer.Option("--json", help="输出 JSON（与 results.jsonl 的一行相同）")] = False,
    unmasked: Annotated[bool, typer.Option("--unmasked", help="不遮盖号码")] = False,
) -> None:
    """一通电话：扣分处一行一条，然后是转写稿。"""
    with reported():
        from qa.cli.show import say_call
        from qa.pipeline.reporting import note_unmasked
        from qa.store import Store

        path = store or out / "qa.sqlite"
        if unmasked and path.is_file():
            note_unmasked(path, f"未遮盖号码地查看了 {call}")
        with Store(path, readonly=True) as opened:
            say_call(opened, call, as_json=json, unmasked=unmasked)


app.command()(roles)


@app.command()
def report(
    out: OutOption = OUT,
    store: StoreOption = None,
    first: Annotated[
        str | None, typer.Option("--from", help="从这天起（含）的所有通话，不只最近一批；如 2026-11-02")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", help="到这天为止（含）")] = None,
    fail_under: Annotated[float | None, typer.Option("--fail-under", help="有坐席低于此分时退出码为 4")] = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="每位坐席的成绩单另存 A4 的 PDF，放在坐席页旁边（要有 Chromium）")
    ] = False,
    clips: Annotated[bool, typer.Option("--clips", help="每处发现另存一小段录音，放在 <out>/clips")] = False,
    mute_pii: MuteOption = False,
    unmasked: Annotated[bool, typer.Option("--unmasked", help="不遮盖号码（会记入运行记录）")] = False,
) -> None:
    """从运行记录重新生成报告：最近一批，或一段日子里的所有通话。不重新转写，也不重新评分。"""
    with reported():
        from qa.pipeline.period import period_of
        from qa.pipeline.reporting import agents_below, print_cards, write_report
        from qa.report.pdf import find_chromium

        path = store or out / "qa.sqlite"
        period = period_of(first, last)
        browser = find_chromium() if pdf else None
        index = write_report(path, out, period=period, unmasked=unmasked, muted=mute_pii, clips=clips, pdfs=pdf)
        say(f"报告：{index}")
        if browser:
            printed, unprinted = print_cards(path, out, browser, period)
            say(f"PDF：{len(printed)} 份，在 {out / 'agents'}")
            for page in unprinted:
                note(f"没有印成：{page}")
        if fail_under is not None:
            below = agents_below(path, fail_under, period)
            for card in below:
                note(f"{card.agent_id} {card.agent_name}：{card.total.percent:.1f} 分，低于 {fail_under:g}")
            if below:
                raise typer.Exit(Exit.BELOW)


@app.command()
def kinds(kind: Annotated[str | None, typer.Argument(help="规则类型；不给则列出全部")] = None) -> None:
    """评分表里可用的规则类型，和每种的写法。"""
    with reported():
        from qa.cli.show import say_kinds

        say_kinds(kind)


@app.command()
def measures() -> None:
    """指标口径：每个测量值的名字、单位和定义。"""
    with reported():
        from qa.cli.show import say_measures

        say_measures()


@app.command()
def explain(slug: Annotated[str | None, typer.Argument(help="报错末尾的代号；不给则列出全部")] = None) -> None:
    """一条报错的意思和办法。"""
    with reported():
        from qa.cli.show import say_message

        say_message(slug)


@app.command("eval")
def evaluate(
    folder: Annotated[Path, typer.Argument(help="标注好的通话：录音和 *.truth.json")],
    transcripts: Annotated[
        str, typer.Option("--transcripts", help="audio：从录音听起；truth：用标注的文字，只看判得对不对")
    ] = "audio",
    rubric: RubricOption = RUBRIC,
    profile: ProfileOption = None,
    store: Annotated[
        Path | None, typer.Option("--store", help="把运行记录留在这里，下次只做变了的；默认用完即弃")
    ] = None,
    engine: EngineOption = "whisper",
    model: ModelOption = "embedded",
    device: DeviceOption = "auto",
    compute_type: ComputeOption = "default",
    workers: WorkersOption = 1,
    threads: ThreadsOption = 0,
    against: Annotated[
        str | None,
        typer.Option(
            "--against", help="再用另一种听写做一遍，并排比到每条规则：plain、batched（faster-whisper 原样）等"
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="输出一个 JSON 对象")] = False,
) -> None:
    """机器可信到什么程度：在标注好的通话上比较听写、测量和每条规则的对错。"""
    with reported():
        from qa.cli.progress import listener
        from qa.evaluate import EvalOptions, evaluate_other
        from qa.evaluate import evaluate as run_evaluation
        from qa.evaluate.table import as_json, as_text
        from qa.evaluate.versus import as_text as versus

        options = EvalOptions(
            folder=folder,
            transcripts=transcripts,
            rubric=rubric,
            profile=profile,
            store=store,
            engine=engine,
            engine_options=_engine_options(model, device, compute_type, workers, threads),
            workers=workers,
        )
        result = run_evaluation(options, listener())
        other = evaluate_other(options, against, listener()) if against else None
        say(as_json(result, other) if json else as_text(result))
        if other and against and not json:
            say(versus(result, other, (engine, against)))


@app.command()
def backtest(
    old: Annotated[Path, typer.Argument(help="旧评分表")],
    new: Annotated[Path | None, typer.Argument(help="新评分表；不给就是同一张，用两个档位比")] = None,
    old_profile: Annotated[str | None, typer.Option("--old-profile", help="旧评分表的档位")] = None,
    new_profile: Annotated[str | None, typer.Option("--new-profile", help="新评分表的档位")] = None,
    out: OutOption = OUT,
    store: StoreOption = None,
    workers: WorkersOption = 2,
    most: MostOption = 10,
    json: Annotated[bool, typer.Option("--json", help="输出一个 JSON 对象")] = False,
) -> None:
    """改评分表之前先试：把存着的通话用新旧两张表各评一遍，哪些分数、坐席、规则会变。什么都不改。"""
    with reported():
        from qa.cli.rules import say_backtest

        path = store or out / "qa.sqlite"
        say_backtest(path, old, new, old_profile, new_profile, workers=workers, most=most, as_json=json)


@app.command()
def calibrate(
    rule: Annotated[str, typer.Argument(help="measure_limit 规则的名字或编号，或测量名（qa measures）")],
    rubric: RubricOption = RUBRIC,
    target: Annotated[str, typer.Option("--target", help="界限至多标出百分之几的通话")] = "5%",
    role: Annotated[str | None, typer.Option("--role", help="只用于测量名：agent（默认）或 customer")] = None,
    out: OutOption = OUT,
    store: StoreOption = None,
    most: MostOption = 10,
    json: Annotated[bool, typer.Option("--json", help="输出一个 JSON 对象")] = False,
) -> None:
    """按本中心存着的通话定界限：测量值的分布、每个界限会标出多少、建议用哪个。只建议，不改评分表。"""
    with reported():
        from qa.cli.rules import say_calibration

        path = store or out / "qa.sqlite"
        say_calibration(path, rubric, rule, target=target, role=role, most=most, as_json=json)


rubric_app = typer.Typer(
    help="评分表的来去：从别的质检系统导入。",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(rubric_app, name="rubric")


@rubric_app.command("import-sca")
def import_sca(
    source: Annotated[Path, typer.Argument(help="阿里云智能对话分析（SCA）的规则，JSON")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="写到这个文件；不给就打印出来")] = None,
    force: Annotated[bool, typer.Option("--force", help="文件已经有了也盖掉")] = False,
) -> None:
    """把阿里云智能对话分析的规则集写成评分表；带不过来的逐条说明。有规则只能留给人工时，退出码为 1。"""
    with reported():
        from qa.cli.rules import import_rules

        if import_rules(source, out, force=force):
            raise typer.Exit(Exit.INCOMPLETE)

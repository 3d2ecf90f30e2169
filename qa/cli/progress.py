"""Shows a night going by: a bar with the time left in a terminal, one plain line per call in a log."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING

from qa.cli.reported import note
from qa.model import CallScore, Failure, Recording
from qa.pipeline.batch import Listener

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

STAGE_LABELS = {"ingest": "读取", "transcribe": "转写", "diarize": "分声", "measure": "测量", "judge": "评分"}


def listener() -> Listener:
    return Bar() if sys.stderr.isatty() else Lines()


def outcome(score: CallScore | None, failure: Failure | None) -> str:
    """What became of a call, in a few words."""
    if failure is not None:
        return f"未完成（{STAGE_LABELS[failure.stage]}）：{failure.message}"
    if score is None or score.tally.percent is None:
        return "待人工：没有可以自动评分的项目"
    text = f"{score.tally.percent:.0f} 分"
    if score.vetoed_by:
        text += f"，一票否决（{'、'.join(score.vetoed_by)}）"
    if score.needs_review:
        text += "，待复核"
    return text


class Lines:
    """For cron mail and log files."""

    def __init__(self) -> None:
        self.todo = self.finished = 0

    def begin(self, todo: int, todo_ms: int, kept: int) -> None:
        self.todo = todo
        note(f"{_now()} 要处理 {todo} 通（录音 {todo_ms / 60_000:.1f} 分钟），{kept} 通早已完成")

    def done(self, recording: Recording, score: CallScore | None, failure: Failure | None) -> None:
        self.finished += 1
        note(f"{_now()} [{self.finished}/{self.todo}] {recording.call_id}：{outcome(score, failure)}")

    def end(self) -> None:
        pass


class Bar:
    """For a person at a terminal. Progress is counted in audio, since calls differ in length a hundredfold."""

    def __init__(self) -> None:
        self.progress: Progress | None = None
        self.task: TaskID | None = None
        self.todo = self.finished = 0

    def begin(self, todo: int, todo_ms: int, kept: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        note(f"要处理 {todo} 通（录音 {todo_ms / 60_000:.1f} 分钟），{kept} 通早已完成")
        if not todo:
            return
        self.todo = todo
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("已用"),
            TimeElapsedColumn(),
            TextColumn("还要"),
            TimeRemainingColumn(elapsed_when_finished=False),
            console=Console(stderr=True),
        )
        self.task = self.progress.add_task(f"0/{todo} 通", total=todo_ms)
        self.progress.start()

    def done(self, recording: Recording, score: CallScore | None, failure: Failure | None) -> None:
        self.finished += 1
        if self.progress is None or self.task is None:
            return
        self.progress.advance(self.task, recording.duration_ms)
        self.progress.update(self.task, description=f"{self.finished}/{self.todo} 通")
        if failure is not None:
            self.progress.console.print(
                f"{recording.call_id}：{outcome(score, failure)}", markup=False, highlight=False
            )

    def end(self) -> None:
        if self.progress is not None:
            self.progress.stop()


def _now() -> str:
    return f"{datetime.now():%H:%M:%S}"

"""Writes the same figures as CSV and XLSX."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from qa.model import Night, Tally
from qa.report.cards import Card
from qa.report.cells import MARK, WHOLE, Cell, Column, CsvTable, Sheet
from qa.report.columns import DESCRIPTIONS
from qa.report.figures import mark_value
from qa.report.files import Site
from qa.report.ledger import CallRow, Habit
from qa.report.names import agent_page, call_page
from qa.report.view import ROLE_SOURCES, STAGES, CallView

if TYPE_CHECKING:
    from openpyxl import Workbook

_STATES = {"failed": "没听成", "vetoed": "一票否决", "scored": "已评分", "unscored": "无法评分"}
Dimensions = Sequence[tuple[str, str]]


def _call_columns(dimensions: Dimensions) -> list[Column]:
    return [
        Column("通话", 24),
        Column("工号", 12),
        Column("姓名", 12),
        Column("班组", 12),
        Column("开始时间", 20),
        Column("时长(秒)", 10, MARK),
        Column("业务", 14),
        Column("状态", 10),
        Column("总分", 8, MARK),
        Column("得分", 8, WHOLE),
        Column("满分", 8, WHOLE),
        *(Column(name, 10, MARK) for _, name in dimensions),
        Column("扣分处", 8, WHOLE),
        Column("一票否决", 10),
        Column("待人工", 8, WHOLE),
        Column("待人工原因", 40),
        Column("可信度", 8),
        Column("覆盖率", 8, "0%"),
        Column("角色来源", 14),
        Column("角色置信度", 12, "0%"),
        Column("没听成的原因", 40),
        Column("录音", 40),
        Column("页面", 8, link=True),
    ]


FINDING_COLUMNS = (
    Column("通话", 24),
    Column("工号", 12),
    Column("姓名", 12),
    Column("班组", 12),
    Column("规则", 10),
    Column("规则名称", 20),
    Column("评分项", 14),
    Column("结论", 8),
    Column("扣分", 8, WHOLE),
    Column("一票否决", 10),
    Column("开始(秒)", 10, MARK),
    Column("结束(秒)", 10, MARK),
    Column("角色", 8),
    Column("原话", 48),
    Column("说明", 48),
    Column("按词表计", 18),
    Column("听清程度", 10, "0%"),
    Column("改进建议", 40),
    Column("更好的说法", 40),
    Column("页面", 8, link=True),
)
RULE_COLUMNS = (
    Column("规则", 10),
    Column("规则名称", 24),
    Column("评分项", 16),
    Column("扣分通数", 10, WHOLE),
    Column("判定通数", 10, WHOLE),
    Column("共扣分", 10, WHOLE),
    Column("待人工通数", 12, WHOLE),
    Column("一票否决", 10),
    Column("依据", 40),
)


class CallTables:
    def __init__(self, csv: CsvTable, sheets: tuple[Sheet, Sheet, Sheet]) -> None:
        self._csv = csv
        self._calls, self._findings, self._rules = sheets

    def add(self, calls: Iterable[Sequence[Cell]], findings: Iterable[Sequence[Cell]]) -> None:
        for values in calls:
            self._csv.add(values)
            self._calls.add(values)
        for values in findings:
            self._findings.add(values)

    def add_rules(self, rules: dict[str, Habit]) -> None:
        for rule in sorted(rules.values(), key=lambda h: h.code):
            self._rules.add(
                (
                    rule.code,
                    rule.name,
                    rule.item,
                    rule.violated_calls,
                    rule.judged_calls,
                    rule.points,
                    rule.undetermined_calls,
                    "是" if rule.veto else "",
                    rule.source,
                )
            )


@contextmanager
def writing_calls(site: Site, dimensions: Dimensions, pass_mark: int) -> Iterator[CallTables]:
    """calls.csv and calls.xlsx (通话, 发现, 规则, 口径), filled row by row."""
    from openpyxl import Workbook

    columns = _call_columns(dimensions)
    book = Workbook(write_only=True)
    sheets = [Sheet(book, "通话", columns), Sheet(book, "发现", FINDING_COLUMNS), Sheet(book, "规则", RULE_COLUMNS)]
    with ExitStack() as stack:
        xlsx = stack.enter_context(site.replacing("calls.xlsx"))
        csv_path = stack.enter_context(site.replacing("calls.csv"))
        with csv_path.open("w", encoding="utf-8-sig", newline="", errors="replace") as file:
            try:
                yield CallTables(CsvTable(file, columns), (sheets[0], sheets[1], sheets[2]))
            except BaseException:
                for sheet in sheets:
                    sheet.abandon()
                raise
        sheets[0].colour_below("总分", pass_mark)
        for sheet in sheets:
            sheet.close()
        _describe(book, [*columns, *FINDING_COLUMNS, *RULE_COLUMNS])
        book.save(xlsx)


def write_agents(site: Site, cards: Sequence[Card], dimensions: Dimensions, night: Night) -> None:
    """agents.csv and agents.xlsx (坐席, 评分项, 口径)."""
    from openpyxl import Workbook

    columns = _agent_columns(dimensions)
    book = Workbook(write_only=True)
    people = Sheet(book, "坐席", columns)
    items = Sheet(book, "评分项", _ITEM_COLUMNS)
    with (
        site.replacing("agents.csv") as path,
        path.open("w", encoding="utf-8-sig", newline="", errors="replace") as file,
    ):
        table = CsvTable(file, columns)
        for card in cards:
            values = _agent_values(card, dimensions)
            table.add(values)
            people.add(values)
            for row in _item_values(card):
                items.add(row)
    people.colour_below("总分", night.pass_mark)
    for sheet in (people, items):
        sheet.close()
    _describe(book, [*columns, *_ITEM_COLUMNS])
    with site.replacing("agents.xlsx") as path:
        book.save(path)


def _agent_columns(dimensions: Dimensions) -> list[Column]:
    return [
        Column("工号", 12),
        Column("姓名", 12),
        Column("班组", 12),
        Column("通数", 8, WHOLE),
        Column("评分通数", 10, WHOLE),
        Column("总分", 8, MARK),
        Column("区间下限", 10, MARK),
        Column("区间上限", 10, MARK),
        Column("名次", 8, WHOLE),
        *(Column(name, 10, MARK) for _, name in dimensions),
        Column("得分", 8, WHOLE),
        Column("满分", 8, WHOLE),
        Column("一票否决", 10, WHOLE),
        Column("待复核", 8, WHOLE),
        Column("没听成", 8, WHOLE),
        Column("页面", 8, link=True),
    ]


_ITEM_COLUMNS = (
    Column("工号", 12),
    Column("姓名", 12),
    Column("班组", 12),
    Column("维度", 12),
    Column("评分项", 18),
    Column("得分率", 10, MARK),
    Column("得分", 8, WHOLE),
    Column("满分", 8, WHOLE),
    Column("对照组得分率", 14, MARK),
)


def _agent_values(card: Card, dimensions: Dimensions) -> list[Cell]:
    tallies = {d.dimension_id: d.tally for d in card.dimensions}
    return [
        card.id,
        card.name,
        card.team,
        card.call_count,
        card.standing.calls,
        mark_value(card.total.percent),
        mark_value(card.standing.low),
        mark_value(card.standing.high),
        card.standing.rank,
        *(mark_value(tallies.get(id_, Tally()).percent) for id_, _ in dimensions),
        card.total.points,
        card.total.out_of,
        card.vetoed_calls,
        card.review_calls,
        len(card.failed),
        agent_page(card.id),
    ]


def _item_values(card: Card) -> Iterator[tuple[Cell, ...]]:
    for dimension in card.dimensions:
        for item in dimension.items:
            yield (
                card.id,
                card.name,
                card.team,
                dimension.name,
                item.name,
                mark_value(item.tally.percent),
                item.tally.points,
                item.tally.out_of,
                mark_value(item.group),
            )


def finding_values(row: CallRow, view: CallView) -> Iterator[tuple[Cell, ...]]:
    for finding in view.findings:
        yield (
            row.call_id,
            row.agent_id,
            row.agent_name,
            row.team,
            finding.code,
            finding.name,
            finding.item,
            "扣分" if finding.decided else "待人工",
            finding.points,
            "是" if finding.veto else "",
            finding.span.start_ms / 1000,
            finding.span.end_ms / 1000,
            finding.role.label,
            finding.quote,
            finding.message,
            finding.near,
            round(finding.confidence, 3),
            finding.advice,
            finding.better,
            f"{call_page(row.call_id)}#f-{finding.number}",
        )


def call_values(row: CallRow, view: CallView, dimensions: Dimensions) -> list[Cell]:
    record = view.record
    call, failure = record.call, record.failure
    return [
        row.call_id,
        row.agent_id,
        row.agent_name,
        row.team,
        row.started_at,
        row.duration_ms / 1000,
        record.recording.business,
        _STATES[row.state],
        mark_value(row.tally.percent),
        row.tally.points if row.tally.out_of else None,
        row.tally.out_of or None,
        *(mark_value(row.dimensions.get(id_, Tally()).percent) for id_, _ in dimensions),
        row.finding_count if record.score else None,
        "是" if row.vetoed else "",
        len(view.undetermined) if record.score else None,
        "；".join(row.review),
        row.trust.label if row.trust else "",
        call.trust.coverage if call and call.trust else None,
        ROLE_SOURCES.get(call.roles.source, call.roles.source) if call else "",
        call.roles.confidence if call else None,
        f"{STAGES.get(failure.stage, failure.stage)}：{failure.message}" if failure else "",
        record.recording.path,
        call_page(row.call_id),
    ]


def _describe(book: Workbook, columns: Iterable[Column]) -> None:
    sheet = Sheet(book, "口径", (Column("列", 16), Column("意思", 90)))
    for title in dict.fromkeys(column.title for column in columns):
        if title in DESCRIPTIONS:
            sheet.add((title, DESCRIPTIONS[title]))
    sheet.close()

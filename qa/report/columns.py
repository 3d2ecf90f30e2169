"""The columns of every table: where each value comes from, how it is shown, and what it means (指标口径)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from qa.model import Tally
from qa.report.cards import Card, DimensionCard, ItemCard
from qa.report.cells import MARK, SHARE, WHOLE, Cell, Column
from qa.report.figures import mark_value
from qa.report.ledger import CallRow, Habit
from qa.report.names import agent_page, call_page, rule_place
from qa.report.view import ROLE_SOURCES, STAGES, CallView, FindingView

Dimensions = Sequence[tuple[str, str]]
"""Id and name."""
_STATES = {"failed": "没听成", "vetoed": "一票否决", "scored": "已评分", "unscored": "无法评分"}
_CALL_ID = "通话编号，话单给的，话单没有时用文件名。"
_AGENT_ID = "坐席工号；空白表示话单和文件名里都没有。"
_NAME = "坐席姓名，照话单。"
_TEAM = "班组，照话单。"
_PAGE = "点开这一页；表格要和报告放在一起才打得开。"
_CALL_MARK = "得分 ÷ 满分 × 100。一票否决的通话得 0 分，满分不变。空白是没有数据，不是 0 分。"
_DIMENSION = "这个维度的得分 ÷ 满分 × 100，一票否决之前，辅导用。空白是没有数据。"
_POINTS = "各评分项得分之和（一票否决后）。"
_OUT_OF = "能判的评分项满分之和；不适用和待人工的项不算在内。"
_VETO = "“是”表示这一通因红线计 0 分，请人工确认。"
_CODE = "规则在评分表里的编号。"
_RULE = "规则在评分表里的名称。"
_ITEM = "规则所在的评分项，每项各有满分。"


class CallLine(NamedTuple):
    row: CallRow
    view: CallView


class FindingLine(NamedTuple):
    row: CallRow
    finding: FindingView
    clip: str
    """Address of its sound alone, from the report's root; empty where none was made."""


class ItemLine(NamedTuple):
    card: Card
    dimension: DimensionCard
    item: ItemCard


def call_columns(dimensions: Dimensions) -> tuple[Column[CallLine], ...]:
    return (
        Column("通话", 24, lambda c: c.row.call_id, _CALL_ID),
        Column("工号", 12, lambda c: c.row.agent_id, _AGENT_ID),
        Column("姓名", 12, lambda c: c.row.agent_name, _NAME),
        Column("班组", 12, lambda c: c.row.team, _TEAM),
        Column("开始时间", 20, lambda c: c.row.started_at, "话单里的开始时间，按话单所写的时区显示。"),
        Column("时长(秒)", 10, lambda c: c.row.duration_ms / 1000, "录音长度。", MARK),
        Column("业务", 14, lambda c: c.view.record.recording.business, "业务类型，照话单。"),
        Column(
            "状态",
            10,
            lambda c: _STATES[c.row.state],
            "已评分；一票否决；无法评分（没有一项能判）；没听成（某一步出错，原因见“没听成的原因”）。",
        ),
        Column("总分", 8, lambda c: mark_value(c.row.tally.percent), _CALL_MARK, MARK),
        Column("得分", 8, lambda c: c.row.tally.points if c.row.tally.out_of else None, _POINTS, WHOLE),
        Column("满分", 8, lambda c: c.row.tally.out_of or None, _OUT_OF, WHOLE),
        *(_dimension_of_call(id_, name) for id_, name in dimensions),
        Column(
            "扣分处",
            8,
            lambda c: c.row.finding_count if c.view.record.score else None,
            "扣了分的发现有几处，含已到上限、不再多扣的。",
            WHOLE,
        ),
        Column("一票否决", 10, lambda c: "是" if c.row.vetoed else "", _VETO),
        Column(
            "待人工",
            8,
            lambda c: len(c.view.undetermined) if c.view.record.score else None,
            "机器判不了的规则有几条；这些规则不扣分，所在评分项不进满分。",
            WHOLE,
        ),
        Column("待人工原因", 40, lambda c: "；".join(c.row.review), "为什么要人听一听，同样的原因只写一次。"),
        Column(
            "可信度",
            8,
            lambda c: c.row.trust.label if c.row.trust else "",
            "转写稿能信多少：可信、一般、不可信；为什么，见通话页。",
        ),
        Column("覆盖率", 8, _coverage, "有人声的时间里，转写出文字的占多少。", SHARE),
        Column("角色来源", 14, _role_source, "谁是坐席、谁是客户，是从哪里知道的。"),
        Column(
            "角色置信度",
            12,
            lambda c: c.view.record.call.roles.confidence if c.view.record.call else None,
            "对角色判断的把握；话单或人工指定的是 100%。",
            SHARE,
        ),
        Column("没听成的原因", 40, _failure, "哪一步出的错、为什么；没听成不扣分。"),
        Column("录音", 40, lambda c: c.view.record.recording.path, "录音文件的位置。"),
        Column("页面", 8, lambda c: call_page(c.row.call_id), _PAGE, link=True),
    )


def _dimension_of_call(dimension_id: str, name: str) -> Column[CallLine]:
    return Column(name, 10, lambda c: mark_value(c.row.dimensions.get(dimension_id, Tally()).percent), _DIMENSION, MARK)


def _coverage(line: CallLine) -> Cell:
    call = line.view.record.call
    return call.trust.coverage if call and call.trust else None


def _role_source(line: CallLine) -> Cell:
    call = line.view.record.call
    return ROLE_SOURCES.get(call.roles.source, call.roles.source) if call else ""


def _failure(line: CallLine) -> Cell:
    failure = line.view.record.failure
    return f"{STAGES.get(failure.stage, failure.stage)}：{failure.message}" if failure else ""


FINDING_COLUMNS: tuple[Column[FindingLine], ...] = (
    Column("通话", 24, lambda f: f.row.call_id, _CALL_ID),
    Column("工号", 12, lambda f: f.row.agent_id, _AGENT_ID),
    Column("姓名", 12, lambda f: f.row.agent_name, _NAME),
    Column("班组", 12, lambda f: f.row.team, _TEAM),
    Column("规则", 10, lambda f: f.finding.code, _CODE),
    Column("规则名称", 20, lambda f: f.finding.name, _RULE),
    Column("评分项", 14, lambda f: f.finding.item, _ITEM),
    Column("结论", 8, lambda f: "扣分" if f.finding.decided else "待人工", "扣分；或待人工（不扣分）。"),
    Column("扣分", 8, lambda f: f.finding.points, "这一处扣几分；0 表示已到该规则的上限，或待人工。", WHOLE),
    Column("一票否决", 10, lambda f: "是" if f.finding.veto else "", _VETO),
    Column("开始(秒)", 10, lambda f: f.finding.span.start_ms / 1000, "从录音开头算起。", MARK),
    Column("结束(秒)", 10, lambda f: f.finding.span.end_ms / 1000, "从录音开头算起。", MARK),
    Column("角色", 8, lambda f: f.finding.role.label, "这条规则看的是谁：坐席或客户。"),
    Column(
        "原话",
        48,
        lambda f: f.finding.quote,
        "转写出的原话；没说到的规则，是应说时段里实际说的话。电话、证件、卡号、验证码、门牌号已打码，客户姓名按评分表。",
    ),
    Column("说明", 48, lambda f: f.finding.message, "为什么算一处发现。"),
    Column("按词表计", 18, lambda f: f.finding.near, "读音相近、字不同的命中，这里是词表里的说法。"),
    Column("听清程度", 10, lambda f: round(f.finding.confidence, 3), "这几个字的平均识别置信度。", SHARE),
    Column("改进建议", 40, lambda f: f.finding.advice, "评分表里写的辅导建议。"),
    Column("更好的说法", 40, lambda f: f.finding.better, "评分表里写的、可以这样说的话。"),
    Column("片段", 8, lambda f: f.clip, "这一处的录音片段；用 --clips 才有。", link=True),
    Column("页面", 8, lambda f: f"{call_page(f.row.call_id)}#f-{f.finding.number}", _PAGE, link=True),
)
RULE_COLUMNS: tuple[Column[Habit], ...] = (
    Column("规则", 10, lambda h: h.code, _CODE),
    Column("规则名称", 24, lambda h: h.name, _RULE),
    Column("评分项", 16, lambda h: h.item, _ITEM),
    Column("扣分通数", 10, lambda h: h.violated_calls, "因这条规则扣分的通数。", WHOLE),
    Column("判定通数", 10, lambda h: h.judged_calls, "这条规则判了达标或扣分的通数；不适用和待人工的不算。", WHOLE),
    Column("共扣分", 10, lambda h: h.points, "这条规则一共扣的分。", WHOLE),
    Column("待人工通数", 12, lambda h: h.undetermined_calls, "这条规则判不了的通数。", WHOLE),
    Column("一票否决", 10, lambda h: "是" if h.veto else "", "“是”表示这条规则是红线。"),
    Column("依据", 40, lambda h: h.source, "这条规则从哪里来。"),
    Column("页面", 8, lambda h: rule_place(h.rule_id), _PAGE, link=True),
)


def agent_columns(dimensions: Dimensions) -> tuple[Column[Card], ...]:
    return (
        Column("工号", 12, lambda c: c.id, _AGENT_ID),
        Column("姓名", 12, lambda c: c.name, _NAME),
        Column("班组", 12, lambda c: c.team, _TEAM),
        Column("通数", 8, lambda c: c.call_count, "这位坐席的通话，含没听成的。", WHOLE),
        Column("评分通数", 10, lambda c: c.standing.calls, "有满分的通话数。总分是从这些通话来的。", WHOLE),
        Column(
            "总分",
            8,
            lambda c: mark_value(c.total.percent),
            "所有通话得分之和 ÷ 满分之和 × 100，不是各通平均；一票否决的通话得 0 分。空白是没有数据，不是 0 分。",
            MARK,
        ),
        Column(
            "区间下限",
            10,
            lambda c: mark_value(c.standing.low),
            "总分的 95% 区间下限：换一批同样多的通话，总分大致会落在区间里。少于 5 通不给。",
            MARK,
        ),
        Column("区间上限", 10, lambda c: mark_value(c.standing.high), "总分的 95% 区间上限。少于 5 通不给。", MARK),
        Column("名次", 8, lambda c: c.standing.rank, "评分通数满 10 通才排；同分同名次。", WHOLE),
        Column("还差几通", 10, lambda c: c.standing.missing_calls or None, "再有几通有分的通话才排名次。", WHOLE),
        *(_dimension_of_agent(id_, name) for id_, name in dimensions),
        Column("得分", 8, lambda c: c.total.points, _POINTS, WHOLE),
        Column("满分", 8, lambda c: c.total.out_of, _OUT_OF, WHOLE),
        Column("一票否决", 10, lambda c: c.vetoed_calls, "因红线计 0 分的通数。", WHOLE),
        Column("待复核", 8, lambda c: c.review_calls, "需要人听一听的通话有几通。", WHOLE),
        Column("没听成", 8, lambda c: len(c.failed), "没能转写或评分的通数，不影响总分。", WHOLE),
        Column("页面", 8, lambda c: agent_page(c.id), _PAGE, link=True),
    )


def _dimension_of_agent(dimension_id: str, name: str) -> Column[Card]:
    def percent(card: Card) -> Cell:
        dimension = card.by_id.get(dimension_id)
        return mark_value(dimension.tally.percent) if dimension else None

    return Column(name, 10, percent, _DIMENSION, MARK)


ITEM_COLUMNS: tuple[Column[ItemLine], ...] = (
    Column("工号", 12, lambda i: i.card.id, _AGENT_ID),
    Column("姓名", 12, lambda i: i.card.name, _NAME),
    Column("班组", 12, lambda i: i.card.team, _TEAM),
    Column("维度", 12, lambda i: i.dimension.name, "评分项所在的维度。"),
    Column("评分项", 18, lambda i: i.item.name, _ITEM),
    Column(
        "得分率",
        10,
        lambda i: mark_value(i.item.tally.percent),
        "评分项得分 ÷ 满分 × 100（一票否决前，辅导用）。",
        MARK,
    ),
    Column("得分", 8, lambda i: i.item.tally.points, "这一项各通得分之和（一票否决前）。", WHOLE),
    Column("满分", 8, lambda i: i.item.tally.out_of, "这一项能判的各通满分之和。", WHOLE),
    Column("对照组得分率", 14, lambda i: mark_value(i.item.group), "同班组（没有班组时是全体）这一项的得分率。", MARK),
)

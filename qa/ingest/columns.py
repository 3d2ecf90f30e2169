"""Knows what centres call the columns of a call list: the one table of header names."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence

ALIASES: dict[str, tuple[str, ...]] = {
    "call_id": (
        "call_id", "id", "通话id", "通话编号", "通话号", "通话标识", "通话流水", "流水号", "通话流水号", "呼叫id", "呼叫流水号",
        "录音编号", "录音id", "录音流水号", "录音流水", "会话id", "session_id", "contact_id", "record_id", "recording_id", "uuid",
    ),
    "file": (
        "file", "file_name", "path", "file_path", "录音文件", "录音文件名", "录音", "录音名", "录音名称", "录音路径", "录音地址",
        "文件", "文件名", "文件名称", "文件路径", "audio", "audio_file", "record_file", "recording", "recording_file", "wav",
    ),
    "agent_id": (
        "agent_id", "agent", "agent_no", "agent_number", "工号", "坐席工号", "座席工号", "员工工号", "客服工号", "话务员工号",
        "坐席", "座席", "坐席id", "座席id", "坐席编号", "座席编号", "话务员", "员工编号", "staff_id", "employee_id", "user_id",
        "operator", "operator_id",
    ),
    "agent_name": (
        "agent_name", "name", "姓名", "坐席姓名", "座席姓名", "员工姓名", "客服姓名", "话务员姓名", "坐席名称", "座席名称", "staff_name",
    ),
    "team": ("team", "team_name", "group", "班组", "班组名称", "组别", "所属班组", "坐席组", "座席组", "技能组", "小组", "部门", "department"),
    "started_at": (
        "started_at", "start", "start_time", "call_time", "datetime", "time", "开始时间", "通话时间", "通话开始时间", "呼叫时间",
        "来电时间", "接入时间", "接通时间", "录音时间", "录音开始时间", "时间", "begin_time", "timestamp",
    ),
    "date": ("date", "call_date", "日期", "通话日期", "录音日期", "呼叫日期"),
    "clock": ("clock", "time_of_day", "时刻", "通话时刻", "钟点"),
    "channels": ("channels", "channel", "channel_map", "声道", "声道安排", "声道分配", "声道角色", "声道说明", "layout"),
    "business": ("business", "business_type", "topic", "业务类型", "业务", "业务名称", "业务分类", "来电类型", "服务类型", "来电原因"),
    "tags": ("tags", "tag", "labels", "标签", "通话标签", "备注标签"),
}  # fmt: skip

NAMES = {
    "call_id": "通话ID", "file": "录音文件", "agent_id": "工号", "agent_name": "姓名", "team": "班组", "started_at": "开始时间",
    "date": "日期", "clock": "时刻", "channels": "声道", "business": "业务类型", "tags": "标签",
}  # fmt: skip
"""What messages call them."""

_NOT_IN_NAMES = re.compile(r"[\s_\-—.·*:/()\[\]【】]+")


def _plain(header: str) -> str:
    return _NOT_IN_NAMES.sub("", unicodedata.normalize("NFKC", header).lower())


_FIELD_OF = {_plain(alias): field for field, aliases in ALIASES.items() for alias in aliases}


def field_of(header: str) -> str | None:
    """`坐席 工号`, `Agent-ID`, `工号(必填)` → agent_id; None for a column we do not know."""
    plain = _plain(header)
    return _FIELD_OF.get(plain) or _FIELD_OF.get(plain.removesuffix("必填"))


def suggestion(header: str, missing: Sequence[str]) -> str | None:
    """The field that an unknown header may have meant, among those that are missing."""
    names = [name for name, field in _FIELD_OF.items() if field in missing]
    near = difflib.get_close_matches(_plain(header), names, 1, cutoff=0.6)
    return _FIELD_OF[near[0]] if near else None

"""Reads YAML strictly into dataclasses: every problem is collected with its line and column, none stops the reading.

The keys of a mapping are the fields of the dataclass (`except_` is written `except`), so there is no second schema.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NewType, Union, get_args, get_origin

import yaml

from qa.judge.problems import RubricProblem, did_you_mean

Duration = NewType("Duration", int)
"""Whole milliseconds, written `10s` or `500ms`."""
NO_TIME = Duration(0)

BAD: Any = object()
"""What a value that could not be read is read as; the problem is in the list."""

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min)")
_UNIT_MS = {"ms": 1, "s": 1000, "min": 60_000}
_TAG = "tag:yaml.org,2002:"
_WORDS = {
    "str": "文字",
    "int": "整数",
    "float": "数",
    "bool": "true 或 false",
    "null": "空",
    "map": "键值",
    "seq": "列表",
}

Special = Callable[["Reader", yaml.Node], Any]


class Reader:
    """Turns nodes of one file into values; problems go to the shared list."""

    def __init__(self, file: str, problems: list[RubricProblem], special: Mapping[Any, Special] | None = None) -> None:
        self.file = file
        self.problems = problems
        self.special = dict(special or {})

    def problem(self, node: yaml.Node | yaml.Mark, message: str, hint: str = "") -> Any:
        """Notes the problem and returns `BAD`."""
        mark = node if isinstance(node, yaml.Mark) else node.start_mark
        self.problems.append(RubricProblem(self.file, mark.line + 1, mark.column + 1, message, hint))
        return BAD

    def pairs(self, node: yaml.Node, what: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """Key → (key node, value node); a key written twice is a problem."""
        if not isinstance(node, yaml.MappingNode):
            self.problem(node, f"{what}应当是一组“键: 值”")
            return {}
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            if name in found:
                self.problem(key, f"键“{name}”写了两次，上一次在第 {found[name][0].start_mark.line + 1} 行")
            else:
                found[name] = (key, value)
        return found

    def struct(self, node: yaml.Node, cls: type, what: str = "", given: Mapping[str, Any] | None = None) -> Any:
        """An instance of the dataclass, or `BAD`. `given` fields don't come from the file."""
        what = what or getattr(cls, "LABEL", "这里")
        before = len(self.problems)
        pairs = self.pairs(node, what)
        types_of = typing.get_type_hints(cls, include_extras=True)
        known = {field.name.rstrip("_"): field for field in fields(cls) if field.init}
        values = dict(given or {})
        for name, (key, value) in pairs.items():
            if name not in known:
                self.problem(key, f"不认识的键“{name}”", did_you_mean(name, known))
            elif known[name].name not in values:
                values[known[name].name] = self.value(value, types_of[known[name].name])
        for name, field in known.items():
            if field.name not in values and _is_required(field) and isinstance(node, yaml.MappingNode):
                self.problem(node, f"{what}缺少“{name}”")
        if len(self.problems) > before:
            return BAD
        return cls(**values)

    def value(self, node: yaml.Node, wanted: Any) -> Any:  # noqa: PLR0911 - one line for each type
        """The node read as a value of the wanted type, or `BAD`."""
        origin = get_origin(wanted)
        if origin in (Union, types.UnionType):
            return self._one_of(node, get_args(wanted))
        if wanted in self.special:
            return self.special[wanted](self, node)
        if origin is tuple:
            return self._sequence(node, get_args(wanted)[0])
        if origin is dict:
            pairs = self.pairs(node, "这里")
            read = {name: self.value(value, get_args(wanted)[1]) for name, (_, value) in pairs.items()}
            return BAD if BAD in read.values() else read
        if wanted is Duration:
            return self._duration(node)
        if isinstance(wanted, type) and issubclass(wanted, StrEnum):
            return self._choice(node, wanted)
        if is_dataclass(wanted) and isinstance(wanted, type):
            return self.struct(node, wanted)
        return self._scalar(node, wanted)

    def _one_of(self, node: yaml.Node, options: tuple[Any, ...]) -> Any:
        if types.NoneType in options and _tag(node) == "null":
            return None
        wanted = [option for option in options if option is not types.NoneType]
        return self.value(node, wanted[0])

    def _sequence(self, node: yaml.Node, wanted: Any) -> Any:
        """A single value stands for a list of one."""
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        values = tuple(self.value(one, wanted) for one in nodes)
        return BAD if any(value is BAD for value in values) else values

    def _duration(self, node: yaml.Node) -> Any:
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        found = _DURATION.fullmatch(text)
        if found is None:
            return self.problem(node, f"时间“{text}”要带单位", f"写成 {text or 10}s 或 500ms" if text.isdigit() else "")
        return Duration(round(float(found[1]) * _UNIT_MS[found[2]]))

    def _choice(self, node: yaml.Node, wanted: type[StrEnum]) -> Any:
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        known = [str(choice) for choice in wanted]
        if text not in known:
            hint = did_you_mean(text, known) or "可以写:" + "、".join(known)
            return self.problem(node, f"“{text}”不在可选的值里", hint)
        return wanted(text)

    def _scalar(self, node: yaml.Node, wanted: Any) -> Any:  # noqa: PLR0911 - one line for each type
        tag = _tag(node)
        if wanted is datetime:
            try:
                return datetime.fromisoformat(str(node.value))
            except ValueError:
                return self.problem(node, f"时刻“{node.value}”读不懂", "写成 2026-11-02T20:00:00+08:00")
        if wanted is str and isinstance(node, yaml.ScalarNode) and tag != "null":
            return node.value
        if wanted is bool and tag == "bool":
            return node.value.lower() in ("true", "yes", "on")
        if wanted is int and tag == "int":
            return int(node.value)
        if wanted is float and tag in ("int", "float"):
            return float(node.value)
        return self.problem(node, f"这里应当是{_WORDS[wanted.__name__]}，不是{_WORDS.get(tag, tag)}")


def compose(path: Path, problems: list[RubricProblem]) -> yaml.Node | None:
    """The file's root node, or None with the problem noted: unreadable, empty, not YAML."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        text = path.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, Loader=loader)
    except OSError as error:
        problems.append(RubricProblem(str(path), 1, 1, f"打不开文件：{error.strerror}"))
        return None
    except UnicodeDecodeError:
        problems.append(RubricProblem(str(path), 1, 1, "文件不是 UTF-8 编码", "另存为 UTF-8 再试"))
        return None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = getattr(error, "problem", None) or str(error)
        problems.append(RubricProblem(str(path), line, column, f"YAML 写法不对：{said}", "检查缩进、冒号和引号"))
        return None
    if node is None:
        problems.append(RubricProblem(str(path), 1, 1, "文件是空的"))
    return node


def content(node: yaml.Node) -> Any:
    """Plain lists, dicts and strings: what a node says, without comments, order of keys and quotes."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): content(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [content(value) for value in node.value]
    return node.value


def overlaid(node: yaml.MappingNode, over: yaml.MappingNode) -> yaml.MappingNode:
    """A copy of `node` in which the keys of `over` replace or join its own."""
    replaced = {key.value for key, _ in over.value}
    kept = [(key, value) for key, value in node.value if key.value not in replaced]
    return yaml.MappingNode(node.tag, kept + over.value, node.start_mark, node.end_mark)


def _tag(node: yaml.Node) -> str:
    return str(node.tag).removeprefix(_TAG)


def _is_required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING

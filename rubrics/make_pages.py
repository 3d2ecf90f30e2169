"""Writes rules.md, an entry for each rule, and the list of rules in README.md, both from the rubric itself.

    python rubrics/make_pages.py           # 改了评分表以后运行一次
    python rubrics/make_pages.py --check   # 只看是不是最新的，不写；不是最新的，退出码为 1

What a rule catches is its `note`, what it is judged by are its keys, explained in the words of `qa kinds`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from qa.judge import KINDS, explain_kinds

HERE = Path(__file__).parent
RUBRIC = HERE / "telecom-affinity.yaml"
PAGE = HERE / "rules.md"
README = HERE / "README.md"
BEGIN, END = "<!-- 规则目录：由 make_pages.py 写，不要手改 -->", "<!-- 规则目录到此 -->"
COMMON = {name.rstrip("_") for name in KINDS["manual"].__dataclass_fields__}
"""Keys that all rules share."""
TOLD = {"tags": "标签", "started_at": "通话时刻", "layout": "声道", "ends": "录音到"}
LONGEST_SHOWN = 30
"""Characters of a value that is shown; a longer one is read in the rubric."""
Node = dict[str, Any]


def read(path: Path) -> Node:
    """The file as it is written: `off` stays a word, numbers stay text."""
    found: Node = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return found


def page(rubric: Node, lexicons: Node) -> str:
    """rules.md."""
    parts = [
        "# 规则一条一条说\n\n由 `python rubrics/make_pages.py` 从评分表写出，不要手改：改评分表里那条规则的 `note`、例子和界限，"
        "再运行一次。\n\n每一条：抓什么、该扣和不扣的例子、怎么调、出处、怎么辅导。某一类规则怎么写：`qa kinds 类型名`。"
    ]
    for dimension in rubric["dimensions"]:
        parts.append(f"## {dimension['name']}（{dimension['id']}，{dimension['weight']} 分）")
        for item in dimension["items"]:
            parts.append(f"### {item['id']} {item['name']}（{item['points']} 分）")
            parts += ["\n".join(_entry(rule, rubric, lexicons)) for rule in item["rules"]]
    return "\n\n".join(parts) + "\n"


def index(rubric: Node) -> str:
    """The list of rules for README.md."""
    lines = [BEGIN, "", "| 评分项 | 规则 |", "|---|---|"]
    for dimension in rubric["dimensions"]:
        for item in dimension["items"]:
            rules = "、".join(
                f"[{rule['name']}](rules.md#{rule['id']}) `{rule['id']}`" + ("（默认关）" if "off" in rule else "")
                for rule in item["rules"]
            )
            lines.append(f"| {item['id']} {item['name']} | {rules} |")
    return "\n".join([*lines, "", END])


def _entry(rule: Node, rubric: Node, lexicons: Node) -> Iterator[str]:
    yield f'<a id="{rule["id"]}"></a>\n\n#### {rule["code"]} {rule["name"]} `{rule["id"]}`\n'
    if "off" in rule:
        yield "- **默认关**：要考核，在评分表里删掉这条规则的 `off: true`。"
    yield f"- **抓什么**：{rule.get('note', rule['name'])}"
    yield f"- **该扣**：{_told(rule['examples']['bad'])}"
    yield f"- **不扣**：{_told(rule['examples']['good'])}"
    names = _lexicons_in(rule.get("any_of", ""))
    for name in names if rule["kind"] == "phrase_forbidden" else ():
        spared = lexicons[name].get("examples", {}).get("miss", [])
        for near in [text for text in spared if text not in rule["examples"]["good"]][:1]:
            yield f"- **差一点，也不扣**：“{near}”"
    yield f"- **怎么调**：{'；'.join(_knobs(rule, rubric, lexicons))}。类型 `{rule['kind']}`。"
    yield f"- **出处**：{rule['source']}"
    if "advice" in rule:
        yield f"- **怎么辅导**：{rule['advice']}"
    if "better" in rule:
        yield f"- **更好的说法**：“{rule['better']}”"


def _knobs(rule: Node, rubric: Node, lexicons: Node) -> Iterator[str]:
    meaning = _comments(rule["kind"])
    words = [name for key, value in rule.items() if key not in COMMON for name in _lexicons_in(value)]
    if words:
        yield "词表 " + "、".join(f"`{name}`（{lexicons[name]['name']}）" for name in dict.fromkeys(words))
    for key, value in rule.items():
        if key not in COMMON and isinstance(value, str):
            told = f"`{key}: {value}`" if len(value) <= LONGEST_SHOWN else f"`{key}`"
            yield told + (f" {meaning[key]}" if key in meaning else "")
    for profile, changed in rubric.get("profiles", {}).items():
        for key, value in changed.get(rule["id"], {}).items():
            yield f"档位 `{profile}` 用 `{key}: {value}`"
    points = "不占分，一票否决" if "veto" in rule else f"每处 `deduct: {rule.get('deduct', 0)}`"
    yield points + (f"，一通最多 `max_deduct: {rule['max_deduct']}`" if "max_deduct" in rule else "")


def _comments(kind: str) -> dict[str, str]:
    """What the kind's own example says of each key, without 可省."""
    block = re.findall(r"```yaml\n(.*?)```", explain_kinds()[kind], re.DOTALL)[0]
    found = re.findall(r"^[\s-]*(\w+):.*?\s# *(.+)$", block, re.MULTILINE)
    return {key: re.sub(r"^可省[:：]?", "", comment).strip() for key, comment in found}


def _lexicons_in(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "lexicon":
                yield from value if isinstance(value, list) else [value]
            else:
                yield from _lexicons_in(value)


def _told(examples: list[Any]) -> str:
    """The first example: a line, lines, or lines with what else is known of the call."""
    first = examples[0]
    if isinstance(first, str):
        return f"“{first}”"
    if isinstance(first, list):
        return f"“{' / '.join(first)}”"
    extra = [f"{TOLD[key]} {'、'.join(_as_list(first[key]))}" for key in TOLD if key in first]
    extra += [f"测得 {row['name']} {row.get('value') or row.get('values')}" for row in first.get("measured", [])]
    return f"“{' / '.join(first['lines'])}”" + (f"（{'；'.join(extra)}）" if extra else "")


def _as_list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def main(arguments: list[str]) -> int:
    rubric = read(RUBRIC)
    lexicons = read(HERE / rubric["lexicons"])["lexicons"]
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    wanted = {PAGE: page(rubric, lexicons), README: before + index(rubric) + rest.partition(END)[2]}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        if "--check" in arguments:
            sys.stdout.write(f"{path.name} 不是最新的：运行 python rubrics/make_pages.py\n")
        else:
            path.write_text(wanted[path], encoding="utf-8", newline="\n")
            sys.stdout.write(f"写好了 {path.name}\n")
    return int(bool(stale) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""results.jsonl keeps its promise to programs: the same keys in every line, documented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import qa.report

SCHEMA = Path(qa.report.__file__).with_name("schema.md")


@pytest.fixture(scope="module")
def lines(site: Path) -> dict[str, dict[str, Any]]:
    read = map(json.loads, (site / "results.jsonl").read_text(encoding="utf-8").splitlines())
    return {line["call_id"]: line for line in read}


def test_every_call_has_a_line_with_the_same_keys(lines: dict[str, dict[str, Any]]) -> None:
    assert set(lines) == {"c01", "c02", "c03", "c04", "c05", "c06"}
    assert len({tuple(line) for line in lines.values()}) == 1
    assert {line["schema_version"] for line in lines.values()} == {1}


def test_every_key_is_documented(lines: dict[str, dict[str, Any]]) -> None:
    text = SCHEMA.read_text(encoding="utf-8")
    nested = [lines["c02"], lines["c02"]["roles"], lines["c02"]["turns"][0], lines["c02"]["metrics"][0]]
    nested += [lines["c02"]["rules"][0], lines["c02"]["items"][0], lines["c02"]["total"], lines["c02"]["trust"]]
    nested += [lines["c05"]["failed"], lines["c06"]["roles"]["evidence"][0], lines["c06"]["undetermined"][0]]
    nested += [finding for rule in lines["c02"]["rules"] for finding in rule["findings"]]
    assert not {key for each in nested for key in each if f"`{key}`" not in text}


def test_scores_add_up(lines: dict[str, dict[str, Any]]) -> None:
    line = lines["c02"]
    assert line["total"] == {
        "points": 70,
        "out_of": 92,
        "percent": 76.087,
        "before_veto": {"points": 70, "out_of": 92, "percent": 76.087},
        "vetoed_by": [],
    }
    assert sum(item["points"] for item in line["items"]) == 70
    assert sum(rule["points"] for rule in line["rules"]) == 92 - 70
    assert lines["c03"]["total"]["vetoed_by"] == ["asks_password"]
    assert lines["c03"]["total"]["points"] == 0


def test_findings_have_words_times_and_points(lines: dict[str, dict[str, Any]]) -> None:
    (rule,) = (rule for rule in lines["c02"]["rules"] if rule["id"] == "shirking_phrase")
    assert rule["outcome"] == "violated"
    assert rule["findings"] == [
        {
            "quote": "不归我管",
            "start_ms": 8200,
            "end_ms": 9000,
            "role": "agent",
            "points": 3,
            "message": "坐席说了“不归我管”",
            "near": "",
            "confidence": 0.87,
        }
    ]


def test_what_could_not_be_judged_says_why(lines: dict[str, dict[str, Any]]) -> None:
    assert lines["c06"]["undetermined"] == [
        {"rule": "rhetorical_question", "code": "LM-4.1", "reason": "这几个字听得不清（0.31）"}
    ]
    assert lines["c04"]["total"]["percent"] is None
    assert lines["c04"]["roles"]["by_track"] == ["unknown"]


def test_turns_are_masked_like_pages(lines: dict[str, dict[str, Any]]) -> None:
    texts = [turn["text"] for turn in lines["c01"]["turns"]]
    assert "可以，我的号码是***********。" in texts


def test_a_failed_call_says_where_and_why(lines: dict[str, dict[str, Any]]) -> None:
    line = lines["c05"]
    assert line["failed"] == {
        "stage": "ingest",
        "slug": "audio-unreadable",
        "message": "文件不是录音：开头是文字",
    }
    assert (line["turns"], line["rules"], line["total"], line["roles"]) == ([], [], None, None)

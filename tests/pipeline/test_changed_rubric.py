"""A changed rubric is judged again only where it changed, and comes to what judging everything would come to."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa.pipeline.batch import RunOptions, run
from tests.dialogue import rubric_text
from tests.night import Nobody, make_night

RUDE = {"id": "rude", "name": "忌语", "kind": "phrase_forbidden", "any_of": ["你自己想办法"], "deduct": 4}
SHIRKS = {"id": "shirks", "name": "推诿", "kind": "phrase_forbidden", "any_of": ["不归我管"], "deduct": 2}
MARK = "上次留下的"
"""Written into stored advice: what still has it was taken over, what has not was judged again."""


class Night:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.listed = make_night(folder / "in", 3)

    def run(self, *rules: dict[str, Any], store: str = "qa.sqlite", **top: Any) -> dict[str, dict[str, Any]]:
        """Call → its score, as stored."""
        rubric = self.folder / "rubric.yaml"
        rubric.write_text(rubric_text(*rules, **top), encoding="utf-8")
        options = RunOptions(
            recordings=(self.folder / "in",),
            rubric=rubric,
            store=self.folder / store,
            call_list=self.listed,
            engine="sidecar",
            workers=0,
        )
        assert run(options, Nobody(), argv=["qa"]).exit_code == 0
        db = sqlite3.connect(self.folder / store)
        rows = db.execute("SELECT call_id, payload FROM step WHERE stage = 'judge' ORDER BY call_id").fetchall()
        db.close()
        return {call_id: json.loads(payload) for call_id, payload in rows}

    def mark(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Writes into every stored verdict, as another program might have."""
        db = sqlite3.connect(self.folder / "qa.sqlite")
        rows = db.execute("SELECT call_id, payload FROM step WHERE stage = 'judge'").fetchall()
        for call_id, payload in rows:
            score = json.loads(payload)
            for item in score["items"]:
                for verdict in item["verdicts"]:
                    change(verdict)
            stored = json.dumps(score, ensure_ascii=False).encode()
            db.execute("UPDATE step SET payload = ? WHERE call_id = ? AND stage = 'judge'", (stored, call_id))
        db.commit()
        db.close()


def leave_mark(verdict: dict[str, Any]) -> None:
    verdict["advice"] = MARK


def marked(scores: dict[str, dict[str, Any]]) -> set[str]:
    return {
        verdict["rule_id"]
        for score in scores.values()
        for item in score["items"]
        for verdict in item["verdicts"]
        if verdict["advice"] == MARK
    }


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path)


def test_only_the_changed_rule_is_judged_again(night: Night) -> None:
    first = night.run(RUDE, SHIRKS)
    lost = [first[call]["before_veto"] for call in ("c001", "c002")]
    night.mark(leave_mark)

    again = night.run({**RUDE, "any_of": ["你自己想办法", "很高兴为您服务"], "deduct": 3}, {**SHIRKS, "deduct": 5})

    assert marked(again) == {"shirks"}
    assert lost == [[10, 10], [4, 10]]
    # A taken-over verdict costs what the new rubric says: 3 for what is new in c001, 3 + 5 in c002.
    assert [again[call]["before_veto"] for call in ("c001", "c002")] == [[7, 10], [2, 10]]


def test_it_comes_to_what_a_fresh_store_would(night: Night) -> None:
    changed = ({**RUDE, "any_of": ["很高兴为您服务"]}, {**SHIRKS, "deduct": 5})
    night.run(RUDE, SHIRKS)

    assert night.run(*changed) == night.run(*changed, store="fresh.sqlite")


def test_other_limits_of_trust_judge_everything_again(night: Night) -> None:
    night.run(RUDE, SHIRKS)
    night.mark(leave_mark)

    assert marked(night.run(RUDE, SHIRKS, trust={"min_word_confidence": 0.9})) == set()


def test_other_facts_of_the_call_judge_everything_again(night: Night) -> None:
    night.run(RUDE, SHIRKS)
    night.mark(leave_mark)
    with night.listed.open(encoding="utf-8-sig", newline="") as file:
        rows = [[*row, "宽带" if number else "业务"] for number, row in enumerate(csv.reader(file))]
    with night.listed.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)

    assert marked(night.run({**RUDE, "deduct": 3}, SHIRKS)) == set()


@pytest.mark.parametrize("reason", ["规则出错：KeyError('x')", "大模型没有回答：超时"])
def test_what_another_try_may_decide_is_tried_again(night: Night, reason: str) -> None:
    night.run(RUDE, SHIRKS)

    def spoil(verdict: dict[str, Any]) -> None:
        verdict["advice"] = MARK
        if verdict["rule_id"] == "shirks":
            verdict.update(outcome="undetermined", findings=[], reason=reason)

    night.mark(spoil)

    assert marked(night.run({**RUDE, "deduct": 3}, SHIRKS)) == {"rude"}


def test_a_store_from_before_is_judged_again(night: Night) -> None:
    night.run(RUDE, SHIRKS)

    def forget(verdict: dict[str, Any]) -> None:
        leave_mark(verdict)
        del verdict["made_from"]

    night.mark(forget)

    assert marked(night.run({**RUDE, "deduct": 3}, SHIRKS)) == set()

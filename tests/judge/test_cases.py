"""Runs the cases of every kind of rule: what is judged, with which span, quote and message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from chat_server import ChatServer, completion
from dialogue import dialogue, rubric_of

from qa.judge import KINDS, judge
from qa.model import Outcome

CASES = Path(__file__).parents[1] / "cases"


def _cases() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.yml")):
        sheet = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, case in sheet["cases"].items():
            rule = {"kind": path.stem, **sheet["rule"], **case.get("rule", {})}
            found.append(pytest.param(rule, case, id=f"{path.stem}::{name}"))
    return found


@pytest.mark.parametrize(("rule", "case"), _cases())
def test_case(rule: dict[str, Any], case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if "answer" not in case:
        monkeypatch.delenv("QA_LLM_URL", raising=False)
        monkeypatch.delenv("QA_LLM_MODEL", raising=False)
        _judge(rule, case, tmp_path)
        return
    with ChatServer(completion(case["answer"])) as server:
        monkeypatch.setenv("QA_LLM_URL", server.url)
        monkeypatch.setenv("QA_LLM_MODEL", "test-model")
        _judge(rule, case, tmp_path)


def _judge(rule: dict[str, Any], case: dict[str, Any], tmp_path: Path) -> None:
    known = {"measured", "started_at", "tags", "layout", "ends_s"}
    call = dialogue(case["call"], **{key: value for key, value in case.items() if key in known})

    (verdict,) = judge(call, rubric_of(tmp_path, rule)).verdicts

    assert verdict.outcome.value == case["outcome"], verdict
    if "reason" in case:
        assert case["reason"] in verdict.reason
    if verdict.outcome is Outcome.VIOLATED:
        assert len(verdict.findings) == case.get("findings", 1)
        finding = verdict.findings[0]
        assert finding.quote
        for key in ("quote", "message", "near"):
            if key in case:
                assert getattr(finding, key) == case[key]
        if "span" in case:
            start, end = case["span"]
            assert (finding.span.start_ms, finding.span.end_ms) == (round(start * 1000), round(end * 1000))


def test_every_kind_has_cases_that_pass_fail_and_do_not_apply() -> None:
    assert {path.stem for path in CASES.glob("*.yml")} == set(KINDS)
    for path in CASES.glob("*.yml"):
        outcomes = {case["outcome"] for case in yaml.safe_load(path.read_text(encoding="utf-8"))["cases"].values()}
        wanted = {"not_applicable"} if path.stem == "manual" else {"met", "violated", "not_applicable"}
        assert outcomes >= wanted, path.name

"""A rule that breaks on a call becomes 待人工 for users; here it must not hide."""

from __future__ import annotations

import pytest

import qa.judge.rule


@pytest.fixture(autouse=True)
def _broken_rules_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qa.judge.rule, "reraise", True)

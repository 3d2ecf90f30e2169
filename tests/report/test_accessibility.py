"""No page has a violation that axe-core finds, light or dark, wide or narrow."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import built
from records import A, C, made_call, night_of, record, recording, sample, score, talk

from qa.model import CallRecord, Trust, TrustGrade, TurnTrust

pytestmark = pytest.mark.browser
axe = pytest.importorskip("axe_playwright_python", reason="needs axe-playwright-python")
SCRIPT = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def over_days(number: int) -> CallRecord:
    """One of a month's calls, two a day."""
    made = made_call(number, 2)
    when = datetime(2026, 10, 5, 1, tzinfo=UTC) + timedelta(days=number // 2)
    return msgspec.structs.replace(made, recording=msgspec.structs.replace(made.recording, started_at=when))


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_axe_finds_nothing(chromium: Any, tone: Path, tmp_path: Path, scheme: str, width: int) -> None:
    out = built(sample(tone), tmp_path, clips=True)
    # The pages' policy forbids scripts from elsewhere: the checker is let in, the pages stay as they are.
    context = chromium.new_context(bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    month = built(night_of([over_days(n) for n in range(60)]), tmp_path / "month", pdfs=True)
    turns = talk([(A, "您好"), (C, "我要查话费"), (A, "好的")])
    grades = tuple(TurnTrust(grade, ("一半没有转出文字",)) for grade in TrustGrade)
    trust = Trust(grade=TrustGrade.MEDIUM, coverage=0.9, confidence=0.8, turns=grades)
    graded = built(night_of([record(recording("g"), turns, score("g"), trust=trust)]), tmp_path / "g") / "calls/g.html"
    found = []
    pages = [out / path for path in ("index.html", "calls.html", "rules.html", "calls/c02.html", "calls/c01.html")]
    pages += [out / "agents/1002.html", month / "agents/1000.html", *(month / "teams").iterdir(), graded]
    for path in pages:
        page.goto(path.as_uri())
        page.evaluate(SCRIPT)
        result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found += [
            f"{path.name}: {each['id']} ({each['impact']}): {node['html'][:160]} {node['failureSummary'][:300]}"
            for each in result["violations"]
            for node in each["nodes"][:3]
        ]
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    assert page.evaluate("axe.run(document).then((r) => r.violations.map((v) => v.id))") == ["image-alt"]
    context.close()
    assert found == [], json.dumps(found, ensure_ascii=False, indent=1)

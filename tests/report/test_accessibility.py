"""No page has a violation that axe-core finds, light or dark, wide or narrow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import built
from records import sample

pytestmark = pytest.mark.browser
axe = pytest.importorskip("axe_playwright_python", reason="needs axe-playwright-python")
SCRIPT = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_axe_finds_nothing(chromium: Any, tone: Path, tmp_path: Path, scheme: str, width: int) -> None:
    out = built(sample(tone), tmp_path, clips=True)
    # The pages' policy forbids scripts from elsewhere: the checker is let in, the pages stay as they are.
    context = chromium.new_context(bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    found = []
    for path in ("index.html", "calls.html", "rules.html", "calls/c02.html", "calls/c01.html", "agents/1002.html"):
        page.goto((out / path).as_uri())
        page.evaluate(SCRIPT)
        result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found += [
            f"{path}: {each['id']} ({each['impact']}): {node['html'][:160]} {node['failureSummary'][:300]}"
            for each in result["violations"]
            for node in each["nodes"][:3]
        ]
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    assert page.evaluate("axe.run(document).then((r) => r.violations.map((v) => v.id))") == ["image-alt"]
    context.close()
    assert found == [], json.dumps(found, ensure_ascii=False, indent=1)

"""Photographs a report for the READMEs: `make demo && python bench/screenshots.py reports/demo bench/screenshots`.

The night, the agent who lost most on one call, and that call. Needs playwright and a Chromium on the PATH.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from qa.report.names import agent_page, call_page

WIDTH, HEIGHT = 1120, 700


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("pictures", type=Path)
    options = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("no chromium on the PATH")
    call_id, agent_id = busiest(options.report / "results.jsonl")
    shown = {
        "night.png": options.report / "index.html",
        "agent.png": options.report / agent_page(agent_id),
        "call.png": options.report / call_page(call_id),
    }
    options.pictures.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for name, path in shown.items():
            page.goto(path.absolute().as_uri())
            page.screenshot(path=options.pictures / name)
            print(f"{name}: {(options.pictures / name).stat().st_size / 1000:.0f} KB")
        browser.close()


def busiest(lines: Path) -> tuple[str, str]:
    """The call with most findings that cost points, and its agent."""
    calls = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    most = max(calls, key=lambda call: sum(f["points"] > 0 for rule in call["rules"] for f in rule["findings"]))
    return most["call_id"], most["agent_id"] or ""


if __name__ == "__main__":
    main()

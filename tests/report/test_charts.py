"""Charts stand in the page without a script or a style of their own, lead to their calls, and do not change by themselves."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

from qa.model import Tally
from qa.report.charts import histogram, trend
from qa.report.night import Bar
from qa.report.progress import Day

BARS = (
    Bar("0–80", "0-80", 3, passed=False),
    Bar("80–100", "80-100", 1234, passed=True),
    Bar("100", "100-101", 0, passed=True),
)


def days(count: int, start: int = 70) -> tuple[Day, ...]:
    return tuple(Day(date(2026, 10, 30) + timedelta(n), Tally(start + n % 20, 100), 5) for n in range(count))


def test_every_bar_leads_to_its_calls_and_says_how_many() -> None:
    drawn = histogram(BARS)
    assert re.findall(r'<a href="([^"]+)" aria-label="([^"]+)"', drawn) == [
        ("calls.html#band=0-80", "0–80 分 3 通，未达标"),
        ("calls.html#band=80-100", "80–100 分 1234 通"),
        ("calls.html#band=100-101", "100 分 0 通"),
    ]
    assert re.findall(r'class="value">([^<]+)<', drawn) == ["3", "1,234", "0"]
    assert drawn.count('class="bar low"') == 1


def test_taller_bars_are_more_calls() -> None:
    heights = [float(h) for h in re.findall(r'height="([\d.]+)" class="bar(?: low)?"', histogram(BARS))]
    assert heights[1] > 50 * heights[0] > 0
    assert heights[2] == 0


def test_a_trend_marks_every_day_and_those_under_the_pass_mark() -> None:
    drawn = trend(days(20), 80, "每天的分数")
    titles = re.findall(r'class="dot( low)?"[^>]*><title>([^<]+)<', drawn)
    assert len(titles) == 20
    assert titles[0] == (" low", "10/30 70.0 分，5 通")
    assert titles[10] == ("", "11/9 80.0 分，5 通")
    assert 'aria-label="每天的分数，虚线是合格线 80"' in drawn


def test_marks_of_zero_and_of_a_hundred_are_drawn() -> None:
    lowest = trend((*days(1, 0), *days(1, 100)), 80, "分数")
    assert lowest.count("<circle") == 2
    assert trend(days(2, 80), 80, "分数").count("<circle") == 2


def test_nothing_that_runs_styles_or_dates_the_page_is_left_of_the_library() -> None:
    for drawn in (histogram(BARS), trend(days(31), 80, "每天的分数")):
        for foreign in ("<script", "<style", "<!--", "style=", "xmlns", "Pygal", "tooltip", "2026"):
            assert foreign not in drawn
        assert len(drawn) < 12_000
    assert histogram(BARS) == histogram(BARS)
    assert trend(days(31), 80, "x") == trend(days(31), 80, "x")


def test_drawing_leaves_pythons_imports_as_they_were() -> None:
    code = "from qa.report.charts import _pygal; import sys; _pygal(); print([type(f).__module__ for f in sys.meta_path]); import mailbox"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    assert "pygal" not in done.stdout

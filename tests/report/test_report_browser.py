"""The pages in a real Chromium, opened from disk: they play, jump, sort, filter, and never go out."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import built
from records import A, night_of, record, recording, score, talk

pytestmark = pytest.mark.browser


class Tab:
    """A page that writes down what it asks for and complains about."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("requestfailed", self._failed)
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _failed(self, request: Any) -> None:
        # The browser itself breaks off reading audio once it knows enough.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.failure}: {request.url}")

    def open(self, path: Path, anchor: str = "") -> Any:
        self.page.goto(path.as_uri() + anchor)
        return self.page

    def check(self) -> None:
        assert not [url for url in self.requests if not url.startswith(("file:", "data:"))]
        assert not self.complaints


@pytest.fixture
def tab(chromium: Any) -> Iterator[Tab]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    made = Tab(context.new_page())
    yield made
    made.check()
    context.close()


def until(page: Any, expression: str, within_s: float = 8.0) -> None:
    """Playwright's own waiting evaluates strings in the page, which the pages' security policy forbids."""
    deadline = time.monotonic() + within_s
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"never: {expression}"
        page.wait_for_timeout(30)


def at_second(page: Any, wanted: float) -> None:
    until(page, f"Math.abs(document.getElementById('audio').currentTime - {wanted}) < 0.6")


def test_every_page_opens_from_disk_without_a_request_or_a_complaint(site: Path, tab: Tab) -> None:
    opened = 0
    for page in sorted(site.rglob("*.html")):
        tab.open(page)
        assert tab.page.evaluate("document.documentElement.lang") == "zh-CN"
        opened += 1
    assert opened > 12


def test_a_click_on_a_finding_plays_from_its_second(site: Path, tab: Tab) -> None:
    page = tab.open(site / "calls/c02.html")
    page.click("#f-3 .jump")
    at_second(page, 15.4)
    until(page, "!document.getElementById('audio').paused")
    assert page.locator("#f-3.on").count() == 1
    assert page.locator("mark.on").inner_text() == "我不知道"
    assert page.url.endswith("#f-3")


def test_a_click_on_a_word_plays_from_that_word(site: Path, tab: Tab) -> None:
    page = tab.open(site / "calls/c02.html")
    page.locator("#t-2200 .say span[data-s]", has_text="投").click()
    at_second(page, 2.2 + 23 * 0.2)


def test_an_address_with_a_second_opens_there(site: Path, tab: Tab) -> None:
    page = tab.open(site / "calls/c02.html", "#t=12.4")
    at_second(page, 12.4)
    assert page.evaluate("document.getElementById('audio').paused")
    page = tab.open(site / "calls/c03.html", "#f-1")
    at_second(page, 6.6)
    assert page.locator("#f-1.on").count() == 1


def test_keys_walk_through_findings_and_calls(site: Path, tab: Tab) -> None:
    page = tab.open(site / "calls/c02.html")
    for key, wanted in (("j", 1), ("j", 2), ("j", 3), ("k", 2)):
        page.keyboard.press(key)
        assert page.locator(".finding.on").get_attribute("data-n") == str(wanted)
    at_second(page, 8.2)
    page.keyboard.press("Space")
    until(page, "document.getElementById('audio').paused")
    page.keyboard.press("ArrowRight")
    until(page, "document.getElementById('audio').currentTime >= 13")
    page.keyboard.press("]")
    page.wait_for_url("**/calls/c03.html")
    page.keyboard.press("[")
    page.wait_for_url("**/calls/c02.html")


def test_the_words_being_said_are_shown(site: Path, tab: Tab) -> None:
    page = tab.open(site / "calls/c02.html", "#t=8.3")
    page.keyboard.press("Space")
    page.wait_for_selector("#t-7800.now")
    page.wait_for_selector("#t-7800 .say .now")


def test_a_click_on_the_timeline_goes_there(site: Path, tab: Tab) -> None:
    page = tab.open(site / "calls/c02.html")
    box = page.locator("#timeline svg").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] - 4)
    at_second(page, 30)


def test_words_keep_their_text_when_they_become_clickable(site: Path, hostile_site: Path, tab: Tab) -> None:
    for path in [*(site / "calls").glob("*.html"), *(hostile_site / "calls").glob("*.html")]:
        page = tab.open(path)
        for say in page.locator(".say").all():
            chars = sum(int(step.split(":")[0]) for step in say.get_attribute("data-w").split())
            assert len(say.evaluate("e => e.textContent")) == chars
            parts = say.locator("span[data-s]").evaluate_all("all => all.map(e => e.textContent).join('')")
            assert parts == say.evaluate("e => e.textContent")


def test_clips_play_on_the_agents_page(site: Path, tab: Tab) -> None:
    page = tab.open(site / "agents/1002.html")
    button = page.locator("#h-shirking_phrase button.play").first
    button.click()
    until(page, "window.qaPlayer.currentTime >= 7.2 && !window.qaPlayer.paused")
    assert button.get_attribute("aria-pressed") == "true"
    until(page, "window.qaPlayer.paused")
    assert page.evaluate("window.qaPlayer.currentTime") < 11
    assert button.get_attribute("aria-pressed") == "false"


def column(page: Any, at: int) -> list[str]:
    return page.locator(f"#agents tbody tr:visible td:nth-child({at})").all_inner_texts()  # type: ignore[no-any-return]


def test_the_agents_can_be_sorted_and_filtered(site: Path, tab: Tab) -> None:
    page = tab.open(site / "index.html")
    page.click("#agents th:nth-child(5) button")
    assert column(page, 1) == ["1001", "1004", "1002", "1003"]
    assert page.locator("#agents th:nth-child(5)").get_attribute("aria-sort") == "descending"
    page.click("#agents th:nth-child(5) button")
    assert column(page, 1) == ["1003", "1002", "1004", "1001"]
    page.fill("#q", "1002")
    assert column(page, 2) == ["李强"]
    page.fill("#q", "")
    page.select_option("#team", "二班")
    assert column(page, 1) == ["1003", "1004"]
    assert page.locator("[data-shown=agents]").inner_text() == "2 / 4"


@pytest.mark.parametrize(
    ("anchor", "calls"),
    [
        ("", ["c01", "c05", "c02", "c03", "c04", "c06"]),
        ("#state=failed", ["c05"]),
        ("#state=review", ["c03", "c04", "c06"]),
        ("#rule=shirking_phrase", ["c02", "c06"]),
        ("#rule=shirking_phrase&agent=1004", ["c06"]),
        ("#undetermined=rhetorical_question", ["c06", "c04"]),
        ("#band=70-80", ["c02"]),
        ("#band=100-101", ["c01"]),
        ("#trust=low", ["c04"]),
        ("#team=%E4%B8%80%E7%8F%AD", ["c01", "c02", "c05"]),
    ],
)
def test_every_number_leads_to_its_calls(site: Path, tab: Tab, anchor: str, calls: list[str]) -> None:
    page = tab.open(site / "calls.html", anchor)
    shown = page.locator("#calls tbody tr:visible td.id").all_inner_texts()
    assert sorted(shown) == sorted(calls)
    assert page.locator(".filters button").count() == anchor.count("=")


def test_numbers_of_the_night_agree_with_the_calls_they_lead_to(site: Path, tab: Tab) -> None:
    page = tab.open(site / "index.html")
    tiles = page.locator(".tiles a").evaluate_all("all => all.map(a => [a.href, a.querySelector('b').textContent])")
    # An SVG link's address is an object; its name ends in the number of calls.
    bars = page.locator(".chart a").evaluate_all(
        "all => all.map(a => [new URL(a.getAttribute('href'), document.baseURI).href,"
        " a.getAttribute('aria-label').match(/(\\d+) 通/)[1]])"
    )
    reasons = page.locator("#h-trust ~ ul.plain a").evaluate_all("all => all.map(a => [a.href, a.textContent])")
    checked = 0
    for href, text in [*tiles[1:5], *bars, *reasons]:
        wanted = int(text.removesuffix("通").strip())
        page.goto(href)
        assert page.locator("#calls tbody tr:visible").count() == wanted, href
        page.goto("about:blank")
        checked += 1
    assert checked >= 12


def test_a_bar_is_clicked_to_its_calls(site: Path, tab: Tab) -> None:
    page = tab.open(site / "index.html")
    page.locator(".chart a").last.click()
    page.wait_for_url("**/calls.html#band=100-101")
    assert page.locator(".filters").inner_text().startswith("总分：100")


def test_a_long_list_shows_more_on_demand_and_filters_all_of_it(tab: Tab, tmp_path: Path) -> None:
    turns = talk([(A, "您好")])
    many = [record(recording(f"n{n:03d}", path="gone.wav"), turns, score(f"n{n:03d}")) for n in range(320)]
    out = built(night_of(many), tmp_path)
    page = tab.open(out / "calls.html")
    shown = page.locator("#calls tbody tr:visible")
    assert shown.count() == 300
    page.fill("#q", "n319")
    assert shown.count() == 1
    page.fill("#q", "")
    page.click(".more-rows")
    assert shown.count() == 320
    assert not page.locator(".more-rows").is_visible()


def test_a_filter_can_be_dropped(site: Path, tab: Tab) -> None:
    page = tab.open(site / "calls.html", "#state=failed")
    page.click(".filters button")
    until(page, "document.querySelectorAll('#calls tbody tr:not([hidden])').length === 6")


def test_hostile_names_and_words_do_nothing(hostile_site: Path, tab: Tab) -> None:
    opened = 0
    for path in sorted(hostile_site.rglob("*.html")):
        page = tab.open(path)
        page.wait_for_timeout(50)
        assert page.evaluate("window.hacked") is None
        opened += 1
    page = tab.open(hostile_site / "calls.html", "#agent=%3Cimg%20src%3Dx%20onerror%3D%22window.hacked%3D1%22%3E")
    assert page.locator("main img").count() == 0
    assert page.evaluate("window.hacked") is None
    assert opened >= 9


def test_a_phone_needs_no_sideways_scrolling(site: Path, chromium: Any) -> None:
    context = chromium.new_context(viewport={"width": 375, "height": 800})
    page = context.new_page()
    for name in ("index.html", "agents/1002.html", "teams", "calls/c02.html", "calls.html", "rules.html"):
        path = next((site / name).glob("*.html")) if name == "teams" else site / name
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 375, name
    context.close()


def test_a_scorecard_prints_on_one_sheet(site: Path, chromium: Any) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto((site / "agents/1002.html").as_uri())
    printed = page.pdf(prefer_css_page_size=True)
    assert re.findall(rb"/Count (\d+)", printed)[-1] == b"1"
    context.close()


def test_pages_can_be_read_without_scripts(site: Path, chromium: Any) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "calls.html").as_uri())
    assert page.locator("#calls tbody tr:visible").count() == 6
    page.goto((site / "calls/c02.html").as_uri())
    assert page.locator(".turn .say").first.inner_text() == "喂，说吧。"
    context.close()

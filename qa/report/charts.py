"""Draws the charts of the pages with pygal: SVG that stands in the page, with its links, colours and words left to us.

Compared for 200 agents' pages that open from disk, print, work in the dark and without a script (figures of November
2026, for one chart of 31 days):

    pygal 3.1 (LGPL, since 2011)      1.3 MB installed, 3 to 7 ms, 7 KB of SVG; CSS classes: dark mode and print for free
    uPlot 1.6, Chart.js 4.6 (MIT)     51 and 210 KB of script; canvas: nothing without a script, to a screen reader or
                                      in another colour scheme until it is drawn again
    ECharts 6.1 (Apache-2.0)          500 KB to 1.1 MB of script; SVG and a description, but nothing without a script
    Vega-Altair with vl-convert       tens of MB installed; colours are written into the SVG, so two drawings for dark mode
    matplotlib 3.11                   the like; and Chinese labels need a font on the machine that draws

pygal adds a script, a style sheet for the whole page and the day's date to what it draws: these are taken out again, so
that pages obey their content security policy, keep their looks and stay as they are while their figures do. Timelines,
waveforms and meters remain ours: no library draws them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from markupsafe import Markup

from qa.report.figures import mark, number

if TYPE_CHECKING:
    from qa.report.night import Bar
    from qa.report.progress import Day

_MOST_LABELS = 12
"""More days than this and only some have their date below them."""
_HATCH = "chart-hatch"


def _pygal() -> Any:
    """pygal without its hook into every later import, for plug-ins that we have none of and in a form Python warns of."""
    import pygal

    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__.partition(".")[0] != "pygal"]
    return pygal


def histogram(bars: Sequence[Bar]) -> Markup:
    """Calls by mark; each bar leads to its calls. Those under the pass mark are hatched as well as red."""
    chart = _pygal().Bar(
        **_PLAIN,
        width=560,
        height=250,
        print_values=True,
        print_values_position="top",
        show_y_guides=False,
        show_y_labels=False,
        spacing=2,
    )
    chart.x_labels = [bar.label for bar in bars]
    chart.add("通数", [{"value": bar.calls, "xlink": _calls_of(bar), "formatter": _count} for bar in bars])

    def finish(root: Element) -> Element:
        links = list(root.iter("a"))
        for bar, link in zip(bars, links, strict=True):
            _lead(link, _calls_of(bar), f"{bar.label} 分 {bar.calls} 通{'' if bar.passed else '，未达标'}")
            (rect,) = link.iter("rect")
            rect.set("class", "bar" if bar.passed else "bar low")
            # Also the empty place above a short bar leads to its calls.
            whole = {"x": rect.attrib["x"], "width": rect.attrib["width"], "y": "0", "height": "100%"}
            link.insert(1, Element("rect", {**whole, "class": "hit"}))
        return root

    return _drawn(chart, finish, "分数分布，每通一票", hatched=True)


def trend(days: Sequence[Day], pass_mark: int, label: str) -> Markup:
    """Marks over days or weeks, with the pass mark. The figures stand in a table beside it."""
    marks = [day.tally.percent for day in days]
    lowest = min((value for value in marks if value is not None), default=0.0)
    floor = max(0, min(int(lowest) // 10 * 10, pass_mark - 10))
    chart = _pygal().Line(
        **_PLAIN, width=900, height=230, range=(floor, 100), show_minor_x_labels=False, dots_size=4, truncate_label=-1
    )
    names = [f"{day.day.month}/{day.day.day}" for day in days]
    chart.x_labels = names
    step = -(-len(names) // _MOST_LABELS)
    chart.x_labels_major = names[::step]
    chart.y_labels = sorted({floor, *range(floor - floor % 10 + 10, 101, 10)})
    chart.add("总分", marks)
    chart.add("合格线", [pass_mark] * len(days), show_dots=False)

    def finish(root: Element) -> Element:
        shown = [day for day in days if day.tally.percent is not None]
        dots = list(root.iter("circle"))
        for day, dot in zip(shown, dots, strict=True):
            passed = (day.tally.percent or 0) >= pass_mark
            dot.set("class", "dot" if passed else "dot low")
            _title(dot, f"{day.day.month}/{day.day.day} {mark(day.tally.percent)} 分，{day.calls} 通")
        return root

    return _drawn(chart, finish, f"{label}，虚线是合格线 {pass_mark}")


_PLAIN: dict[str, Any] = {
    "css": [],
    "js": [],
    "show_legend": False,
    "disable_xml_declaration": True,
    "explicit_size": False,
    "margin": 6,
    "min_scale": 2,
    "no_prefix": True,
}


def _drawn(chart: Any, finish: Callable[[Element], Element], label: str, *, hatched: bool = False) -> Markup:
    chart.uuid = "chart"
    chart.add_xml_filter(lambda root: _cleaned(finish(root), label, hatched=hatched))
    return Markup(chart.render(is_unicode=True))


def _cleaned(root: Element, label: str, *, hatched: bool) -> Element:
    for parent in list(root.iter()):
        for child in list(parent):
            foreign = child.tag in ("desc", "script", "style") or "tooltip" in child.get("class", "")
            if not isinstance(child.tag, str) or foreign or (child.tag == "title" and parent is root):
                parent.remove(child)  # comments with a date, words for pygal's own tooltips
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == "defs" or (child.tag == "g" and not len(child) and not child.text):
                parent.remove(child)
    for name in ("xmlns", "xmlns:xlink", "id"):
        root.attrib.pop(name, None)
    root.set("class", "chart bars" if hatched else "chart")
    root.set("role", "group" if hatched else "img")
    root.set("aria-label", label)
    if hatched:
        root.insert(0, _hatch())
    return root


def _hatch() -> Element:
    defs = Element("defs")
    size = {"width": "6", "height": "6", "patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
    pattern = Element("pattern", {"id": _HATCH, **size})
    pattern.append(Element("rect", {"width": "6", "height": "6", "class": "under"}))
    pattern.append(Element("path", {"d": "M0 0v6", "class": "over"}))
    defs.append(pattern)
    return defs


def _lead(link: Element, address: str, name: str) -> None:
    for key in list(link.attrib):
        del link.attrib[key]
    link.set("href", address)
    link.set("aria-label", name)
    _title(link, name)


def _title(element: Element, text: str) -> None:
    title = Element("title")
    title.text = text
    element.insert(0, title)


def _calls_of(bar: Bar) -> str:
    return f"calls.html#band={bar.band}"


def _count(value: float) -> str:
    return number(value)

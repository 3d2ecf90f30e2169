"""Cards of agents and teams, and how far a mark can be relied on."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import BAD, CHINA, Sample, finding, made_call, night_of, record, recording, sample, score, talk

from qa.model import CallRecord, Tally
from qa.report.cards import Cards
from qa.report.figures import mark, mark_value, minutes, seconds, share
from qa.report.ledger import CLIPS_PER_HABIT, Ledger
from qa.report.names import page_name
from qa.report.night import night_view
from qa.report.standing import RANKED_CALLS, Standing, ranks, standing
from qa.report.view import call_view

_DIMENSIONS = (("NX", "耐心程度"), ("LM", "礼貌程度"), ("GT", "沟通能力"))


def entered(made: Sample) -> tuple[Ledger, Cards]:
    ledger = Ledger()
    for each in made():
        ledger.add(call_view(each), "")
    return ledger, Cards(made.scorecards, ledger)


def test_an_agent_is_the_sum_of_calls_and_failures_do_not_count() -> None:
    _, cards = entered(sample())
    by_id = {card.id: card for card in cards.agents()}
    wang = by_id["1001"]
    assert (wang.call_count, wang.standing.calls, wang.total) == (2, 1, Tally(100, 100))
    assert [row.call_id for row in wang.failed] == ["c05"]
    zhao = by_id["1003"]
    assert (zhao.total, zhao.vetoed_calls, zhao.review_calls) == (Tally(0, 100), 1, 2)
    assert [d.tally.percent for d in zhao.dimensions] == [100, 100, 100], "before veto: for coaching"


def test_an_agent_is_compared_with_the_team() -> None:
    _, cards = entered(sample())
    (li,) = (card for card in cards.agents() if card.id == "1002")
    assert li.group_name == "一班"
    items = {i.name: i for d in li.dimensions for i in d.items}
    assert items["责任承担"].tally.percent == 50
    assert items["责任承担"].group == 75
    assert [h.code for h in items["责任承担"].habits] == ["NX-3.1"]
    assert items["意见征求能力"].tally.percent is None


def test_the_dearest_habits_come_first_with_their_clips() -> None:
    _, cards = entered(sample())
    (li,) = (card for card in cards.agents() if card.id == "1002")
    assert [(h.code, h.points) for h in li.habits] == [
        ("GT-4.1", 8),
        ("LM-2.1", 6),
        ("LM-4.1", 3),
        ("NX-3.1", 3),
        ("LM-1.2", 2),
    ]
    assert [clip.finding.quote for clip in li.habits[0].clips] == ["我不知道", "没办法"]


def test_clips_stay_few_and_come_from_different_calls() -> None:
    ledger, _ = entered(night_of([made_call(n, agents=1) for n in range(60)]))
    assert all(len(habit.clips) <= CLIPS_PER_HABIT for habit in ledger.rules.values())
    busy = ledger.rules["shirking_phrase"]
    assert busy.violated_calls > CLIPS_PER_HABIT
    assert len({clip.call_id for clip in busy.clips}) == CLIPS_PER_HABIT


def test_a_team_is_the_sum_of_its_agents() -> None:
    _, cards = entered(sample())
    teams = {card.id: card for card in cards.teams()}
    assert teams["二班"].total == Tally(0, 100) + Tally(91, 94)
    assert teams["二班"].call_count == 3
    assert teams["一班"].habits[0].code == "GT-4.1"


def test_the_night_counts_every_call_once() -> None:
    ledger, cards = entered(sample())
    view = night_view(sample().night, ledger, tuple(cards.agents()), tuple(cards.teams()), _DIMENSIONS)
    assert (view.calls, view.heard, len(view.failed), view.waiting, view.vetoed, view.unscored) == (6, 5, 1, 3, 1, 1)
    assert view.total.percent == pytest.approx(100 * (100 + 70 + 0 + 91) / (100 + 92 + 100 + 94))
    assert [(bar.label, bar.calls, bar.passed) for bar in view.bars if bar.calls] == [
        ("0–50", 1, False),
        ("70–80", 1, False),
        ("90–100", 1, True),
        ("100", 1, True),
    ]
    assert view.dearest is not None
    assert view.dearest.code == "GT-4.1"


def one_day(day: int, calls: int, wrong: int) -> list[CallRecord]:
    bad = talk(BAD)
    return [
        record(
            recording(f"d{day}-{n}", started_at=datetime(2026, 11, day, 9, n, tzinfo=CHINA)),
            bad,
            score(f"d{day}-{n}", [finding("shirking_phrase", bad, "不归我管")] if n < wrong else []),
        )
        for n in range(calls)
    ]


def test_what_got_better_since_before_is_said() -> None:
    _, cards = entered(night_of([*one_day(1, 5, 4), *one_day(2, 5, 5), *one_day(3, 5, 1)]))
    (card,) = cards.agents()
    (change,) = card.changes
    assert (change.habit.code, change.before, change.after, change.is_better) == ("NX-3.1", 0.9, 0.2, True)
    assert [(day.day.day, day.calls, day.tally.percent) for day in card.days] == [
        (1, 5, 97.6),
        (2, 5, 97),
        (3, 5, 99.4),
    ]


def test_over_weeks_the_last_seven_days_are_compared_and_weeks_begin_on_monday() -> None:
    _, cards = entered(night_of([*one_day(2, 5, 5), *one_day(12, 5, 4), *one_day(15, 5, 1), *one_day(16, 5, 0)]))
    (card,) = cards.agents()
    (change,) = card.changes
    assert (change.before, round(change.after, 2)) == (1.0, 0.33)
    assert [(week.day.day, week.calls) for week in card.weeks] == [(2, 5), (9, 10), (16, 5)]


def test_a_day_of_few_calls_is_not_compared() -> None:
    _, cards = entered(night_of([*one_day(1, 9, 9), *one_day(2, 4, 0)]))
    (card,) = cards.agents()
    assert card.changes == ()


def test_no_rank_on_too_few_calls() -> None:
    few = standing([Tally(90, 100)] * (RANKED_CALLS - 1))
    enough = standing([Tally(80, 100)] * RANKED_CALLS)
    better = standing([Tally(95, 100)] * RANKED_CALLS)
    ranked = ranks([few, enough, better, enough])
    assert [each.rank for each in ranked] == [None, 2, 1, 2]
    assert few.missing_calls == 1
    assert {each.ranked for each in ranked} == {3}


def test_the_interval_is_students_for_equal_denominators() -> None:
    found = standing([Tally(p, 100) for p in (70, 80, 90, 100, 60)])
    # Mean 80, s = 15.811, n = 5, t(4) = 2.776: half width 19.63.
    assert found.low == pytest.approx(80 - 19.63, abs=0.05)
    assert found.high == pytest.approx(80 + 19.63, abs=0.05)


def test_no_interval_on_a_handful_of_calls_and_no_mark_without_any() -> None:
    assert standing([Tally(70, 100)] * 4).low is None
    assert standing([Tally(), Tally()]) == Standing(None, 0, None, None)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 100)).map(lambda t: Tally(min(t), max(t))), min_size=5))
def test_the_interval_holds_the_mark(tallies: list[Tally]) -> None:
    found = standing(tallies)
    assert found.percent is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.percent + 1e-9
    assert found.percent - 1e-9 <= found.high <= 100


@pytest.mark.parametrize(
    ("percent", "shown"),
    [(None, "无数据"), (100, "100"), (99.97, "99.9"), (0, "0"), (0.01, "0.1"), (86.25, "86.2"), (5, "5.0")],
)
def test_a_shown_hundred_is_exactly_a_hundred(percent: float | None, shown: str) -> None:
    assert mark(percent) == shown
    assert mark_value(percent) == (None if percent is None else float(shown))


def test_times_and_shares_read_well() -> None:
    assert minutes(75_400) == "1:15"
    assert minutes(3_675_000) == "1:01:15"
    assert [seconds(12_400), seconds(12_000), seconds(5)] == ["12.4", "12", "0.005"]
    assert [share(1), share(0.999), share(0.001), share(0)] == ["100%", "99%", "1%", "0%"]


@pytest.mark.parametrize("plain", ["1001", "d01_bill_good", "a-b"])
def test_plain_ids_name_their_pages(plain: str) -> None:
    assert page_name(plain) == plain


@given(st.lists(st.text(max_size=80), min_size=2, max_size=20, unique=True))
def test_names_are_safe_and_differ_even_where_capitals_do_not_count(ids: list[str]) -> None:
    names = [page_name(each) for each in ids]
    assert len({name.lower() for name in names}) == len(ids)
    for name in names:
        assert re.fullmatch(r"[A-Za-z0-9_~-]{1,80}", name)


@pytest.mark.parametrize("nasty", ["", ".", "..", "../x", "con", "A1", "工号", "a" * 300, "x.html", "\ud800"])
def test_nasty_ids_get_a_name_of_their_own(nasty: str) -> None:
    name = page_name(nasty)
    assert "~" in name
    assert len(name) < 60

"""Beside a costly habit stands what a colleague said in the same situation, in a call that kept the rule."""

from __future__ import annotations

from pathlib import Path

from conftest import built
from records import A, C, finding, night_of, record, recording, score, talk

from qa.model import CallRecord, Trust, TrustGrade, TurnTrust
from qa.report.cards import Cards
from qa.report.ledger import Ledger
from qa.report.view import call_view

ASKED = "你们怎么乱扣费，我没有订过彩铃。"
WRONG = (
    (A, "您好，请问有什么可以帮您？"),
    (C, ASKED),
    (A, "这个不归我管，你去营业厅问吧。"),
    (C, "好吧。"),
    (A, "再见。"),
)


def wrong() -> CallRecord:
    turns = talk(WRONG)
    return record(recording("w", agent_id="1001"), turns, score("w", [finding("shirking_phrase", turns, "不归我管")]))


def right(call_id: str, asked: str, answer: str, agent_id: str = "1002", **facts: object) -> CallRecord:
    turns = talk(((A, "您好，请问有什么可以帮您？"), (C, asked), (A, answer), (C, "好。"), (A, "感谢您的来电。")))
    return record(recording(call_id, agent_id=agent_id, agent_name="李强"), turns, score(call_id), **facts)


def example(*calls: CallRecord) -> tuple[str, str] | None:
    made = night_of([wrong(), *calls])
    ledger = Ledger()
    for each in made.records:
        ledger.add(call_view(each), "")
    card = next(card for card in Cards(made.scorecards, ledger).agents() if card.id == "1001")
    found = card.examples.get("shirking_phrase")
    return (found.model.call_id, found.said.text) if found else None


ALIKE = "我没有订过彩铃，怎么乱扣费呢？"
GOOD = "非常抱歉，我马上帮您查是怎么订上的。"


def test_the_answer_to_the_most_similar_customer_is_shown() -> None:
    other = right("o", "我想改一下我家的宽带套餐。", "好的，我帮您看一下有哪些套餐。")
    assert example(other, right("r", ALIKE, GOOD)) == ("r", GOOD)


def test_another_situation_is_no_example() -> None:
    assert example(right("o", "我想改一下我家的宽带套餐。", "好的，我帮您看一下有哪些套餐。")) is None


def test_nobody_is_their_own_colleague() -> None:
    assert example(right("r", ALIKE, GOOD, agent_id="1001")) is None


def test_nothing_is_learned_from_words_that_cannot_be_trusted() -> None:
    doubtful = Trust(grade=TrustGrade.LOW, coverage=0.4, confidence=0.3)
    assert example(right("r", ALIKE, GOOD, trust=doubtful)) is None


def test_a_turn_that_was_heard_only_fairly_is_no_wording_to_learn() -> None:
    def heard(grade: TrustGrade) -> Trust:
        turns = tuple(TurnTrust(grade if number == 2 else TrustGrade.HIGH) for number in range(5))
        return Trust(grade=TrustGrade.HIGH, coverage=1.0, confidence=0.9, turns=turns)

    assert example(right("r", ALIKE, GOOD, trust=heard(TrustGrade.MEDIUM))) is None
    assert example(right("r", ALIKE, GOOD, trust=heard(TrustGrade.HIGH))) == ("r", GOOD)


def test_the_order_of_the_calls_does_not_matter() -> None:
    calls = [right(f"r{n}", ALIKE, GOOD + "请稍等。" * n) for n in range(4)]
    assert example(*calls) == example(*reversed(calls))


def test_the_page_leads_to_the_colleagues_second_and_hides_numbers(tmp_path: Path) -> None:
    made = night_of([wrong(), right("r", ALIKE, "非常抱歉，是幺三八零零幺三八零零零这个号码吗？")])
    page = (built(made, tmp_path) / "agents/1001.html").read_text(encoding="utf-8")
    assert 'href="../calls/r.html#t=' in page
    assert "非常抱歉，是***********这个号码吗？" in page

"""The shipped lexicons find what they should, spare what is innocent, and keep their borders."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from qa.judge.dialogue import Dialogue, call_of
from qa.judge.lexicons import Lexicons, read_lexicons
from qa.judge.matching import Ear, Match
from qa.judge.problems import RubricProblem
from qa.judge.view import View
from qa.model import Role
from qa.span import Span

ROOT = Path(__file__).resolve().parents[1]
COSTLY = (
    "forbidden",
    "impatient",
    "shirking",
    "negative",
    "rhetorical",
    "arguing",
    "imperative",
    "over_promise",
    "password_request",
    "profanity",
    "suggest_cancel",
)
"""A hit of the agent in one of these costs points; `unsure` costs only when it comes three times."""
REPORTED_MS = 600
"""So shortly before a finding the rubric's rules excuse what others are said to have said."""
OF_CUSTOMER = (
    "complaint",
    "anger",
    "leave",
    "customer_wait",
    "customer_gives_up",
    "wants_offer",
    "waited",
    "no_more_needs",
)
POLITE = [
    "greeting",
    "offer_help",
    "self_introduction",
    "further_help",
    "closing",
    "farewell",
    "thanks",
    "wish",
    "apology",
    "empathy",
    "calming",
    "take_charge",
    "soothing",
    "retention_ask",
    "retention_offer",
    "hold_notice",
    "hold_thanks",
    "silent_ending",
    "care",
    "consent",
    "solution_offer",
    "concrete_offer",
    "ticket_registered",
    "ticket_number",
    "clock_morning",
    "clock_afternoon",
    "clock_evening",
]
LEAST_RECALL = 0.95
"""Of the sentences in lexicon_sentences.txt; the rest are border cases that are better missed than guessed."""


@cache
def lexicons() -> Lexicons:
    problems: list[RubricProblem] = []
    read, _ = read_lexicons(ROOT / "rubrics" / "lexicons.yaml", problems)
    assert problems == []
    return read


def found(lexicon: str, sentence: str, ear: Ear = Ear.OFF) -> tuple[Match, ...]:
    customer = lexicon in OF_CUSTOMER
    call = call_of(Dialogue(lines=(f"{'客户' if customer else '坐席'}:{sentence}",)))
    return lexicons().of(lexicon).find(View(call), Role.CUSTOMER if customer else Role.AGENT, ear)


def costly(sentence: str, ear: Ear = Ear.STRICT) -> dict[str, str]:
    """Lexicon → what of it would cost points, less what the rules excuse where they find it (test_rubrics.py)."""
    others = [match.span for match in found("reported", sentence)]
    unsure = [match.span for match in found("no_promise", sentence)]
    hits = {}
    for name in COSTLY:
        excused = others + (unsure if name == "over_promise" else [])
        near = [Span(span.start_ms, span.end_ms + REPORTED_MS) for span in excused]
        left = [match for match in found(name, sentence, ear) if not any(map(match.span.overlaps, near))]
        if left:
            hits[name] = left[0].quote
    return hits


class Told(NamedTuple):
    agent: bool
    must: frozenset[str]
    may: frozenset[str]
    never: frozenset[str]
    text: str


def sentences() -> Iterator[Told]:
    for line in (ROOT / "tests" / "lexicon_sentences.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            who, names, text = line.split("|", 2)
            labels = [name for name in names.split(",") if name]
            never = frozenset(name[1:] for name in labels if name.startswith("-"))
            wanted = [name for name in labels if not name.startswith("-")]
            must = frozenset(name for name in wanted if not name.endswith("?"))
            yield Told(who == "A", must, frozenset(name.rstrip("?") for name in wanted), never, text)


def examples(side: str) -> list[tuple[str, str]]:
    return [
        (name, sentence)
        for name, lexicon in lexicons().by_name.items()
        if lexicon.examples
        for sentence in (lexicon.examples.hit if side == "hit" else lexicon.examples.miss)
    ]


@pytest.mark.parametrize(("lexicon", "sentence"), examples("hit"))
def test_a_lexicon_finds_its_examples(lexicon: str, sentence: str) -> None:
    assert found(lexicon, sentence)


@pytest.mark.parametrize(("lexicon", "sentence"), examples("miss"))
def test_a_lexicon_spares_what_is_nearly_the_same(lexicon: str, sentence: str) -> None:
    assert not found(lexicon, sentence)


def test_every_lexicon_is_proved_by_four_hits_and_four_near_misses() -> None:
    few = [
        name
        for name, lexicon in lexicons().by_name.items()
        if lexicon.examples is None or len(lexicon.examples.hit) < 4 or len(lexicon.examples.miss) < 4
    ]
    assert few == []


def test_no_phrase_is_written_twice_in_a_lexicon() -> None:
    for name, lexicon in lexicons().by_name.items():
        written = [pattern.source for pattern in (*lexicon.phrases, *lexicon.exact)]
        assert len(written) == len(set(written)), name


SAID_WRONG = [
    # 规范用语“不可以说”
    ("forbidden", "喂,说话呀!"),
    ("forbidden", "喂,说吧!"),
    ("forbidden", "喂,说话呀!再不说话我就挂了啊!"),
    ("forbidden", "喂,大声一点儿!"),
    # 规范用语“负面语言”
    ("negative", "我不能给您办"),
    ("negative", "我不会做"),
    ("negative", "这不是我应该做的"),
    ("negative", "我想我做不了"),
    # 讲义“不应该”
    ("negative", "可能没问题"),
    ("negative", "这个问题我处理不了"),
    ("unsure", "我不太清楚"),
    ("shirking", "这不是我负责的"),
    ("shirking", "跟我们部门没关系"),
    # 公开的服务忌语表
    ("forbidden", "你问我,我问谁"),
    ("forbidden", "不会用就别用"),
    ("forbidden", "这么简单都不知道"),
    ("forbidden", "有没有搞错"),
    ("forbidden", "有本事你投诉我"),
    ("forbidden", "您找领导去"),
    ("forbidden", "我就这态度,你又能怎样"),
    ("forbidden", "你不要说话,听我讲完"),
    ("forbidden", "你要投诉就去投诉"),
    ("forbidden", "那你自己想办法"),
    ("impatient", "你真啰嗦"),
    ("impatient", "刚才不是告诉你了吗"),
    ("impatient", "你到底有没有听我讲"),
    ("impatient", "你听清楚没"),
    ("impatient", "你快点讲"),
    ("impatient", "慢慢讲,急什么"),
    ("impatient", "我正忙着呢"),
    ("impatient", "我要下班了"),
    ("impatient", "有完没完"),
    ("shirking", "这事不归我管"),
    ("shirking", "不是我受理的"),
    ("rhetorical", "你怎么不早说"),
    ("rhetorical", "怪谁啊"),
    ("arguing", "你肯定弄错了"),
    ("arguing", "你说的不对"),
    ("arguing", "公司是绝对不会出错的"),
    ("arguing", "别跟我狡辩"),
    ("imperative", "你必须按合同来"),
    ("imperative", "你应该早点来"),
    ("over_promise", "我保证百分之百给你解决"),
    ("profanity", "脑子有病"),
]


@pytest.mark.parametrize(("lexicon", "sentence"), SAID_WRONG)
def test_what_the_training_material_forbids_is_found(lexicon: str, sentence: str) -> None:
    assert found(lexicon, sentence)


SAID_RIGHT = [
    ("greeting", "您好,欢迎致电客户服务热线,客服代表一零零一号很高兴为您服务,请问有什么可以帮助您!"),
    ("offer_help", "您好,请问有什么可以帮到您?"),
    ("self_introduction", "您好,我是小李,很高兴为您服务"),
    ("apology", "先生非常抱歉,我没听清楚,请您再重复一遍,好吗?"),
    ("ask_repeat", "先生非常抱歉,我没听清楚,请您再重复一遍,好吗?"),
    ("hold_thanks", "女士,谢谢您的耐心等待"),
    ("hold_notice", "系统正在查证当中,很快就好了"),
    ("thanks", "感谢您使用我们的产品"),
    ("apology", "对不起,给您添麻烦了"),
    ("further_help", "请问还需要其它服务吗?"),
    ("closing", "感谢您使用中国电信业务"),
    ("wish", "祝您生活愉快"),
    ("silent_ending", "对不起,您的电话没有声音,请您换一部电话再次打来,好吗?再见!"),
    ("apology", "对不起,您的声音太小,请您拿起话筒说话好吗?"),
    ("apology", "对不起!请您大声一点,好吗?"),
    ("silent_ending", "对不起,您的电话杂音太大,听不清,请您换一部电话再次打来好吗?再见!"),
    ("apology", "对不起,请您讲普通话,好吗?谢谢!"),
    ("thanks", "对不起,请您找一个可以讲普通话的人来,好吗?谢谢!"),
    ("empathy", "您的心情我非常理解,给您的使用添麻烦了"),
    ("apology", "系统升级给您造成的不便我代表中国电信向您表示歉意"),
    ("thanks", "非常感谢您对中国电信的支持和理解"),
    ("consent", "您看我们这样做可以吗?"),
    ("care", "今天天气转冷了,请外出时多加件衣服"),
    ("ticket_number", "请您保存好服务单号"),
]


@pytest.mark.parametrize(("lexicon", "sentence"), SAID_RIGHT)
def test_regulated_wording_is_recognised_and_costs_nothing(lexicon: str, sentence: str) -> None:
    assert found(lexicon, sentence)
    assert costly(sentence) == {}


def test_nothing_polite_costs_points() -> None:
    wrong = {
        sentence: hits
        for name in POLITE
        for sentence in lexicons().by_name[name].examples.hit  # type: ignore[union-attr]
        if (hits := costly(sentence))
    }
    assert wrong == {}


def test_no_costly_lexicon_finds_another_ones_near_misses_by_sound() -> None:
    wrong = {
        sentence: quotes
        for name in COSTLY
        for sentence in lexicons().by_name[name].examples.miss  # type: ignore[union-attr]
        if (quotes := [match.quote for match in found(name, sentence, Ear.STRICT)])
    }
    assert wrong == {}


def test_innocent_sentences_cost_nothing() -> None:
    wrong = {
        told.text: hits
        for told in sentences()
        if told.agent and not told.may and not told.never and (hits := costly(told.text, Ear.OFF))
    }
    assert wrong == {}


def test_innocent_customers_are_not_taken_to_complain_or_to_leave() -> None:
    wrong = {
        told.text: name
        for told in sentences()
        if not told.agent and not told.may
        for name in OF_CUSTOMER[:-2]
        if found(name, told.text)
    }
    assert wrong == {}


def test_no_lexicon_finds_what_only_looks_like_it() -> None:
    wrong = [(name, told.text) for told in sentences() for name in told.never if found(name, told.text)]
    assert wrong == []


def test_a_sentence_is_charged_to_one_rule_only() -> None:
    twice = {
        told.text: others
        for told in sentences()
        if told.agent and told.may and (others := set(costly(told.text, Ear.OFF)) - told.may)
    }
    assert twice == {}


def test_lexicons_know_sentences_they_were_not_written_for() -> None:
    asked = [(name, told.text) for told in sentences() for name in sorted(told.must)]
    missed = [(name, text) for name, text in asked if not found(name, text)]
    assert len(asked) > 400
    assert 1 - len(missed) / len(asked) >= LEAST_RECALL, missed


@pytest.mark.parametrize(
    "reminder",
    [
        "请不要把验证码告诉任何人",
        "密码请不要泄露",
        "请您在电话键盘上输入服务密码",
        "我帮您重置服务密码",
        "我们不会向您索要密码",
        "收到验证码以后您在页面上输入就可以了",
    ],
)
def test_a_reminder_to_keep_a_password_is_no_request_for_it(reminder: str) -> None:
    assert not found("password_request", reminder, Ear.STRICT)

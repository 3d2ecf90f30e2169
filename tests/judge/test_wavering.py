"""What the recogniser wavered to counts as a second witness: enough to spare, never alone enough to cost."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from dialogue import dialogue

from qa.judge.matching import Ear, Match, Phrases
from qa.judge.pattern import parse
from qa.judge.view import View
from qa.model import Alternative, Call, Role
from qa.span import Span


def wavered(call: Call, *instead: tuple[str, str], role: Role = Role.AGENT) -> Call:
    """The call, its recogniser having hesitated between these words of the party and others."""
    found = []
    for heard, text in instead:
        words = [word for turn in call.turns_of(role) for word in turn.words]
        letters = "".join(word.text[0] for word in words)
        first = letters.index(heard)
        span = Span(words[first].span.start_ms, words[first + len(heard) - 1].span.end_ms)
        found.append(Alternative(span, heard, text, 0.5))
    return msgspec.structs.replace(call, alternatives={role: tuple(sorted(found, key=lambda one: one.span))})


def heard(phrases: Phrases | str, text: str, ear: Ear, *instead: tuple[str, str]) -> tuple[Match, ...]:
    looked_for = Phrases(patterns=(parse(phrases),)) if isinstance(phrases, str) else phrases
    return looked_for.find(View(wavered(dialogue([f"坐席：{text}"]), *instead)), Role.AGENT, ear)


def test_a_generous_ear_takes_the_recognisers_second_text_for_said() -> None:
    """感谢您的来电 is due at the end; 来电 became 晚安, which sounds like nothing of the kind."""
    text, instead = "好的感谢您的晚安再见", ("晚安", "来电")
    assert heard("感谢您的来电", text, Ear.GENEROUS) == ()
    (match,) = heard("感谢您的来电", text, Ear.GENEROUS, instead)
    assert (match.quote, match.near) == ("感谢您的晚安", "感谢您的来电")
    assert (match.start, match.end) == (2, 8)


@pytest.mark.parametrize(
    ("written", "instead", "strict"),
    [
        ("你去营业厅吻吧", ("吻", "问"), True),  # sounds alike to any ear
        ("你去银叶厅问吧", ("银叶", "营业"), True),  # yín yè and yíng yè: only a normal ear would not tell them apart
        ("你去那边问吧", ("那边", "营业厅"), False),  # the recogniser's word alone
        ("你去菜市场问吧", ("菜市场", "营业厅"), False),
    ],
)
def test_a_strict_ear_wants_the_sound_as_second_witness(written: str, instead: tuple[str, str], strict: bool) -> None:
    assert bool(heard("你去营业厅问吧", written, Ear.STRICT, instead)) is strict
    assert heard("你去营业厅问吧", written, Ear.GENEROUS, instead)


def test_the_second_witness_makes_a_strict_ear_hear_what_it_would_not() -> None:
    text = "你去银叶厅问吧"
    assert heard("你去营业厅问吧", text, Ear.STRICT) == ()
    (match,) = heard("你去营业厅问吧", text, Ear.STRICT, ("银叶", "营业"))
    assert (match.quote, match.near) == (text, "你去营业厅问吧")


def test_sound_alone_still_costs_nothing_where_the_recogniser_wavered_to_something_else() -> None:
    assert heard("你去营业厅问吧", "你去银叶厅问吧", Ear.STRICT, ("银叶", "银色")) == ()


@pytest.mark.parametrize("ear", [Ear.OFF, Ear.NORMAL])
def test_other_ears_hear_what_they_heard(ear: Ear) -> None:
    assert heard("感谢您的来电", "感谢您的晚安", ear, ("晚安", "来电")) == ()


def test_a_short_phrase_that_would_be_cut_out_of_words_costs_nothing() -> None:
    assert heard("你等着", "李等着", Ear.STRICT, ("李", "你"))
    assert heard("你等着", "李等着急", Ear.STRICT, ("李", "你")) == ()


@pytest.mark.parametrize(
    ("phrase", "text", "instead"),
    [
        ("我不知道", "我一知道", ("一", "不")),
        ("有问题", "没问题", ("没", "有")),
        ("可以办理", "可以不办理", ("不", "")),
    ],
)
def test_an_alternative_that_says_the_opposite_is_not_heard(phrase: str, text: str, instead: tuple[str, str]) -> None:
    assert heard(phrase, text, Ear.GENEROUS, instead) == ()
    assert heard(phrase, text, Ear.STRICT, instead) == ()


def test_an_exception_in_the_second_text_spares() -> None:
    phrases = Phrases(patterns=(parse("处理不了"),), excepts=(parse("如果…处理不了"),))
    text, instead = "鱼果我处理不了再找您", ("鱼果", "如果")
    assert heard(phrases, text, Ear.STRICT, ("鱼果", "结果"))
    assert heard(phrases, text, Ear.STRICT, instead) == ()


def test_an_exception_in_the_second_text_takes_nothing_from_what_was_said_as_due() -> None:
    phrases = Phrases(patterns=(parse("请稍等"),), excepts=(parse("不用请稍等"),))
    assert heard(phrases, "布用请稍等", Ear.GENEROUS, ("布", "不"))


def test_a_phrase_and_its_exception_in_one_second_text_are_no_phrase() -> None:
    phrases = Phrases(patterns=(parse("核对好了"),), excepts=(parse("还要核对好了"),))
    assert heard(phrases, "还要合起来了", Ear.GENEROUS, ("合起来", "核对好")) == ()


def test_what_stands_to_the_letter_outranks_the_second_text() -> None:
    phrases = Phrases(patterns=(parse("感谢您的来电"), parse("感谢您的耐心")))
    (match,) = heard(phrases, "感谢您的来电", Ear.GENEROUS, ("来电", "耐心"))
    assert (match.quote, match.near) == ("感谢您的来电", "")


def test_what_sounds_like_the_phrase_is_found_once() -> None:
    (match,) = heard("感谢您的来电", "感谢您的来店", Ear.GENEROUS, ("店", "电"))
    assert match.near == "感谢您的来电"


def test_one_alternative_is_read_at_a_time() -> None:
    text, both = "谢谢你的晚安", (("谢谢", "感谢"), ("晚安", "来电"))
    assert heard("感谢你的来电", text, Ear.GENEROUS, *both) == ()
    assert heard("感谢你的来电", "感谢你的晚安", Ear.GENEROUS, both[1])


def test_the_phrase_must_hold_what_wavered() -> None:
    """What stands beside it is in the best text as well, where it was not heard for a reason."""
    phrases = Phrases(patterns=(parse("来电"),), excepts=(parse("不是来电"),))
    assert heard(phrases, "不是来电再见", Ear.GENEROUS, ("再", "在")) == ()


@pytest.mark.parametrize(
    ("phrase", "found"), [("^来电", False), ("来电$", True), ("的来电$", True), ("^您的来电", False)]
)
def test_ends_are_ends_of_the_turn_and_not_of_the_context(phrase: str, found: bool) -> None:
    text = "这是一句说了很久很久很久很久很久才说到感谢您的晚安"
    assert bool(heard(phrase, text, Ear.GENEROUS, ("晚安", "来电"))) is found
    assert heard(phrase, text + "然后又说了很久很久很久很久很久很久", Ear.GENEROUS, ("晚安", "来电")) == ()


@pytest.mark.parametrize(
    ("text", "instead"),
    [("感谢您来电", ("您", "您的")), ("感谢您的的来电", ("的的", "的")), ("感谢您啊啊的来电", ("啊啊", ""))],
)
def test_syllables_put_in_or_left_out_are_found_in_their_place(text: str, instead: tuple[str, str]) -> None:
    phrases = Phrases(patterns=(parse("谢您的来"),))
    (match,) = heard(phrases, text, Ear.GENEROUS, instead)
    assert match.quote == text[1:-1]
    assert match.near == "谢您的来"


def test_each_party_has_its_own_second_texts() -> None:
    call = wavered(dialogue(["坐席：感谢您的晚安", "客户：感谢您的晚安"]), ("晚安", "来电"), role=Role.CUSTOMER)
    phrases = Phrases(patterns=(parse("感谢您的来电"),))
    assert phrases.find(View(call), Role.AGENT, Ear.GENEROUS) == ()
    (match,) = phrases.find(View(call), Role.CUSTOMER, Ear.GENEROUS)
    assert match.span.start_ms >= call.turns[1].span.start_ms


def test_second_texts_that_lead_nowhere_change_nothing() -> None:
    text: Any = "您好请问有什么可以帮您感谢您的来电"
    for ear in Ear:
        plain = heard("感谢您的来电", text, ear)
        assert heard("感谢您的来电", text, ear, ("什么", "啥"), ("帮您", "办")) == plain
        assert plain


def test_the_phrase_is_named_without_what_was_said_in_its_gap() -> None:
    (match,) = heard("我…6处理不了", "我这边真的处理不料", Ear.GENEROUS, ("料", "了"))
    assert match.near == "我处理不了"


def test_a_phrase_put_in_as_a_whole_has_no_words_to_quote_and_is_left() -> None:
    assert heard("来电", "感谢您再见", Ear.GENEROUS, ("您", "您来电")) == ()
    assert heard("您来电", "感谢您再见", Ear.GENEROUS, ("您", "您来电"))

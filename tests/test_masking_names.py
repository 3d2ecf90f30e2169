"""Customers' names are hidden where the rubric says so; agents' own names and ordinary words are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from masked_forms import SHOWN, Said, hidden_forms

from qa.masking import MASK, Veil


def shown_and_wanted(said: Said) -> list[tuple[str, str, str]]:
    """(raw, shown, wanted) of each turn."""
    wanted, raws = [], []
    for _, marked in said.turns:
        raw = hidden = ""
        inside = False
        for char in marked:
            if char in "{}":
                inside = char == "{"
                continue
            raw += char
            hidden += MASK if inside and char not in " -，" else char
        raws.append(raw)
        wanted.append(hidden)
    shown = Veil(raws, speakers=[role for role, _ in said.turns]).turns
    return list(zip(raws, shown, wanted, strict=True))


@pytest.mark.parametrize("kind", list(hidden_forms()))
def test_nearly_every_form_is_hidden_whole(kind: str) -> None:
    forms = hidden_forms()[kind]
    missed = [
        (raw, shown)
        for said in forms
        for raw, shown, wanted in shown_and_wanted(said)
        if any(w == MASK != s for s, w in zip(shown, wanted, strict=True))
    ]
    assert len(missed) <= 0.02 * len(forms), missed[:10]


@pytest.mark.parametrize("kind", list(SHOWN))
def test_what_identifies_nobody_is_shown(kind: str) -> None:
    wrong = [(raw, shown) for said in SHOWN[kind] for raw, shown, _ in shown_and_wanted(said) if raw != shown]
    assert len(wrong) <= 0.02 * len(SHOWN[kind]), wrong[:10]


def test_names_stay_where_nobody_asked_to_hide_them() -> None:
    assert Veil(("我姓王", "王女士您好")).turns == ("我姓王", "王女士您好")


def test_a_name_once_given_is_hidden_wherever_it_is_said() -> None:
    veil = Veil(("机主叫崔海燕", "崔海燕是您什么人", "崔女士"), speakers=("customer", "agent", "agent"))
    assert veil.turns == ("机主叫***", "***是您什么人", "*女士")
    assert veil.text("客户提到“崔海燕”") == "客户提到“***”"


def test_how_a_name_is_written_is_hidden_with_it() -> None:
    veil = Veil(("请问贵姓", "姓骆，骆驼的骆", "免贵姓邵，召耳邵"), speakers=("agent", "customer", "customer"))
    assert veil.turns[1:] == ("姓*，*驼的*", "免贵姓*，***")


def test_where_nobody_knows_who_speaks_every_name_counts_as_a_customers() -> None:
    assert Veil(("我姓王",), speakers=("unknown",)).turns == ("我姓*",)


@given(st.lists(st.text(alphabet="我姓王李小明叫是机主女士先生的您贵？。好", max_size=20), max_size=5))
def test_hiding_names_keeps_lengths_and_other_characters(turns: list[str]) -> None:
    shown = Veil(turns, speakers=["customer", "agent", "unknown", "customer", "agent"][: len(turns)]).turns
    for raw, seen in zip(turns, shown, strict=True):
        assert len(raw) == len(seen)
        assert all(a == b or b == MASK for a, b in zip(raw, seen, strict=True))


@pytest.mark.parametrize(
    ("turns", "surname"),
    [
        (("请问您贵姓", "免贵姓骆"), "骆"),
        (("请问您贵姓", "骆。"), "骆"),
        (("您好", "我叫骆小明，要投诉"), "骆"),
        (("您好", "我叫欧阳明，要投诉"), "欧阳"),
        (("您好", "骆女士要投诉"), "骆"),
    ],
)
@pytest.mark.parametrize(
    "frame", ["客户说了姓“{}”（“{}”），坐席没有用姓氏称呼", "客户姓{}：“{}”", "没有称呼（{}）：“{}”"]
)
def test_no_message_tells_the_surname(turns: tuple[str, str], surname: str, frame: str) -> None:
    veil = Veil(turns, speakers=("agent", "customer"))
    message = frame.format(surname, turns[1])
    assert surname not in veil.message(message, turns[1])
    assert veil.message(message, "").count(MASK) >= 2 * len(surname)
    assert Veil(turns).message(message, turns[1]) == message


def test_a_surname_that_is_a_word_is_hidden_only_as_a_surname() -> None:
    veil = Veil(("请问您贵姓", "姓高"), speakers=("agent", "customer"))
    assert veil.text("话费“太高”，高了十块") == "话费“太高”，高了十块"


def test_a_quote_of_two_turns_hides_what_each_hides() -> None:
    veil = Veil(("贵姓", "嗯", "骆", "您好"), speakers=("agent", "customer", "customer", "agent"))
    assert veil.text("嗯骆") == "嗯*"
    assert veil.text("嗯 骆") == "嗯 *"


def test_a_customer_whom_an_agent_asks_for_is_not_taken_for_the_agent() -> None:
    for said in (
        Said(
            (
                ("agent", "您好，请问这里是{王建国}家吗"),
                ("customer", "对，我是{王建国}"),
                ("agent", "您是机主{王建国}本人吗"),
            )
        ),
        Said((("agent", "我是{王建国}先生的客户经理吗"), ("customer", "我叫{王建国}"))),
        Said((("agent", "这里是{王建国}吗"), ("customer", "我就是{王建国}"))),
    ):
        for _, shown, wanted in shown_and_wanted(said):
            assert shown == wanted


def test_a_customer_may_be_called_like_the_agent() -> None:
    for said in (
        Said((("agent", "我是客服小李"), ("customer", "你好，我是{李}女士"))),
        Said((("agent", "我是客服小李"), ("customer", "我姓{李}"))),
        Said((("agent", "我是客服小李"), ("customer", "机主是我爱人，姓{李}，{李}先生您好"))),
        Said((("agent", "我叫李敏"), ("customer", "叫我{李}女士就行"), ("agent", "机主姓{李}吗"))),
    ):
        for raw, shown, wanted in shown_and_wanted(said):
            assert shown == wanted, raw

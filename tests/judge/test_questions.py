"""Questions are told by their form, and repeated ones by what they ask for."""

from __future__ import annotations

import pytest
from dialogue import dialogue

from qa.judge.pattern import normal
from qa.judge.questions import asks, ends_with_question, questions_of, same_question
from qa.judge.view import View
from qa.model import Role


@pytest.mark.parametrize(
    "text",
    [
        "请问有什么可以帮您",
        "您贵姓",
        "能不能改",
        "是新装还是移机",
        "有没有身份证",
        "那什么时候能来",
        "您方便接听吗",
        "积分怎么兑换",
        "几号生效",
        "一共多少钱",
        "那流量呢",
        "您是否本机操作",
        "您重启过没有",
        "灯是啥颜色",
        "这个咋办理",
        "编号是几",
        "您是机主本人吧",
        "您用的是联通的还是移动的",
    ],
)
def test_a_question_is_a_question(text: str) -> None:
    assert asks(normal(text))


@pytest.mark.parametrize(
    "text",
    [
        "没什么问题",
        "几天之内会有人联系您",
        "不管多少都可以",
        "有什么问题可以随时联系我们",
        "我还是想用原来的",
        "我帮您看看是什么原因",
        "好的我知道了",
        "怎么都行",
        "我正在给您查呢",
        "系统还没恢复呢",
        "我们这就走吧",
    ],
)
def test_a_question_word_alone_asks_nothing(text: str) -> None:
    assert not asks(normal(text))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("请问您的地址在哪里，您要多大的带宽，有没有身份证？", 3),
        ("请问您的地址在哪里您要多大的带宽有没有身份证", 3),
        ("您是什么时候发现有什么问题的吗", 1),
        ("好的，请稍等。", 0),
    ],
)
def test_questions_are_counted_with_and_without_punctuation(text: str, count: int) -> None:
    assert len(questions_of(View(dialogue([f"坐席：{text}"])), Role.AGENT)) == count


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("请问您的地址在哪里", "您的地址是在哪里", True),
        ("您家地址是什么", "请问您的地址在哪里", True),
        ("请您报一下手机号码", "您的手机号码是多少", True),
        ("您的手机号码是多少", "您的受机号码是多少", True),
        ("您的手机号码是多少", "您的身份证号码是多少", False),
        ("要办理吗", "要取消吗", False),
        ("请问您贵姓", "您贵姓", True),
        ("请问怎么称呼您", "您贵姓", True),
        ("您住在哪里", "您的地址是什么", True),
        ("您的证件号码是多少", "身份证号报一下", True),
    ],
)
def test_the_same_question_is_known_in_other_words(one: str, other: str, same: bool) -> None:
    assert same_question(normal(one), normal(other)) is same
    assert same_question(normal(other), normal(one)) is same


def test_a_turn_that_ends_in_a_question_waits_for_an_answer() -> None:
    view = View(dialogue(["坐席：好的，请问您的账号是多少？", "客户：嗯", "坐席：账号多少，我看一下"]))

    assert ends_with_question(view, 0)
    assert not ends_with_question(view, 2)

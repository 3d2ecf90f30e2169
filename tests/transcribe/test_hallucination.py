"""What nobody said is taken out; what somebody said stays."""

from __future__ import annotations

import pytest

from qa.model import Word
from qa.span import Span
from qa.transcribe.hallucination import invented
from qa.transcribe.simplified import simplify


def words(text: str, *, each_ms: int = 200) -> list[Word]:
    """One word for each character; punctuation hangs on the one before."""
    found: list[Word] = []
    for c in text:
        if c.isalnum() or not found:
            at = len(found) * each_ms
            found.append(Word(c, Span(at, at + each_ms), 0.9))
        else:
            found[-1] = Word(found[-1].text + c, found[-1].span, 0.9)
    return found


def kept(text: str) -> str:
    said = words(text)
    for part, _ in reversed(invented(said)):
        del said[part]
    return "".join(word.text for word in said)


@pytest.mark.parametrize(
    ("heard", "left"),
    [
        ("好的,字幕由Amara.org社区提供", "好的,"),
        ("请不吝点赞 订阅 转发 打赏支持明镜与点点栏目", ""),
        ("再见。谢谢观看", "再见。"),
        ("优优独播剧场——YoYo Television Series Exclusive", ""),
        ("中文字幕志愿者", ""),
        ("以下是普通话的句子。您好", "您好"),
        ("好的好的好的好的好的再见", "好的再见"),
        ("零零零零零零零零零八", "零八"),
        ("请您稍等一下请您稍等一下请您稍等一下", "请您稍等一下"),
    ],
)
def test_credits_and_loops_go(heard: str, left: str) -> None:
    assert kept(heard) == left


@pytest.mark.parametrize(
    "said",
    [
        "好好好,我知道了",
        "对对对,就是这样",
        "号码是一三八零零零零五五五五",
        "您可以在手机上订阅这个套餐,也可以点赞",
        "电视上没有字幕怎么办",
        "谢谢您的观看体验反馈,感谢您的来电,再见",
        "改不了改不了,算了算了",
        "好的好的好的",
        "感谢您的收听,请问还有什么可以帮您",
        "我在明镜路的营业厅",
    ],
)
def test_what_people_say_stays(said: str) -> None:
    assert kept(said) == said


def test_each_removal_has_its_reason() -> None:
    assert [reason for _, reason in invented(words("谢谢观看改改改改改改"))] == ["hallucination", "loop"]


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("請問您貴姓?", "请问您贵姓？"),
        ("１８９号ＡＢ", "189号AB"),
        (" 好的, ", "好的，"),
        ("您好。", "您好。"),
        ("「話費」", "「话费」"),
    ],
)
def test_text_is_simplified_and_half_width(heard: str, written: str) -> None:
    assert simplify(heard) == written

"""Numbers of people are hidden, however they are written or said; prices, dates and hotlines are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluate import Evaluation
from qa.evaluate.compare import Wrong
from qa.evaluate.table import as_json, as_text
from qa.masking import Veil, mask, mask_turns

HIDDEN = (
    "我的号码是{13800138000}",
    "您打{138 0013 8000}这个电话",
    "{138-0013-8000}",
    "{13800138000}",
    "{幺三八零零幺三八零零零}",
    "{一三八零零一三八零零零}",
    "{幺三八，零零幺三，八零零零}",
    "{幺三八、零零、幺三、八零、零零}对吧",
    "{一，三，八，零，零，幺，三，八，零，零，零}",
    "{妖三八零零妖三八零零零}",
    "{幺三八，嗯，零零幺三，八零零零}",
    "固话{0571-88881234}",
    "固话{零五七幺，八八八八，幺二三四}",
    "小灵通{88881234}",
    "身份证{330102199001011234}",
    "身份证{33010219900101123X}",
    "{330102，19900101，1234}",
    "卡号{6222021001112223334}",
    "卡号{6222 0210 0111 2223 334}",
    "{六二二二零二幺零零幺幺幺二二二三三三四}",
    "宽带账号{057188881234}",
    "验证码是{456789}",
    "验证码{四五六七八九}",
    "密码是{1234}呢",
    "尾号{8000}的手机",
    "身份证后四位{幺二三四}",
    "后六位是{011234}",
    "我住幸福路{128}号",
    "{3}栋{2}单元{501}室",
    "三里屯小区{十二}号楼",
    "{二十三}单元",
    "{十}号楼",
    "{三三零一零二一九九零零一}{要}，{二三四}，",
)
SHOWN = (
    "套餐有19、29、39、59元",
    "从100、200、300里选",
    "每个月五十九块钱",
    "流量1024兆，语音500分钟",
    "您拨打10086或者10000",
    "投诉可以打12300",
    "今天是2026年11月2日",
    "每月1号出账",
    "一百二十三万四千五百六十七元",
    "二零二六年三月",
    "一五一十",
    "我要一二三",
    "工号1001为您服务",
    "密码重置好了，还有1024兆流量",
    "验证码有效期是5分钟",
    "验证码发到您手机了，请在60秒内输入",
    "一方面，二来，三者",
    "十二点三十五分",
    "降到百分之三十",
    "我在一楼等您",
    "您稍等一下",
    "三三两两",
    "预存100送100",
    "2.5元一条",
    "第一，第二，第三",
    "五八折",
    "网速有100兆、200兆、300兆、500兆",
    "前面有三四个人",
    "1小时30分",
    "一共要三个，要五十九元",
)


def _expected(marked: str) -> tuple[str, str]:
    raw, hidden, inside = "", "", False
    for char in marked:
        if char in "{}":
            inside = char == "{"
            continue
        raw += char
        hidden += "*" if inside and (char.isdigit() or char in "零一二三四五六七八九幺妖要十X") else char
    return raw, hidden


@pytest.mark.parametrize("marked", HIDDEN)
def test_a_persons_number_is_hidden(marked: str) -> None:
    raw, hidden = _expected(marked)
    assert mask(raw) == hidden


@pytest.mark.parametrize("text", SHOWN)
def test_prices_dates_and_hotlines_stay(text: str) -> None:
    assert mask(text) == text


def test_recall_and_false_masks_over_generated_forms(record_property: pytest.RecordProperty) -> None:
    """Figures over forms put together by rule: four ways of writing, three of grouping, three of surrounding."""
    hanzi = str.maketrans("0123456789", "零幺二三四五六七八九")
    plain = str.maketrans("0123456789", "零一二三四五六七八九")
    numbers = ("13912345678", "18655501234", "057187654321", "330106198804051234", "6217001234567890123")
    forms = []
    for number in numbers:
        grouped = [number[i : i + 4] for i in range(3, len(number), 4)]
        for joint in ("", " ", "-"):
            written = joint.join([number[:3], *grouped])
            forms += [written, written.translate(hanzi), written.translate(plain)]
    texts = [frame.format(form) for form in forms for frame in ("{}", "我的号码是{}，对", "嗯{}嗯您记一下")]
    missed = [text for text in texts if any(c.isdigit() or c in "零幺二三四五六七八九" for c in _rest(mask(text)))]
    record_property("recall", 1 - len(missed) / len(texts))
    assert not missed
    prices = [f"{a}元、{b}元和{c}元" for a in (18, 58, 128) for b in (158, 199) for c in (238, 1299)]
    prices += [f"{a}、{b}、{c}、{d}" for a in (18, 58) for b in (88, 98) for c in (128, 158) for d in (199, 238)]
    wrong = [text for text in prices if mask(text) != text]
    record_property("false_masks", len(wrong) / len(prices))
    assert not wrong


def _rest(text: str) -> str:
    return text.replace("我的号码是", "").replace("您记一下", "")


def test_a_number_dictated_over_several_turns_is_hidden() -> None:
    turns = ("请说一下您的号码", "幺三八", "嗯", "零零幺三", "好的", "八零零零", "谢谢您")
    assert mask_turns(turns) == ("请说一下您的号码", "***", "嗯", "****", "好的", "****", "谢谢您")


def test_the_answer_to_a_question_for_the_code_is_hidden() -> None:
    assert mask_turns(("请报一下验证码", "嗯，四五六七八九", "好的")) == ("请报一下验证码", "嗯，******", "好的")


def test_short_numbers_in_turns_of_their_own_stay() -> None:
    turns = ("您要哪一档", "五九", "好的，五十九元", "对")
    assert mask_turns(turns) == turns


def test_a_quote_is_hidden_like_the_turn_it_is_from() -> None:
    veil = Veil(("验证码是456789吗",))
    assert veil.text("是4567") == "是****"
    assert veil.message("坐席问了“是4567”", "是4567") == "坐席问了“是****”"
    assert Veil(("验证码是456789吗",), unmasked=True).text("是4567") == "是4567"


@given(st.lists(st.text(alphabet="幺三八零一二123 -，、我的号码验证码是路号X元", max_size=30), max_size=6))
def test_masking_keeps_lengths_and_changes_only_digits(turns: list[str]) -> None:
    masked = mask_turns(turns)
    assert [len(text) for text in masked] == [len(text) for text in turns]
    for raw, shown in zip(turns, masked, strict=True):
        assert all(a == b or b == "*" for a, b in zip(raw, shown, strict=True))


CODE = ("系统给您发了验证码", "三八四七我要投诉你们", "三八四七是吧", "对", "请问还有什么可以帮您")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("三八四七是吧 请问还有什么可以帮您", "****是吧 请问还有什么可以帮您"),
        ("没有道歉：“三八四七我要投诉”", "没有道歉：“****我要投诉”"),
        ("没有道歉：“3847我要投诉”", "没有道歉：“****我要投诉”"),
        ("三八四七我要……八四七是吧", "****我要……***是吧"),
        ("三百八十四元，最多七次", "三百八十四元，最多七次"),
    ],
)
def test_what_a_turn_hides_is_hidden_in_every_text_about_the_call(text: str, shown: str) -> None:
    assert Veil(CODE).text(text) == shown


def test_three_digits_hidden_in_a_turn_do_not_hide_a_price() -> None:
    veil = Veil(("身份证后三位是五零二", "好的"))
    assert veil.turns[0] == "身份证后三位是***"
    assert veil.text("客户报了“五零二”以后") == "客户报了“***”以后"
    assert veil.text("五零二元和一五零二都不对") == "五零二元和一五零二都不对"


def test_a_code_said_again_much_later_is_hidden() -> None:
    turns = ("验证码是三八四七", "好的", "嗯", "我看一下", "三八四七对吧", "三八四七元不对", "一千零二十四")
    assert mask_turns(turns) == ("验证码是****", "好的", "嗯", "我看一下", "****对吧", *turns[5:])


def test_an_evaluation_prints_no_number_of_a_person() -> None:
    wrong = Wrong("c1", "rude", "false", "客户:我的号码是幺三八零零幺三八零零零", "violated", "")
    result = Evaluation("truth", "r", wrong=[wrong])
    for printed in (as_text(result), as_json(result)):
        assert "我的号码是***********" in printed
        assert "幺三八" not in printed

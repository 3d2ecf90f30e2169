"""What recorded announcements of telephone systems say, and what only a person says.

Over spoken characters alone. Machines' phrases are compared by sound (syllables without tone, zh as z, ng as n): base
models write 庆安宜 for 请按一. The weight says how surely no agent says it live: 2 in the middle of a conversation, 1
only where nobody is in conversation (before the other party's first word, after the last, or heard in every channel).
Agents do say 满意请按1, 请稍等, 本次通话会被录音 and 工号1234为您服务: what they say has a mark of a person beside it
(我的服务, 您听到提示后, 请问, 吗 …), and then nothing is taken away. Those marks are compared as written: there are so
many that by sound they would be found in anything.
"""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from qa.hanzi import spoken

_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")
_DIGIT = "[一二三四五六七八九零两幺]"
_FOLDED = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_FIRST_SYMBOL = 0xE000
_symbols: dict[str, str] = {}


@functools.cache
def _symbol(char: str) -> str:
    """One private-use character for each syllable; what is no hanzi is itself."""
    if not "\u4e00" <= char <= "\u9fff":
        return char
    from pypinyin import Style, pinyin

    syllable = pinyin(char, style=Style.NORMAL)[0][0]
    for spelled, folded in _FOLDED:
        syllable = syllable.replace(spelled, folded)
    if syllable.endswith("ng"):
        syllable = syllable[:-1]
    return _symbols.setdefault(syllable, chr(_FIRST_SYMBOL + len(_symbols)))


def sounded(text: str) -> str:
    """The sound of what is spoken, one symbol for each character; digits one by one, as menus and numbers are read."""
    return "".join(map(_symbol, spoken(text).translate(_DIGITS)))


@functools.cache
def _by_sound(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(map(_symbol, pattern)))


class Phrase(NamedTuple):
    weight: int
    pattern: str


MACHINE = (
    Phrase(1, rf"请按(?:{_DIGIT}|[井星]号?键?)"),
    Phrase(1, rf"(?:服务|查询|办理|咨询|报[修障]|投诉|满意|一般|返回|重听|充值|确认|结束)按{_DIGIT}"),
    Phrase(2, "[以按]?[井星]号键?(?:结束|确认|返回)"),
    Phrase(2, "坐席[全正都]?(?:部)?[是在]?忙|(?:话务员|客服)[全正都]忙"),
    Phrase(2, "来电.{0,5}[很常分]重要"),
    Phrase(2, "前面还?有.{1,4}[位个].{0,6}(?:等待|等候|排队|在等)"),
    Phrase(2, "[预估]计.{0,2}等[待候](?:时间|时长)|排队(?:人数|位置)"),
    Phrase(2, "拨打.?(?:电话|号码|用户|手机).{0,4}(?:正忙|关机|通话中|空号|停机|无法接通|服务区|无人接听)"),
    Phrase(2, "[滴嘀]声?(?:之?后|以后).{0,4}留言|提示音?(?:之?后)?.{0,2}(?:录制)?留言"),
    Phrase(1, "[对为](?:本次|此次|这次|刚才|客服代表|话务员).{0,6}服务.{0,6}(?:评价|打分)"),
    Phrase(1, "^(?:对方|客户|用户)已?经?(?:挂断|挂机)|通话(?:已经?|即将)结束"),
    Phrase(1, "(?:正在|即将)?[为给]?您?(?:转接|接[入通])人工"),
    Phrase(1, "机主.{0,6}(?:无法|不方便|不便)接听|(?:语音|电话)(?:信箱|助手|留言)为您"),
)
RATING = MACHINE[9]
"""Asks for a rating as no agent does, who says 我的服务."""

ANNOUNCES = (
    "(?:通话|电话|来电|谈话).{0,4}(?:将被|会被|可能被|可能会|将会|将进行).{0,2}录音|"
    "欢迎(?:致电|拨打|来电|使用|您)|正在(?:[为给]您)?(?:转接|接通|排队)|"
    "^(?:对不起|非常抱歉)?请(?:您)?(?:耐心等待|稍[后候]|不要挂[机断])|话务(?:量大|繁忙)"
)
"""Said by machines and by agents: believed only beside what only machines say, or in every channel."""

FOLLOWS = (
    "(?:感谢|谢谢)您?的?(?:评价|参与|配合)(?:再见|祝您.{2,4})?|再见|谢谢|评价(?:已经?)?(?:完成|成功|结束)|"
    "请(?:您)?(?:稍[后候](?:再拨)?|耐心等待|不要挂[机断])|.{0,6}(?:验证|密码|输入).{0,4}(?:通过|正确|成功|有误|错误|失败|无效)|"
    ".{0,8}请重新(?:输入|选择)|(?:输入)?超时"
)
"""Short lines that close an announcement; at most a few seconds after it."""

FAREWELL = "(?:感谢|谢谢)您?的?(?:来电|致电|拨打|接听|支持)|再见|拜拜|祝您"
"""An agent's close. Systems that ask for a rating wait for a key, and thank for the rating when it is pressed."""

NUMBER = f"(?:工号|话务员|坐席|客服(?:代表|专员)?)*[{_DIGIT[1:-1]}十百千]{{3,8}}号?(?:话务员|坐席|客服专员|客服代表|客户代表)?(?:竭诚|将)?为您服务"
"""报工号 as systems play it: without 您好 and 很高兴. Agents greet first and then say their number."""

GREETS = re.compile(r"(?:喂|哎|诶)?[您你]?好")

PERSON = re.compile(
    r"我(?!们|公司|司|国)|[吗呢吧呀嘛啦喂嗯哦噢哈]|你(?!好)|先生|女士|小姐|请问|有什么|什么可以|很?高兴|(?:帮|给|跟)您(?!提供|带来)|"
    r"您(?:先|再|就|可以|看|听|那|是|稍|输|按|打|直接|现在)|听到|稍[后候](?:请|对|会|为|给|您|我)|一会儿?|一下|那么?[您就]|好的|然后|不好意思|"
    r"就(?:可以|能|行|是)|祝您(?:生活|工作)"
)
"""Somebody speaks to somebody."""

LEADS = re.compile(r"评价|打分|按|提示|语音|输入|听")
"""In the last clause of a person: what comes next is what they are told to do, and may be told by the same person."""


def found_in(sound: str, phrase: str | Phrase) -> list[str]:
    """Every place where a phrase sounds; `sound` comes from `sounded`."""
    pattern = phrase.pattern if isinstance(phrase, Phrase) else phrase
    return [match.group() for match in _by_sound(pattern).finditer(sound)]


def quotes(text: str) -> tuple[str, ...]:
    """What in `text` only machines say, in order: the evidence that people are shown."""
    plain, sound = spoken(text), sounded(text)
    found = [match.span() for phrase in MACHINE for match in _by_sound(phrase.pattern).finditer(sound)]
    return tuple(plain[start:end] for start, end in sorted(found))


def is_all(sound: str, phrase: str) -> bool:
    return _by_sound(phrase).fullmatch(sound) is not None

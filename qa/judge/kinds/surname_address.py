"""知道客户姓什么以后，要用“姓氏+先生/女士”称呼客户。

```yaml
- id: surname_address
  kind: surname_address
  titles: [先生, 女士, 小姐]    # 可省
  deduct: 2
```

客户自报姓氏（我姓王、免贵姓李、我叫张三），或坐席问贵姓之后答的姓。坐席任何时候称呼过一次就达标；听错了姓也不算错。
证据是客户报姓氏的话。客户没有说姓什么，不适用。
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qa.judge.pattern import normal
from qa.judge.rule import Observed, Rule
from qa.judge.sound import sounds, symbols_of
from qa.judge.terms import NotApplicable, following
from qa.judge.view import Exchange, View
from qa.model import Role
from qa.span import Span

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董潘袁于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅"
    "方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞"
    "左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
)
DOUBLE_SURNAMES = ("欧阳", "司马", "上官", "诸葛", "司徒", "东方", "皇甫", "慕容", "夏侯", "尉迟", "公孙", "令狐")
_SURNAME = f"(?:{'|'.join(DOUBLE_SURNAMES)}|[{SURNAMES}])"
_PARTS = "(?:弓长|立早|耳东|木子|口天|双口|双木|古月|言午|双人|走肖|文刀|草头|三横|人可|十八子|千里草)?"
"""弓长张: which character of that sound, told by its parts."""
_SAYS_IT = re.compile(
    rf"(?:免贵|(?:我|本人|鄙人|敝|鄙|机主|户主)(?:是)?)姓{_PARTS}({_SURNAME})|^姓{_PARTS}({_SURNAME})"
    rf"|(?:我|名字|机主|户主)叫({_SURNAME})"
)
_ASKED = re.compile(
    r"贵姓|怎么称呼|如何称呼|尊姓|姓什么|您姓|您的姓名|机主姓名|机主的姓名|您的名字|您叫什么|先生姓|女士姓"
)
_ANSWERS = re.compile(
    rf"(?:嗯|哦|啊|呃|好的?|免贵|我|免|就|叫我?)*(?:姓|信|性|叫|是|幸)?{_PARTS}({_SURNAME})(.{{0,2}}?)(?:先生|女士|小姐|啊|吧|的|哈|呀)?"
)
_NO_NAME = frozenset("的了吗呢啊么")
LONGEST_ANSWER = 8
"""Syllables of an answer to 贵姓; a longer one talks of something else."""
FEWEST_TO_ADDRESS = 4
"""Syllables of a turn in which somebody could be addressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurnameAddress(Rule):
    LABEL: ClassVar[str] = "surname_address 规则"
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote", "surname"})

    titles: tuple[str, ...] = ("先生", "女士", "小姐", "太太", "老师", "师傅", "阿姨", "大哥", "大姐", "总", "同学")

    def observe(self, view: View) -> Iterator[Observed]:
        told = next(self._told(view), None)
        if told is None:
            raise NotApplicable("客户没有说姓什么")
        exchange, surname = told
        later = following(view, exchange.first, Role.AGENT, len(view.exchanges))
        if not any(len(view.text_of(one)) >= FEWEST_TO_ADDRESS for one in later):
            raise NotApplicable("客户说了姓氏之后坐席没有再说什么")
        if self._addressed(view, surname):
            return
        start = view.spans[exchange.first].start_ms
        due = Span(start, view.spans[later[-1].last].end_ms)
        quote = "".join(view.turns[index].text for index in exchange.turns)
        yield self.unsaid(view, due, Role.AGENT, quote=quote, surname=surname)

    def _told(self, view: View) -> Iterator[tuple[Exchange, str]]:
        """Where the customer gives a surname, and which."""
        previous: Exchange | None = None
        for exchange in view.exchanges:
            if exchange.role is Role.CUSTOMER:
                text = view.text_of(exchange)
                found = _SAYS_IT.search(text)
                if found:
                    yield exchange, next(group for group in found.groups() if group)
                elif previous is not None and _ASKED.search(view.text_of(previous)) and len(text) <= LONGEST_ANSWER:
                    answer = _ANSWERS.fullmatch(text)
                    if answer and not set(answer[2]) & _NO_NAME:
                        yield exchange, answer[1]
            previous = exchange

    def _addressed(self, view: View, surname: str) -> bool:
        """By any surname in writing, for the recogniser may have heard another one here; or by this one's sound."""
        titles = "|".join(map(normal, self.titles))
        voice = view.voice(Role.AGENT)
        if re.search(rf"{_SURNAME}(?:{titles})", voice.text):
            return True
        by_sound = "".join(f"[{symbols_of(char)}]" for char in surname)
        spoken_titles = "|".join(re.escape(sounds(normal(title))) for title in self.titles if len(title) > 1)
        return re.search(rf"{by_sound}.{{0,2}}(?:{spoken_titles})", voice.sounds) is not None

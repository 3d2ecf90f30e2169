"""Finds the names of customers in the turns of a call: as they are given, asked for, addressed and repeated.

A name is found by what stands around it (我姓…, 机主是…, …女士, the answer to 您贵姓) and by its surname, never by a list
of names. What an agent calls itself (我是小李, 我叫…) is nobody's secret and stays. Every name of two characters or
more that was found once is hidden wherever it is said in the call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qa.masking.surnames import COMPOUND, FOREIGN, SURNAMES, WORDS

_AGENT = "agent"
_S = f"[{SURNAMES}]"
# What stands in no given name: pronouns, particles, and the verbs with which people go on after their name.
_NO_GIVEN = "的了是在有不就要这那我你您他她它们吗呢吧啊呀哦嗯和跟给让把被从到去来说想看打办问用查找没也都还个么什么谁几怎位号先女师经客请好对为以叫姓之帮再会能可"
_G = rf"(?:(?![{_NO_GIVEN}])[\u4e00-\u9fff])"
_NO_SURNAME = (
    "哎喂唉诶嘿哈欸行成早晚今昨因所而且但只又再很太最更已正刚才先后前中上下里外内第两一二三四五六七八九十几每单双并若如比由与及"
    "将会愿需须听问答讲谈请烦名男老小大各诸贵该此某另主户书尊咱嗨噢额呃唔喔哟啦咯呗嗳家人陪等算全应"
)
"""Nor does any of these stand alone before 先生 as a surname."""
_NAME = rf"(?:(?:{COMPOUND}){_G}{{1,2}}|{_S}{_G}{{1,2}})"
_SHORTEST_NAME = rf"(?:(?:{COMPOUND}){_G}{{1,2}}?|{_S}{_G}{{1,2}}?)"
"""As short as what follows allows."""
_TITLE = (
    r"(?:先生|女士|小姐姐|小姐|太太|夫人|大姐|大哥|大爷|大妈|大叔|大婶|大娘|大伯|阿姨|叔叔|伯伯|奶奶|爷爷|同学|老师|老板|"
    r"总(?![是共的来计数体量之部会公裁监结理想算能有要在得不归务经台线管站机汇而])|姐(?![姐妹夫])|哥(?![哥们]))"
)
_THANKS = "(?!谢(?:(?<=[感答多]谢)|(?<=(?<![谢感答多])谢谢)))"
"""谢谢女士 and 感谢先生 name nobody, 谢谢谢女士 does."""
_BEFORE_TITLE = re.compile(rf"{_THANKS}(?P<name>{COMPOUND}|(?<![关由对至终等属基位方]){_S})(?={_TITLE})")
_ANYBODY = re.compile(
    rf"(?:(?<![\u4e00-\u9fff])|(?<=[是叫问好的姓给找呀啊了吧呢嘛哦嗯]))(?P<name>[来师]|(?![{_NO_GIVEN}{_NO_SURNAME}])[\u4e00-\u9fff])"
    r"(?=先生|女士)"
)
"""A surname that no list has: one character alone before 先生 is hardly anything else."""
_NAME_BEFORE_TITLE = re.compile(
    rf"(?<![\u4e00-\u9fff])(?P<name>{_NAME})(?={_TITLE})|(?<=[是叫问好的姓给找为呀啊])(?P<other>{_NAME})(?={_TITLE})"
)
_PARTS = "(?:弓长|立早|耳东|木子|口天|双口|双木|古月|言午|双人|走肖|文刀|草头|三横|人可|十八子|千里草)"
"""How a surname is told from others of its sound; it gives the surname away."""
_SURNAME_SAID = re.compile(
    rf"(?<![百同])姓(?P<name>{_PARTS}{_S}|{COMPOUND}|[\u4e00-\u9fff](?<![名氏什啥哪的吗呢吧是不叫啊呀谁甚怎]))(?!名|什)"
)
_CALLED = re.compile(rf"(?<![不别])叫做?(?P<name>{_NAME})")
_FIELD = re.compile(
    r"(?:机主|户主|开户人|开户名|联系人|持卡人|登记人|登记的?|经办人|收件人|收货人|申请人|法人|姓名|名字|户名|全名|真名)(?:的?(?:姓名|名字|名))?"
    rf"[\s，,：:]{{0,2}}(?:就|应该|登记|写|填|用)?的?(?:是|叫|为)?[\s，,：:]?(?P<name>{_NAME})"
)
_END = r"(?=[\s，。,.！!？?、；;：:]|$|[啊呀呢吧嘛哦啦]|本人|的(?:爱人|老公|老婆|妻子|丈夫|儿子|女儿|爸|妈|父|母|家属|朋友|同事|手机|号码|卡))"
_I_AM = re.compile(rf"(?:我|本人|我这边|这里|我就|我名字)是(?:机主|户主)?(?P<name>{_SHORTEST_NAME}){_END}")
_ASKED_IF = re.compile(
    rf"(?:您是|你是|请问是|是不是|是否是|确认是|[这那][里边]是)(?:机主|户主)?(?P<name>{_SHORTEST_NAME})(?=本人(?!员)|的?家[吗里么]|吗|对吗|对吧|是吗|是吧)"
)
_OWNER = re.compile(rf"(?P<name>{_SHORTEST_NAME})(?=名下|(?:女士|先生)?本人(?!员)|这个名字|的名字)")
_UNTITLED = rf"(?!(?:{COMPOUND}|{_S}){_TITLE})"
_KIN = r"(?:爱人|老公|老婆|丈夫|妻子|媳妇|对象|爸爸?|妈妈?|父亲|母亲|儿子|女儿|弟弟?|妹妹?|哥哥|姐姐|爷爷|奶奶|岳父|岳母|公公|婆婆|孩子)"
_SOUGHT = re.compile(
    rf"(?:(?:我|想|要)找|找一下|找下|[给跟]我找)(?:一下|下|的是)?{_UNTITLED}(?P<name>{_SHORTEST_NAME}){_END}"
)
_OF_KIN = re.compile(rf"[我您你他她]{_KIN}的?(?:名字)?[是叫]?{_UNTITLED}(?P<name>{_SHORTEST_NAME}){_END}")
_GREETED = re.compile(rf"(?:(?<![\u4e00-\u9fff])|(?<=好的)){_UNTITLED}(?P<name>{_NAME})(?=[，,]?[您你]好)")
_FOREIGN = re.compile(
    rf"(?:我叫|叫做|(?:机主|户主|名字|姓名)(?:就|应该)?[是叫])(?P<name>[{FOREIGN}]{{3,9}})(?![\u4e00-\u9fff])"
    rf"|(?<![\u4e00-\u9fff])(?P<other>[{FOREIGN}]{{2,9}})(?={_TITLE})"
)
_FOREIGN_ANSWER = re.compile(
    rf"^(?:嗯|呃|啊|我|是|叫|就是|[，,、。\s])*(?P<name>[{FOREIGN}]{{2,9}})(?![\u4e00-\u9fff])"
)
_NICKNAME = re.compile(rf"(?:叫我|喊我|我是|我叫|称呼我)(?P<name>[小老]{_S})(?![\u4e00-\u9fff]{{0,1}}[时心区伙])")
_ASKING = re.compile(
    r"贵姓|怎么称呼|如何称呼|称呼您|称呼你|尊姓|姓什么|姓啥|叫什么|(?:姓名|名字|全名)(?:是|呢|吗|说|报|[？?，,。]|$)|"
    r"(?:机主|户主|登记人|联系人|收件人)(?:的?(?:姓名|名字))?(?:是(?:谁|哪位)?|呢)?[？?。]?$|机主是(?:谁|哪)|哪位|"
    r"(?:我姓|免贵姓?|我叫)[，,。.…嗯啊呃]*$|报一下(?:您的?)?(?:姓名|名字)"
)
_ANSWER = re.compile(
    rf"^(?:嗯|呃|啊|哦|额|唉|哎|噢|那个|这个|好的?|对|就是?|我|是|叫|姓|信|性|免贵|你就|您就|你|您|称呼|机主|户主|本人|他|她|[，,、。.\s])*"
    rf"(?P<name>(?:{COMPOUND}){_G}{{0,2}}?|{_PARTS}?{_S}{_G}{{0,2}}?)(?=[，。,.！!？?、；;\s啊呀吧嘛呢哦]|就行|就可以|$)"
)
_SURNAME_QUOTED = re.compile(
    r"(?P<said>姓氏?[是为叫：:]?)?[“\"‘「『《（(【](?P<name>[\u4e00-\u9fff]{1,2})[。，,.！？]?[”\"’」』》）)】]"
)
"""In what is written about a call: 客户说了姓“骆”."""
_ANSWERING_TURNS = 2
"""The customer's turns after a question for the name in which a bare name is taken for the answer."""
_NO_ANSWER_YET = re.compile(
    r"(?:[嗯啊呃哦喂好的行我你您先来再去给让这个那就是等稍一下会儿看想查问找翻\s，,。.、…？?！!]|不知道|忘了)*"
)
"""Turns of which any number may come before the answer."""
_JOB = r"(?:客服|专员|坐席|座席|话务员|客户经理|经理|代表|顾问|班长)"
_OWN = re.compile(
    rf"(?:(?:我|我这边)(?:是|叫|姓)(?:[^，。,？?]{{0,8}}?{_JOB})?|(?:这里|这边|本人)是?[^，。,？?]{{0,8}}?{_JOB})"
    rf"(?P<name>[小老]?(?:{_NAME}|{COMPOUND}|{_S}))(?![^，。,！!]{{0,6}}(?:[吗？?]|[是对][吧吗]))"
)
"""What agents call themselves; 这里是王建国家吗 asks for a customer."""
_OF_ONESELF = re.compile(
    rf"(?:我|本人|我这边|机主|户主|{_KIN})(?:就|也|名字|的名字|这边)?(?:是|叫|姓)(?:机主|户主)?$|"
    rf"(?:机主|户主|{_KIN}|[姓叫]我|免贵姓?)$|(?<![\u4e00-\u9fff])姓$"
)
"""Before a name of the customer's own or of kin, which may be the agent's as well."""
_PATTERNS = (
    _SURNAME_SAID,
    _CALLED,
    _FIELD,
    _ASKED_IF,
    _OWNER,
    _I_AM,
    _NICKNAME,
    _SOUGHT,
    _OF_KIN,
    _GREETED,
    _FOREIGN,
)


class Names:
    """What is known of customers' names in one call."""

    def __init__(self, turns: Sequence[str], speakers: Sequence[str]) -> None:
        """Turns in order, with the role of each; a turn whose speaker nobody knows is treated as a customer's."""
        self._turns = turns
        self._agents = [speaker == _AGENT for speaker in speakers]
        self._own = {
            found["name"].lstrip("小老") if len(found["name"]) > 1 else found["name"]
            for text, is_agent in zip(turns, self._agents, strict=True)
            if is_agent
            for found in _OWN.finditer(text)
        }
        hidden: list[set[int]] = [set() for _ in turns]
        self.surnames: set[str] = set()
        self.full: set[str] = set()
        """Names of two characters or more."""
        for number, start, end in self._found():
            hidden[number].update(range(start, end))
            name = turns[number][start:end]
            self.surnames.add(_surname(name))
            if end - start > 1:
                self.full.add(name)
            if not self._agents[number]:
                self._spelled(number, name, hidden[number])
        for number, text in enumerate(turns):
            for name in self.full:
                hidden[number].update(_everywhere(text, name))
        self.places = tuple(map(frozenset, hidden))
        """For each turn the characters to hide."""

    def hidden_in(self, text: str) -> str:
        """A text about the call, with its full names and forms of address hidden, and surnames named as such."""
        places = {i for name in self.full for i in _everywhere(text, name)}
        for pattern in (_BEFORE_TITLE, _ANYBODY):
            for found in pattern.finditer(text):
                places.update(range(*found.span("name")))
        for found in _SURNAME_QUOTED.finditer(text):
            if found["said"] or found["name"] in self.surnames:
                places.update(range(*found.span("name")))
        for surname in self.surnames:
            for found in re.finditer(rf"姓氏?[是为叫]?[\s：:]?{surname}", text):
                places.update(range(found.end() - len(surname), found.end()))
        return "".join("*" if i in places else char for i, char in enumerate(text)) if places else text

    def _found(self) -> Iterator[tuple[int, int, int]]:
        """Turn, start, end."""
        asked = -1
        for number, (text, is_agent) in enumerate(zip(self._turns, self._agents, strict=True)):
            for start, end in self._in_turn(text, is_agent=is_agent):
                yield number, start, end
            if not is_agent and asked > 0:
                asked -= not _NO_ANSWER_YET.fullmatch(text)
                for found in (_ANSWER.match(text), _FOREIGN_ANSWER.match(text)):
                    if found and not _is_word(found["name"]):
                        yield number, *found.span("name")
            if _ASKING.search(text):
                asked = _ANSWERING_TURNS

    def _in_turn(self, text: str, *, is_agent: bool) -> Iterator[tuple[int, int]]:
        for pattern in (_BEFORE_TITLE, _ANYBODY, _NAME_BEFORE_TITLE):
            for start, end in _names(pattern, text):
                # A customer who says 李小姐 to an agent that called itself 小李 names the agent.
                named = any(name[0] == text[start] for name in self._own)
                if is_agent or not named or _OF_ONESELF.search(text[:start]):
                    yield start, end
        for pattern in _PATTERNS:
            for start, end in _names(pattern, text):
                own = is_agent and (
                    pattern in (_I_AM, _NICKNAME)
                    or re.search(r"我(?:的名字)?[是叫]?$", text[max(0, start - 5) : start - 1])
                )
                if not own and not (
                    text[start:end] in self._own and self._may_mean_agent(pattern, text[:start], is_agent)
                ):
                    yield start, end

    @staticmethod
    def _may_mean_agent(pattern: re.Pattern[str], before: str, is_agent: bool) -> bool:
        """Whether a name that the agent has, too, is the agent's here."""
        if is_agent:
            return pattern not in (_FIELD, _ASKED_IF, _OWNER)
        return pattern in (_GREETED, _SOUGHT) or re.search(r"[你您][^，。,]{0,3}$", before) is not None

    def _spelled(self, number: int, name: str, hidden: set[int]) -> None:
        """骆驼的骆, 召耳邵: where customers say how their name is written, its characters are hidden again."""
        text = self._turns[number]
        for char in set(name) - set("小老"):
            for found in re.finditer(rf"(?<![\u4e00-\u9fff])[^\W姓叫是我免贵]{{2}}{char}(?![\u4e00-\u9fff])", text):
                hidden.update(range(*found.span()))
            hidden.update(_everywhere(text, char))


def _names(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    for found in pattern.finditer(text):
        group = found.lastgroup or "name"
        if not _is_word(found[group]):
            yield found.span(group)


def _surname(name: str) -> str:
    if len(name) > 1 and name[0] in "小老":
        return name[1:]
    name = re.sub(f"^{_PARTS}(?=.)", "", name)
    return name[:2] if re.match(COMPOUND, name) else name[0]


def _is_word(name: str) -> bool:
    return name[:2] in WORDS


def _everywhere(text: str, name: str) -> Iterator[int]:
    at = text.find(name)
    while at >= 0:
        yield from range(at, at + len(name))
        at = text.find(name, at + 1)

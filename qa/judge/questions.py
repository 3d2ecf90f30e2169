"""Finds questions by their form: 吗 and 呢, question words, 是不是, A 还是 B; not by punctuation, which recognisers guess.

Question words that ask nothing (没什么, 不管多少, 有什么问题随时…) are told apart by what stands around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

from qa.judge.sound import sounds
from qa.judge.view import View
from qa.model import Role, Word
from qa.span import Span

CLAUSE_PAUSE_MS = 350
_ENDS_CLAUSE = re.compile(r"[,.?!;\u3001\u3002\uff0c\uff1f\uff01\uff1b]$")
_ASKS = re.compile(
    r"吗|呢$|么$|什么|啥|为何|在?哪(?:里|儿|个|家|位|款|种|天|边|张|些|一|方面|年|月|号|几|条|栋|层|区|省|市)|在哪"
    r"|几(?:点|个|号|兆|口|天|月|位|年|块|台|间|层|楼|部|张|次|岁|根|条|种|折|级|栋|期|成|单元|时)|第几|是几|几$"
    r"|多(?:少|大|久|长|快|高|远|重|宽)|怎么|怎样|咋|如何|何时|是谁|谁的|谁在|谁用|贵姓|(?:了|过|到|好|完|清楚|明白)没有?$"
    r"|[您你](?:是|有|在|能|用的?是|住|家)[^吧]{1,10}吧$"
    r"|(是|能|要|行|好|对|会|用|需|想|愿|方便|可|清楚|带|办|看|在)不\1|有没有|是否|能否|可否"
    r"|(?:是|要|用|选|办|装|走|想)[^还]{1,8}还是|(?:上午|早上|白天|今天|工作日|平时|新装|本人|您自己)还是|的还是.{1,8}的$"
)
_ASKS_NOTHING = re.compile(
    r"(?:没|没有|不是|不会有|有)什么(?:问题|事|需要|情况|疑问|变化|大碍|关系|的)?(?:的话|可以随时|请随时|欢迎|再|都|随时|您再)"
    r"|没(?:有)?什么|(?:不管|不论|无论|随便).{0,6}(?:什么|怎么|多少|哪)|什么的$|(?:怎么|什么|多少|哪里)[^吗]{0,4}都"
    r"|几(?:天|个|年|个月|分钟|个工作日)(?:之内|以内|内|左右|后)|不怎么|多少(?:会|有点|都)|好几|多久都|(?:正在|在给|在帮|在为|着|还没|还早|才)[^什怎哪几多谁啥]{0,10}呢$|(?:然后|所以|因为|但是|其实|就是|另外|首先|目前|的话)呢$|看一下是什么|看看是什么|告诉您怎么|教您怎么"
)
_ONLY_TAG = re.compile(
    r"(?:您看)?(?:这样|那)?(?:好|可以|行|对|是|成|方便|没问题|明白|清楚|能听清|能听到|是这样|是这样的|好不好|可不可以|行不行|对不对)(?:了)?(?:吗|么|吧|呢)?"
)
_ONLY_TOPIC = re.compile(r"(?<!那)呢$")
"""这个套餐呢，是这样的: where the speaker goes on, a last 呢 only names what comes."""
_REQUEST = re.compile(r"(?:请|麻烦|劳驾).{0,4}(?:提供|报|说|告诉|告知|讲).{0,12}")
_CONFIRMS = re.compile(r"(?:对|是|没错|正确|没记错|对不)(?:吗|吧|么|对)|是不是|对不对")
_DIGITS = re.compile(r"[零幺一二两三四五六七八九十0-9]")
MOST_DIGITS = 3
"""A clause with more of them reads a number back: each says something else."""
_WAITS = re.compile(
    r"(?:那|好的?|嗯)*(?:请|麻烦|劳驾|您|你)[^我]{0,6}(?:提供|报|说|告诉|告知|讲|念|核对|看|试|找|重启|拔|插|按|输入|操作|打开|登录)"
)
_NEW_QUESTION = re.compile(r"请问|(?<![给帮跟和对为让请替是])[您你]|家里|现在")
_BEGINS_ITSELF = re.compile(r"(?:是|要|用|选|办|装|走|想)[^还]{1,8}还是|有没有|是否|能否|可否|(.)不\1")
_EMPTY = frozenset(
    "请问您你的是在吗呢啊吧嘛呀哦嗯有没什么哪里儿个位多少几怎样如何现了一下我们帮那这就还能可以不方便说告诉提供报麻烦再"
    "想要需先给把和跟到来去对好请让知道看时候"
)
_SAME_THING = (
    (re.compile("(?:家庭)?住址|住在?(?:哪里|哪儿|哪|什么地方)|家在(?:哪里|哪儿|哪)"), "地址"),
    (re.compile("身份证号码?|证件号码?"), "证号"),
    (re.compile("(?:手机|电话|联系电话)号码?|联系方式|联系电话"), "手机号码"),
    (re.compile("名字|叫什么|贵姓|(?:怎么|如何)称呼"), "姓名"),
)
"""Ways of asking after the same thing, as one."""
SHORTEST_CONTENT = 2
SHORTEST_ALIKE = 4
"""Syllables of a question about nothing in particular that is the same if it is the same to the letter."""
SAME_SHARE = 0.75
"""Of the shorter question's content found in the other; the longer may add up to as much again."""


class Question(NamedTuple):
    """One question; `text` is normal."""

    turn: int
    span: Span
    text: str
    quote: str

    @property
    def is_tag(self) -> bool:
        """好吗, 您看可以吗: asks for a nod and not for an answer."""
        return _ONLY_TAG.fullmatch(self.text) is not None


class _Clause(NamedTuple):
    turn: int
    words: tuple[Word, ...]
    text: str
    """Normal."""
    starts: tuple[int, ...]
    """For each word, where it begins in `text`."""


def questions_of(view: View, role: Role) -> tuple[Question, ...]:
    """All questions of the party, in order."""
    return view.keep(("questions", role), lambda: tuple(_questions(view, role, requests=False)))


def asked_of(view: View, role: Role) -> tuple[Question, ...]:
    """Questions, requests for information (请您报一下手机号码), and statements to confirm (是您本人使用,对吗)."""
    return view.keep(
        ("asked", role),
        lambda: tuple(
            sorted((*_questions(view, role, requests=True), *_to_confirm(view, role)), key=lambda one: one.span)
        ),
    )


def ends_with_question(view: View, turn: int) -> bool:
    """Whether the turn's last clause asks for an answer, or for something to be done, and waits for it."""
    clauses = _clauses_of(view, turn)
    return bool(clauses) and (asks(clauses[-1].text) or _WAITS.match(clauses[-1].text) is not None)


def asks(text: str) -> bool:
    """Whether a clause in normal form has the form of a question."""
    return _ASKS.search(_ASKS_NOTHING.sub("", text)) is not None


def same_question(one: str, other: str) -> bool:
    """Whether two questions (normal text) ask for the same thing, by the sound of what they ask about."""
    ours, theirs = _content(one), _content(other)
    shorter, longer = sorted((len(ours), len(theirs)))
    if shorter < SHORTEST_CONTENT:
        return one == other and len(one) >= SHORTEST_ALIKE
    blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    common = sum(block.size for block in blocks)
    return common >= SAME_SHARE * shorter and 2 * common >= longer and common >= SHORTEST_CONTENT


def _content(text: str) -> str:
    for same, one in _SAME_THING:
        text = same.sub(one, text)
    return sounds("".join(char for char in text if char not in _EMPTY))


def _questions(view: View, role: Role, *, requests: bool) -> Iterator[Question]:
    for index in view.voice(role).turns:
        # Few turns ask anything; the others need not be cut into clauses.
        text = view.texts[index]
        if not (_ASKS.search(text) or (requests and _REQUEST.search(text))):
            continue
        clauses = _clauses_of(view, index)
        for clause in clauses:
            for start, end in _pieces(clause.text):
                text = clause.text[start:end]
                if clause is not clauses[-1] and end == len(clause.text):
                    text = _ONLY_TOPIC.sub("", text)
                if asks(text) or (requests and _REQUEST.match(text)):
                    words = _words(clause, start, end)
                    span = Span(words[0].span.start_ms, words[-1].span.end_ms)
                    yield Question(index, span, text, "".join(word.text for word in words))


def _to_confirm(view: View, role: Role) -> Iterator[Question]:
    for index in view.voice(role).turns:
        if not _CONFIRMS.search(view.texts[index]):
            continue
        clauses = _clauses_of(view, index)
        for said, tag in pairwise(clauses):
            reads_back = len(_DIGITS.findall(said.text)) > MOST_DIGITS
            if _CONFIRMS.fullmatch(tag.text) and not asks(said.text) and not reads_back:
                span = Span(said.words[0].span.start_ms, said.words[-1].span.end_ms)
                yield Question(index, span, said.text, "".join(word.text for word in said.words))


def _clauses_of(view: View, index: int) -> tuple[_Clause, ...]:
    return view.keep(("clauses", index), lambda: tuple(_clauses(view, index)))


def _clauses(view: View, index: int) -> Iterator[_Clause]:
    """Cut where punctuation or a pause says so."""
    words: list[Word] = []
    starts: list[int] = []
    text = ""
    said = view.turns[index].words
    for word, form, after in zip(said, view.forms[index], (*said[1:], None), strict=True):
        words.append(word)
        starts.append(len(text))
        text += form
        pause = after.span.start_ms - word.span.end_ms if after else 0
        if after is None or pause >= CLAUSE_PAUSE_MS or _ENDS_CLAUSE.search(word.text):
            if text:
                yield _Clause(index, tuple(words), text, tuple(starts))
            words, starts, text = [], [], ""


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """A clause that asks twice without a pause is cut where the second question begins."""
    start = 0
    previous: re.Match[str] | None = None
    for found in _ASKS.finditer(text):
        if previous is not None and found[0] not in ("呢", "么"):
            between = [at.start() for at in _NEW_QUESTION.finditer(text, previous.end(), found.start() + 1)]
            begins = between[:1] or ([found.start()] if _BEGINS_ITSELF.match(found[0]) else [])
            for cut in begins:
                yield start, cut
                start = cut
        previous = found
    yield start, len(text)


def _words(clause: _Clause, start: int, end: int) -> tuple[Word, ...]:
    kept = [word for word, at in zip(clause.words, clause.starts, strict=True) if start <= at < end]
    return tuple(kept) or clause.words

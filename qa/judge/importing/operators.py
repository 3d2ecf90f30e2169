"""Turns one operator of Alibaba SCA, in the range of its condition, into a leaf of ours."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, permutations
from typing import Any

from qa.judge.importing.fields import Fields, NotCarried
from qa.judge.importing.leaves import Heard, Reached, Whole, by_anyone
from qa.judge.importing.logic import And, Node, Not, Or
from qa.judge.importing.regex import LONGEST_GAP, keyword, pattern_of

MOST_WAYS = 12
"""N of these keywords, written as all their combinations, stays readable so far."""
SHORTEST_SILENCE_MS = 2000
"""Shorter ones are not measured."""


class Range:
    """Who is listened to and where, as `check_range` says."""

    def __init__(self, who: str | None, window: tuple[tuple[str, object], ...], span: tuple[int, int] | None) -> None:
        self.who = who
        """None: both parties."""
        self.window = window
        self.span = span
        """Sentences counted from an anchor."""


Tell = Callable[[str], None]


def leaf_of(operator: Fields, where: Range, tell: Tell) -> Node:
    """Raises NotCarried where we have nothing of the kind. Smaller losses go to `tell`."""
    kind = str(operator.get("type", "oper_type") or "").strip()
    name = str(operator.get("name", "oper_name") or "")
    operator.ignore("oid", "id", "quality_check_type")
    raw = operator.get("param", "params")
    param = Fields(raw if raw is not None else {}, f"算子“{name or kind}”")
    made = _known(kind, name)(param, where, tell)
    for lost in (*operator.left(), *param.left()):
        tell(f"算子“{name or kind}”的 {lost} 没有带过来")
    return made


def _known(kind: str, name: str) -> Callable[[Fields, Range, Tell], Node]:
    """By its published code, else by its Chinese name: some codes are not published."""
    code = kind.upper().replace("-", "_")
    if code in _BY_CODE:
        return _BY_CODE[code]
    for text in (kind, name):
        for words, made in _BY_NAME.items():
            if words in text:
                return made
    named = (*code.split("_"), name, kind)
    reasons = (why for word, why in _NOT_HERE.items() if any(_means(word, one) for one in named))
    reason = next(reasons, "这里没有这种算子")
    raise NotCarried(f"算子“{name or kind}”：{reason}")


def _means(word: str, named: str) -> bool:
    """Codes by the whole word, Chinese names by what they contain."""
    return word == named if word.isascii() else word in named


def _said(say: list[str], where: Range, *, ear: str = "", except_: list[str] | None = None) -> Node:
    heard = Heard(
        who=where.who or "agent",
        say=tuple(dict.fromkeys(say)),
        except_=tuple(except_ or ()),
        window=where.window,
        ear=ear,
    )
    return heard if where.who else by_anyone(heard)


def _keywords(every: bool) -> Callable[[Fields, Range, Tell], Node]:
    def made(param: Fields, where: Range, tell: Tell) -> Node:
        words = [keyword(word) for word in param.texts("keywords", "oper_key_words", "key_words", "phrase")]
        if not words:
            raise NotCarried("关键字检查里一个关键字都没有")
        size = param.whole("keyword_match_size")
        size = (-1 if every else 1) if size is None else size
        together = bool(param.get("in_sentence"))
        param.ignore("context_chat_match", "key_words_size")
        for more in ("keyword_extension", "case_sensitive"):
            if param.get(more):
                tell(f"关键字检查的 {more} 没有带过来")
        for group in (param.get("synonyms") or {}).values() if isinstance(param.get("synonyms"), dict) else ():
            words += [keyword(str(word)) for word in group]
        times = param.whole("threshold") or 1
        if times > 1:
            return _counted(words, times, where)
        needed = len(words) if size == -1 else size
        if needed == 0:
            return Not(_said(words, where))
        if needed <= 1 or len(words) == 1:
            return _said(words, where)
        if needed > len(words):
            raise NotCarried(f"关键字只有 {len(words)} 个，要命中 {needed} 个，永远不会命中")
        return _several(words, needed, where, tell, together=together)

    return made


def _counted(words: list[str], times: int, where: Range) -> Node:
    if where.who is None:
        raise NotCarried("次数要数一方的，条件里没有写角色")
    short = Heard(who=where.who, say=tuple(words))
    keys: dict[str, Any] = {"who": where.who, "any_of": short.phrases(), "more_than": times - 1}
    return Whole(kind="phrase_count", keys={**keys, "window": dict(where.window)} if where.window else keys)


def _several(words: list[str], needed: int, where: Range, tell: Tell, *, together: bool) -> Node:
    chosen = list(combinations(words, needed))
    if together:
        orders = [order for one in chosen for order in permutations(one)]
        if len(orders) <= MOST_WAYS:
            tell(f"“同一句里都有”写成先后不论、相隔 {LONGEST_GAP} 个字以内")
            return _said([f"…{LONGEST_GAP}".join(order) for order in orders], where)
        tell("“同一句里都有”放宽成同一通里都有")
    if len(chosen) > MOST_WAYS:
        raise NotCarried(f"{len(words)} 个关键字里命中 {needed} 个，组合太多，写不成条件")
    ways = [And(tuple(_said([word], where) for word in one)) for one in chosen]
    return ways[0] if len(ways) == 1 else Or(tuple(ways))


def _regular(param: Fields, where: Range, tell: Tell) -> Node:
    param.ignore("in_sentence", "context_chat_match")
    patterns = param.texts("regex")
    if not patterns:
        raise NotCarried("正则表达式检查里没有正则")
    excepts = [pattern_of(one) for one in param.texts("not_regex")]
    if excepts:
        tell("notRegex 写成 except：和命中的话重叠才算例外，不再是整句")
    return _said([pattern_of(one) for one in patterns], where, except_=excepts)


def _similar(param: Fields, where: Range, tell: Tell) -> Node:
    param.ignore("in_sentence")
    sentences = [keyword(one) for one in param.texts("similarly_sentences", "phrase", "references")]
    if not sentences:
        raise NotCarried("相似度匹配里没有话术")
    score = param.whole("score", "threshold")
    tell(f"相似度匹配（{score or '未写'}）写成按字和读音找，换了说法的意思认不出来：请把常见说法补全")
    return _said(sentences, where, ear="generous")


def _repeated(param: Fields, where: Range, tell: Tell) -> Node:
    param.ignore("from", "similarity_threshold", "threshold", "target_role", "role_id")
    times = param.whole("hit_time") or 1
    tell("上下文重复检查写成重复提问：只比问句，按意思和读音比；from、similarity_threshold 没有带过来")
    keys: dict[str, Any] = {"who": where.who or "agent", "more_than": times}
    if spared := [keyword(one) for one in param.texts("excludes")]:
        keys["without"] = spared
    return Whole(kind="repeat_question", keys=keys)


def _silence(param: Fields, where: Range, tell: Tell) -> Node:
    least, most = param.whole("interval"), param.whole("interval_end")
    param.ignore("near_dialogue", "check_first_sentence", "from_end")
    if str(param.get("compare_operator") or "gt") == "lt":
        raise NotCarried("“静音少于”（compareOperator lt）不是一段可以引用的静音")
    if param.whole("target") == 0:
        raise NotCarried("target 为 0 量的是一句话的长短，不是静音")
    if least is None:
        raise NotCarried("静音检查没有写 interval")
    _no_window(where, tell)
    if param.get("different_role") and where.who == "agent":
        tell("不同角色之间的间隔写成应答时延：客户说完到坐席开口")
        return Reached(measure="response_latency_ms", role="agent", above=least, below=most)
    if where.who == "customer":
        raise NotCarried("客户多久才开口没有测量")
    if least < SHORTEST_SILENCE_MS:
        tell(f"静音 {least} 毫秒：{SHORTEST_SILENCE_MS} 毫秒以下的停顿不测量，按 {SHORTEST_SILENCE_MS} 算")
        least = SHORTEST_SILENCE_MS
    tell("静音写成谁都没有说话的一段（dead_air_ms），包括开头和结尾")
    return Reached(measure="dead_air_ms", above=least, below=most)


def _speed(param: Fields, where: Range, tell: Tell) -> Node:
    bound = param.whole("velocity_in_mint")
    if bound is None:
        raise NotCarried("语速检查没有写 velocityInMint")
    if not param.get("average"):
        tell("逐句的语速写成整通的平均语速")
    _no_window(where, tell)
    fewest = param.whole("min_word_size") or 0
    return Reached(measure="speech_rate_spm", role=where.who or "agent", above=bound, least_syllables=max(0, fewest))


def _interruption(param: Fields, where: Range, tell: Tell) -> Node:
    if where.who == "customer":
        raise NotCarried("客户抢坐席的话不测量")
    overlap = param.whole("interval", "threshold") or 1000
    fewest = param.whole("min_word_size") or 4
    if param.get("delay_time"):
        tell("抢话的 delayTime 没有带过来：坐席开口满 0.3 秒就算")
    _no_window(where, tell)
    keys = {"more_than": f"{overlap}ms", "at_least": fewest}
    part = Reached(measure="interruption_ms", role="agent", above=overlap)
    return Whole(kind="interruption", keys=keys, part=part)


def _pick_up(param: Fields, where: Range, tell: Tell) -> Node:
    least = param.whole("interval", "threshold")
    if least is None or where.who == "customer":
        raise NotCarried("非正常接听没有写多久，或看的是客户")
    _no_window(where, tell)
    return Reached(measure="greeting_delay_ms", role="agent", above=least)


def _length(param: Fields, where: Range, tell: Tell) -> Node:
    bound = param.whole("interval", "threshold")
    param.ignore("begin_type", "end_type")
    if bound is None:
        raise NotCarried("录音时长检测没有写多久")
    _no_window(where, tell)
    tell("录音时长按整个录音算，不从某一句算起")
    if str(param.get("compare_operator") or "gt") == "lt":
        return Reached(measure="call_ms", below=bound)
    return Reached(measure="call_ms", above=bound, below=param.whole("interval_end"))


def _no_window(where: Range, tell: Tell) -> None:
    if where.window or where.span:
        tell("测量看整通，检测范围没有带过来")


_BY_CODE: dict[str, Callable[[Fields, Range, Tell], Node]] = {
    "HIT_ANY_KEYWORDS": _keywords(every=False),
    "INCLUDE_KEYWORDS": _keywords(every=True),
    "REGULAR_EXPRESSION": _regular,
    "SIMILAR_MATCH": _similar,
    "ADVANCED_REPEAT_DETECT": _repeated,
    "INTERVAL_GREATER": _silence,
    "SPEECH_SPEED_CHECK": _speed,
    "CHIME_IN": _interruption,
    "INTERRUPT": _interruption,
}
_BY_NAME: dict[str, Callable[[Fields, Range, Tell], Node]] = {
    "关键字": _keywords(every=False),
    "关键词": _keywords(every=False),
    "正则": _regular,
    "相似度": _similar,
    "上下文重复": _repeated,
    "静音": _silence,
    "语速": _speed,
    "抢话": _interruption,
    "非正常接听": _pick_up,
    "录音时长": _length,
}
_NOT_HERE = {
    "NER": "信息实体识别没有",
    "ENERGY": "能量等级（1–9）和分贝换算不了；看嗓门用 raised_voice，看音量用 loudness",
    "实体": "信息实体识别没有",
    "非正常挂机": "最后一句到挂机的时间没有单独的测量（long_silence 看得到结尾的冷场）",
    "能量": "能量等级（1–9）和分贝换算不了；看嗓门用 raised_voice，看音量用 loudness",
    "语句数": "不数语句；通话长短用 call_ms",
    "角色": "谁在说话不作为条件",
    "随录": "随录参数请写进话单的标签，规则里用 applies: {tags: […]}",
    "PARAM": "随录参数请写进话单的标签，规则里用 applies: {tags: […]}",
    "MODEL": "云上训练的模型带不过来：请用词表写出这类说法",
    "模型": "云上训练的模型带不过来：请用词表写出这类说法",
    "LLM": "大模型质检带不过来",
    "知识": "知识库问答带不过来",
    "流程": "流程质检带不过来：先后关系可以用 phrase_after、phrase_before 写",
}

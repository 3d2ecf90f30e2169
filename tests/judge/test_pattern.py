"""The small language of phrases: what it matches in writing, and what it refuses."""

from __future__ import annotations

import re

import pytest

from qa.judge.pattern import PatternError, normal, openings, parse

MATCHES = [
    ("我要投诉", "我要投诉", True),
    ("我要投诉", "我要去投诉", False),
    ("乱(扣|收)[我][的](费|钱)", "乱收我的钱", True),
    ("乱(扣|收)[我][的](费|钱)", "乱扣费", True),
    ("乱(扣|收)[我][的](费|钱)", "乱用费", False),
    ("感谢…来电", "感谢您今天的来电", True),
    ("感谢…来电", "感谢您今天打来的这一通来电", False),
    ("感谢…2来电", "感谢您的来电", True),
    ("感谢…2来电", "感谢您今天来电", False),
    ("感谢...来电", "感谢您的来电", True),
    ("^喂说吧", "你喂说吧", False),
    ("^喂说吧", "喂说吧", True),
    ("知道了$", "知道了吗", False),
    ("((很|非常)[的]|)抱歉", "非常的抱歉", True),
    ("((很|非常)[的]|)抱歉", "抱歉", True),
    ("(请|麻烦)稍等", "请,稍等。", True),
    ("100%保证", "100%保证", True),
    ("帐单", "账单", True),
    ("其它", "其他", True),
    ("[您]…3考虑", "考虑", True),
    ("[您]…3考虑", "您再考虑", True),
    ("wifi密码", "WiFi密码", True),
]


@pytest.mark.parametrize(("source", "text", "found"), MATCHES)
def test_a_pattern_matches_what_it_says(source: str, text: str, found: bool) -> None:
    pattern = parse(source)
    match = re.search(pattern.written, normal(text), re.MULTILINE)

    assert bool(match) is found
    if match and not pattern.is_anchored:
        assert any(match[0].startswith(opening) for opening in openings(pattern.parts, 2))


@pytest.mark.parametrize("source", ["(好", "好)", "[好", "好]", "a|b", "[好]", "(好|)", "…", "^$", ",。"])
def test_a_pattern_that_means_nothing_is_refused_in_chinese(source: str) -> None:
    with pytest.raises(PatternError, match=r"[\u4e00-\u9fff]"):
        parse(source)


def test_expansions_are_all_ways_of_saying_it() -> None:
    assert set(parse("(请|麻烦)[您]稍等").expansions) == {"请稍等", "请您稍等", "麻烦稍等", "麻烦您稍等"}


def test_a_pattern_with_too_many_ways_is_searched_by_expression_only() -> None:
    assert parse("(一|二|三|四|五|六|七)" * 4).expansions == ()


def test_full_width_brackets_are_brackets() -> None:
    assert parse("乱(扣|收)费".translate(str.maketrans("()|", "\uff08\uff09\uff5c"))).expansions == ("乱扣费", "乱收费")

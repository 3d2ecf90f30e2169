"""Phrases through recognition errors: what counts as said, for what is forbidden and for what is required."""

from __future__ import annotations

import pickle

import pytest
from dialogue import dialogue

from qa.judge.dialogue import call_of_turns, turn_of
from qa.judge.matching import Ear, Match, Phrases
from qa.judge.pattern import parse
from qa.judge.sound import folded, readings, sounds
from qa.judge.view import View
from qa.model import Call, Role, Turn, Word
from qa.span import Span


def heard(phrase: str | tuple[str, ...], text: str, ear: Ear, **more: tuple[str, ...]) -> tuple[Match, ...]:
    given = (phrase,) if isinstance(phrase, str) else phrase
    phrases = Phrases(
        patterns=tuple(map(parse, given)),
        exact=tuple(map(parse, more.get("exact", ()))),
        words=more.get("words", ()),
        excepts=tuple(map(parse, more.get("excepts", ()))),
    )
    return phrases.find(View(dialogue([f"坐席：{text}"])), Role.AGENT, ear)


BY_SOUND = [
    # phrase, as recognised, and the strictest ear that still hears it
    ("喂说吧", "为说吧", Ear.STRICT),
    ("话费查询", "话飞查询", Ear.STRICT),
    ("办理携号转网", "办理邪号准网", Ear.NORMAL),
    ("我要拆机", "我要拆军", None),
    ("还需要其他服务", "还是要其他服务", Ear.NORMAL),
    ("感谢您的来电", "感谢您的来店", Ear.STRICT),
    ("让您久等了", "让您就等了", Ear.STRICT),
    ("你去营业厅问吧", "你去营业听问吧", Ear.STRICT),
    ("不归我管", "不贵我管", Ear.STRICT),
    ("这个问题我处理不了", "这个问题我处理不聊", Ear.STRICT),
    ("再见", "在见", Ear.GENEROUS),
    ("滚蛋", "滚单", Ear.GENEROUS),
    ("不知道", "不知倒", Ear.STRICT),
    ("有意见你去投诉", "有一件你去头诉", Ear.STRICT),
]
EARS = [Ear.STRICT, Ear.NORMAL, Ear.GENEROUS]


@pytest.mark.parametrize(("phrase", "text", "strictest"), BY_SOUND)
def test_sound_is_heard_as_far_as_the_ear_is_generous(phrase: str, text: str, strictest: Ear | None) -> None:
    hearing = [ear for ear in EARS if heard(phrase, text, ear)]

    assert hearing == (EARS[EARS.index(strictest) :] if strictest else [])
    for ear in hearing:
        assert heard(phrase, text, ear)[0].near == phrase


@pytest.mark.parametrize("ear", EARS)
@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("我不知道", "我知道了"),
        ("你必须", "你不必须"),
        ("没办法", "美办法"),
        ("处理不了", "处理得了"),
        ("我要下班了", "我要下单了"),
        ("不可能", "可能"),
        ("滚", "棍"),
        ("我要下班了", "我要下了"),
    ],
)
def test_what_means_something_else_is_not_heard(phrase: str, text: str, ear: Ear) -> None:
    assert heard(phrase, text, ear) == ()


def test_a_strict_ear_does_not_cut_words_for_a_short_phrase() -> None:
    assert heard("你等着", "你等这个短信", Ear.STRICT) == ()
    assert heard("你等着", "你等折", Ear.STRICT)


def test_a_near_match_names_the_phrase_and_quotes_what_was_written() -> None:
    (match,) = heard("喂说(吧|话)", "为说吧你好", Ear.STRICT)
    assert (match.quote, match.near) == ("为说吧", "喂说吧")


def test_what_is_exact_is_not_heard_by_sound() -> None:
    assert heard((), "为说吧", Ear.GENEROUS, exact=("喂说吧",)) == ()
    assert heard((), "喂说吧", Ear.OFF, exact=("喂说吧",))


def test_a_word_is_a_word_and_not_part_of_another() -> None:
    assert heard((), "你给我滚", Ear.STRICT, words=("滚",))
    assert heard((), "屏幕会向下滚动", Ear.STRICT, words=("滚",)) == ()


def test_an_exception_spares_what_it_overlaps_even_when_misheard() -> None:
    assert heard("我不知道", "我不知道您方便吗", Ear.STRICT, excepts=("不知道您方便",)) == ()
    assert heard("我不知道", "我不知道您放便吗", Ear.STRICT, excepts=("不知道您方便",)) == ()
    assert heard("我不知道", "我不知道这个", Ear.STRICT, excepts=("不知道您方便",))


def spoken(words: list[tuple[str, float]]) -> Call:
    turn = Turn(
        Role.AGENT,
        0,
        tuple(Word(text, Span(200 * at, 200 * at + 200), sure) for at, (text, sure) in enumerate(words)),
    )
    return call_of_turns([turn], call_id="c", duration_ms=60_000)


def test_a_stray_syllable_is_passed_over_where_the_recogniser_doubts_it() -> None:
    phrases = Phrases(patterns=(parse("(你|您)必须"),))
    doubted = [("您", 0.9), ("已", 0.3), ("必", 0.9), ("须", 0.9)]
    believed = [(text, 0.95) for text, _ in doubted]

    assert [match.near for match in phrases.find(View(spoken(doubted)), Role.AGENT, Ear.STRICT)] == ["您必须"]
    assert phrases.find(View(spoken(believed)), Role.AGENT, Ear.STRICT) == ()


def test_a_long_phrase_survives_a_syllable_more_or_less_where_it_is_required() -> None:
    for text in ("请问还要需要其他服务吗", "请问还需要其服务吗", "请问还需要其他富吗"):
        assert heard("请问还需要其他服务吗", text, Ear.GENEROUS), text
        assert not heard("请问还需要其他服务吗", text.replace("需", "不需"), Ear.STRICT)


def test_a_phrase_reads_on_across_a_slow_speakers_pause_but_not_across_the_other_party() -> None:
    slow = dialogue(["[0-2]坐席：请问还需要", "[4-6]坐席：其它服务吗"])
    broken = dialogue(["[0-2]坐席：请问还需要", "[2-4]客户：我想问一下", "[4-6]坐席：其它服务吗"])
    phrases = Phrases(patterns=(parse("还需要其它服务"),))

    (match,) = phrases.find(View(slow), Role.AGENT, Ear.GENEROUS)
    assert match.span.start_ms < 2000 < 4000 < match.span.end_ms
    assert phrases.find(View(slow), Role.AGENT, Ear.STRICT) == ()
    assert phrases.find(View(broken), Role.AGENT, Ear.GENEROUS) == ()


def test_a_match_has_the_span_and_confidence_of_its_words() -> None:
    phrases = Phrases(patterns=(parse("说吧"),))
    (match,) = phrases.find(View(spoken([("喂", 0.9), ("说", 0.4), ("吧。", 0.6)])), Role.AGENT)

    assert match.span == Span(200, 600)
    assert match.quote == "说吧"
    assert match.confidence == pytest.approx(0.5)


def test_phrases_go_to_another_process_and_hear_alike() -> None:
    phrases = Phrases(patterns=(parse("喂说吧"),), words=("滚",))
    view = View(dialogue(["坐席：为说吧"]))

    assert pickle.loads(pickle.dumps(phrases)).find(view, Role.AGENT, Ear.STRICT) == phrases.find(
        view, Role.AGENT, Ear.STRICT
    )


@pytest.mark.parametrize(
    ("one", "other"), [("zhong1", "zong1"), ("nan2", "lan2"), ("xin1", "xing1"), ("fei4", "hui4"), ("sheng1", "sen1")]
)
def test_telephone_mandarin_confuses(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_readings_are_toneless_syllables_with_their_tone() -> None:
    assert readings("话")[0] == "hua4"
    assert readings("女")[0] == "nv3"
    assert readings("a") == ()
    assert len(sounds("话费5G\n查")) == len("话费5G\n查")


def test_an_empty_turn_is_no_trouble() -> None:
    turns = [turn_of(Role.AGENT, "……", Span(0, 500)), turn_of(Role.AGENT, "再见", Span(600, 900))]
    view = View(call_of_turns(turns, call_id="c", duration_ms=1000))

    assert len(Phrases(patterns=(parse("再见"),)).find(view, Role.AGENT)) == 1


@pytest.mark.parametrize("ear", [Ear.STRICT, Ear.NORMAL, Ear.GENEROUS])
@pytest.mark.parametrize(("phrase", "text"), [("跟您…2争", "跟您保证"), ("心里…4急", "心里清楚记录")])
def test_one_syllable_after_a_gap_is_not_known_by_its_sound_alone(ear: Ear, phrase: str, text: str) -> None:
    assert not heard(phrase, text, ear)


def test_one_syllable_after_a_gap_may_stand_beside_a_misheard_one() -> None:
    assert heard("跟您就说…2争", "跟您就说不争", Ear.STRICT)
    assert heard("别冲客户…2争", "别充客户再争", Ear.STRICT)

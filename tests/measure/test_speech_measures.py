"""Measures that come from speech activity: each with a call in which the answer is known to the millisecond."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from measured_calls import AGENT, CUSTOMER, OTHER, UNKNOWN, Call, track
from msgspec.structs import replace

from qa.measure.parties import speech_of
from qa.measures import MEASURES
from qa.model import ANNOUNCEMENT, Recording, Role, Track, Word
from qa.span import Span, subtract
from qa.transcribe.roles import assign
from qa.transcribe.sidecar import transcript_from_turns
from qa.transcribe.sidecar_format import SpokenTurn
from qa.transcribe.turns import turns_of

CORPUS = Path(__file__).parents[2] / "../shared/corpus"


# ---------------------------------------------------------------- the three rates


def test_the_three_rates_differ_by_which_time_they_count() -> None:
    # 20 syllables; 4 s of sound, 5 s with the one-second pause, 60 s of call. The pause of 3 s is no speaking.
    said = [(0, 1000, "一二三四五"), (2000, 4000, "一二三四五六七八九十"), (7000, 8000, "一二三四五")]
    call = Call(60_000, {AGENT: said, CUSTOMER: []})
    assert call.value("syllables_count", AGENT) == 20
    assert call.value("articulation_rate_spm", AGENT) == 300.0
    assert call.value("speech_rate_spm", AGENT) == 240.0
    assert call.value("call_rate_spm", AGENT) == 20.0


def test_a_pause_in_which_the_customer_answers_is_not_inside_a_turn() -> None:
    said = [(0, 2000, "一二三四五六七八九十"), (3000, 5000, "一二三四五六七八九十")]
    answered = Call(60_000, {AGENT: said, CUSTOMER: [(2200, 2800, "三七")]})
    assert answered.value("speech_rate_spm", AGENT) == 300.0
    assert Call(60_000, {AGENT: said, CUSTOMER: []}).value("speech_rate_spm", AGENT) == 240.0


def test_a_word_of_assent_in_a_breath_does_not_speed_anybody_up() -> None:
    said = [(0, 2000, "一二三四五六七八九十"), (2900, 5000, "一二三四五六七八九十")]
    assert Call(60_000, {AGENT: said, CUSTOMER: [(2200, 2600, "嗯")]}).value("speech_rate_spm", AGENT) == 240.0


def test_the_slow_pauses_of_a_slow_speaker_count() -> None:
    said = [(0, 2000, "一二三四五六七八九十"), (4200, 6000, "一二三四五六七八九十"), (9000, 10_000, "一二三四")]
    # 24 syllables in 6 s with the comma's 2.2 s, and in the last second; the three seconds before it end a turn.
    assert Call(60_000, {AGENT: said, CUSTOMER: []}).value("speech_rate_spm", AGENT) == round(60 * 24 / 7, 1)


def test_speech_that_was_not_made_out_does_not_slow_anybody_down() -> None:
    said = [(0, 2000, "一二三四五六七八九十"), (10_000, 16_000, "")]
    call = Call(60_000, {AGENT: said, CUSTOMER: []}, unheard=[Span(10_000, 16_000)])
    assert call.value("speech_rate_spm", AGENT) == 300.0


def test_numbers_count_as_they_are_read() -> None:
    assert Call(9000, {AGENT: [(0, 4000, "套餐59元")], CUSTOMER: []}).value("syllables_count", AGENT) == 6


def test_nobody_gets_a_rate_without_words_or_from_a_moment() -> None:
    call = Call(9000, {AGENT: [(0, 4000, "")], CUSTOMER: [(5000, 5400, "喂")]})
    assert call.rows("speech_rate_spm") == []
    assert call.value("syllables_count", AGENT) == 0


# ---------------------------------------------------------------- dead air, delays, holds


def test_dead_air_counts_from_two_seconds_and_at_both_ends() -> None:
    call = Call(20_000, {AGENT: [(2500, 4000, "您好"), (5900, 7000, "您好")], CUSTOMER: [(9000, 15_000, "你好")]})
    assert call.rows("dead_air_ms") == [(2500, 0, 2500), (2000, 7000, 9000), (5000, 15_000, 20_000)]
    assert call.rows("first_speech_ms") == [(2500, 0, 2500)]


def test_one_party_speaking_is_not_dead_air() -> None:
    call = Call(10_000, {AGENT: [(0, 1000, "您好")], CUSTOMER: [(1000, 10_000, "我想问一下")]})
    assert call.rows("dead_air_ms") == []


def test_music_is_not_speech() -> None:
    call = Call(20_000, {AGENT: [(0, 1000, "您好"), (19_000, 20_000, "您好")], OTHER: [(1000, 19_000, "请稍候")]})
    assert call.rows("dead_air_ms") == [(18_000, 1000, 19_000)]


def test_an_empty_recording_is_all_dead_air() -> None:
    call = Call(5000, {AGENT: [], CUSTOMER: []})
    assert call.rows("dead_air_ms") == [(5000, 0, 5000)]
    assert call.rows("first_speech_ms") == []


def test_a_click_in_the_silence_does_not_end_it() -> None:
    call = Call(40_000, {AGENT: [(0, 1000, "您好"), (20_000, 20_150, ""), (39_000, 40_000, "您好")], CUSTOMER: []})
    assert call.rows("dead_air_ms") == [(38_000, 1000, 39_000)]


def test_a_short_word_is_no_click() -> None:
    words = (Word("嗯", Span(900, 1050), 0.9),)
    assert speech_of(Track(channel=0, speech=(Span(1000, 1150), Span(9000, 9150)), words=words)) == (Span(1000, 1150),)


def test_a_soft_voice_that_activity_missed_is_no_silence() -> None:
    words = tuple(Word("啊", Span(ms, ms + 300), 0.9) for ms in (0, 4000, 4300, 4600, 9000))
    track = Track(channel=0, speech=(Span(0, 300), Span(9000, 9300)), words=words)
    assert speech_of(track) == (Span(0, 300), Span(4000, 4900), Span(9000, 9300))


def test_a_word_that_slipped_into_a_silence_does_not_break_it() -> None:
    words = (Word("好", Span(0, 300), 0.9), Word("的", Span(5000, 5300), 0.9), Word("您", Span(9000, 9300), 0.9))
    track = Track(channel=0, speech=(Span(0, 600), Span(9000, 9300)), words=words)
    assert speech_of(track) == (Span(0, 600), Span(9000, 9300))


def test_delays_run_from_the_customers_last_word_to_the_agents_next() -> None:
    call = Call(
        30_000,
        {
            AGENT: [(1500, 3000, "您好"), (8000, 9000, "好的"), (20_000, 21_000, "请讲")],
            CUSTOMER: [(4000, 5000, "你好"), (5500, 6000, "我想问"), (12_000, 13_000, "喂"), (17_000, 18_000, "在吗")],
        },
    )
    assert call.rows("greeting_delay_ms") == [(1500, 0, 1500)]
    assert call.rows("response_latency_ms") == [(2000, 6000, 8000), (2000, 18_000, 20_000)]


def test_an_answer_that_overlaps_has_no_delay() -> None:
    call = Call(9000, {AGENT: [(2500, 5000, "改不了")], CUSTOMER: [(0, 3000, "我想改")]})
    assert call.rows("response_latency_ms") == []


def test_a_hold_lies_between_agent_speech_with_the_customer_silent() -> None:
    agent = [(0, 2000, "我看一下"), (13_000, 15_000, "查到了"), (28_000, 29_000, "好的")]
    customer = [(4000, 5000, "好的"), (15_000, 25_000, "我想说的是这样")]
    assert Call(60_000, {AGENT: agent, CUSTOMER: customer}).rows("hold_ms") == [(11_000, 2000, 13_000)]


def test_ten_seconds_are_no_hold_and_neither_is_the_end_of_the_call() -> None:
    call = Call(60_000, {AGENT: [(20_000, 21_000, "您好"), (31_000, 32_000, "请讲")], CUSTOMER: [(0, 3000, "你好")]})
    assert call.rows("hold_ms") == []


def test_nobody_is_kept_waiting_in_a_silent_call() -> None:
    call = Call(60_000, {AGENT: [(0, 2000, "您好"), (15_000, 17_000, "您好")], CUSTOMER: []})
    assert call.rows("hold_ms") == []


# ---------------------------------------------------------------- interruptions


@pytest.mark.parametrize(
    ("agent", "customer", "rows"),
    [
        pytest.param([(2000, 5000)], [(0, 4000)], [(2000, 2000, 4000)], id="starts while the customer speaks"),
        pytest.param([(3000, 3500)], [(0, 6000)], [(500, 3000, 3500)], id="an agent who gives way"),
        pytest.param([(3750, 6000)], [(0, 4000)], [], id="a quarter second is how turns change hands"),
        pytest.param([(0, 4000)], [(2000, 5000)], [], id="the customer started"),
        pytest.param([(100, 4000)], [(0, 4000)], [], id="both started at once"),
        pytest.param(
            [(0, 2000), (2600, 5000)], [(2300, 4000)], [(1400, 2600, 4000)], id="a start after the customer's"
        ),
        pytest.param([(0, 2000), (2600, 5000)], [(2590, 4000)], [], id="going on as the customer begins"),
        pytest.param(
            [(3000, 6000)], [(0, 2500), (3500, 5000)], [(2000, 3000, 5000)], id="in a pause of a long sentence"
        ),
        pytest.param([(1000, 4000)], [(0, 500), (1800, 3000)], [], id="an afterthought to 好的"),
        pytest.param([(3000, 6000)], [(0, 2500), (4500, 5500)], [], id="the customer had finished"),
        pytest.param([(2000, 3000), (3500, 4500)], [(0, 4000)], [(2000, 2000, 4000)], id="one row for one start"),
    ],
)
def test_the_agent_interrupts_who_has_not_finished(
    agent: list[tuple[int, int]], customer: list[tuple[int, int]], rows: list[tuple[int, int, int]]
) -> None:
    said = {AGENT: [(a, b, "一二三四") for a, b in agent], CUSTOMER: [(a, b, "五六七八") for a, b in customer]}
    assert Call(10_000, said).rows("interruption_ms", AGENT) == rows


def test_overlap_is_counted_whoever_began() -> None:
    call = Call(10_000, {AGENT: [(0, 3000, "您好")], CUSTOMER: [(2000, 5000, "你好"), (2900, 2950, "")]})
    assert call.rows("overlap_ms") == [(1000, 2000, 3000)]


# ---------------------------------------------------------------- talk


def test_talk_is_shared_between_the_two() -> None:
    call = Call(20_000, {AGENT: [(0, 6000, "您好"), (7000, 8000, "您好")], CUSTOMER: [(10_000, 11_000, "你好")]})
    assert (call.value("talk_ms", AGENT), call.value("talk_ms", CUSTOMER)) == (7000, 1000)
    assert (call.value("talk_share_pct", AGENT), call.value("talk_share_pct", CUSTOMER)) == (87.5, 12.5)
    assert call.rows("longest_monologue_ms", AGENT) == [(8000, 0, 8000)]
    assert call.value("call_ms") == 20_000


def test_a_reply_ends_a_monologue_and_a_breath_does_not() -> None:
    agent = [(0, 4000, "您好"), (6000, 9000, "您好"), (10_500, 12_000, "好的")]
    call = Call(20_000, {AGENT: agent, CUSTOMER: [(9400, 10_200, "我想问")]})
    assert call.rows("longest_monologue_ms", AGENT) == [(9000, 0, 9000)]


def test_an_unknown_voice_gets_no_figure_that_needs_a_role() -> None:
    call = Call(30_000, {UNKNOWN: [(6000, 8000, "您好请问有什么可以帮您"), (20_000, 22_000, "再见")]})
    names = {m.name for m in call.measured(samples=lambda: pytest.fail("decoded for nobody"))}
    assert names == {
        "call_ms", "talk_ms", "syllables_count", "speech_rate_spm", "articulation_rate_spm", "call_rate_spm",
        "dead_air_ms", "first_speech_ms",
    }  # fmt: skip
    assert all(m.role in (None, UNKNOWN) for m in call.measured())


def test_measurements_come_in_one_order() -> None:
    call = Call(30_000, {AGENT: [(0, 1000, "您好"), (20_000, 21_000, "您好")], CUSTOMER: [(5000, 6000, "你好")]})
    names = [m.name for m in call.measured()]
    assert names == sorted(names, key=list(MEASURES).index)
    assert call.measured() == call.measured()


def test_every_measure_says_what_it_is() -> None:
    ends = {
        "ms": "_ms",
        "%": "_pct",
        "dBFS": "_db",
        "dB": "_db",
        "Hz": "_hz",
        "semitones": "_st",
        "syllables/min": "_spm",
        "syllables": "_count",
    }
    for name, measure in MEASURES.items():
        assert name.endswith(ends[measure.unit])
        assert measure.label
        assert len(measure.definition) > 10


# ---------------------------------------------------------------- labelled calls


@pytest.mark.shared
@pytest.mark.skipif(not CORPUS.exists(), reason="the labelled calls are not here")
def test_labelled_calls_measure_as_their_labels_say() -> None:
    seen = 0
    for path in sorted(CORPUS.glob("*.truth.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        turns = [
            SpokenTurn(
                span=Span(round(t["start"] * 1000), round(t["end"] * 1000)), text=t["text"], role=Role(t["role"])
            )
            for t in truth["turns"]
        ]
        mono = truth["layout"] == "mono"
        recording = Recording(
            call_id="a",
            path="a.wav",
            sha256="",
            duration_ms=round(truth["duration_s"] * 1000),
            sample_rate_hz=8000,
            channel_count=1 if mono else 2,
        )
        call = Call(0, {})
        call.recording, call.transcript = recording, transcript_from_turns(turns, recording, engine="truth")
        call.roles = assign(call.transcript, recording)
        call.turns = turns_of(call.transcript, call.roles)
        metrics = truth["metrics"]
        assert call.value("syllables_count", AGENT) == metrics["agent_syllables"]
        assert call.value("speech_rate_spm", AGENT) == pytest.approx(metrics["agent_speech_rate_spm"], rel=0.005)
        silences = [[start / 1000, end / 1000] for ms, start, end in call.rows("dead_air_ms") if ms > 5000]
        assert silences == metrics["silences_over_5s"]
        assert [[start / 1000, end / 1000] for _, start, end in call.rows("interruption_ms")] == metrics[
            "interruptions"
        ]
        seen += 1
    assert seen >= 16


def test_a_two_hour_call_is_measured_in_a_moment() -> None:
    # Every pair of sounds compared with every other would take a quarter of a minute.
    agent = [(ms, ms + 900, "您好请问") for ms in range(0, 7_200_000, 4000)]
    customer = [(ms + 1500, ms + 3500, "我想问一下") for ms in range(0, 7_200_000, 4000)]
    call = Call(7_200_000, {AGENT: agent, CUSTOMER: customer})
    started = time.perf_counter()
    assert call.measured()
    assert time.perf_counter() - started < 5


def with_queue() -> Call:
    """Ring-back, a menu and a queue before the agent; hold music in the middle; a survey at the end."""
    said = {
        AGENT: [(32_000, 35_000, "您好请讲"), (60_000, 62_000, "感谢等待")],
        CUSTOMER: [(36_000, 40_000, "我想查话费")],
    }
    call = Call(90_000, said)
    agent, customer = call.transcript.tracks
    prompts = track(0, [(8000, 20_000, "普通话请按1"), (66_000, 70_000, "满意请按1"), (80_000, 83_000, "感谢您的评价")])
    tracks = (
        replace(agent, music=(Span(0, 1000), Span(21_000, 30_000), Span(42_000, 58_000))),
        customer,
        replace(prompts, role=OTHER, label=ANNOUNCEMENT),
    )
    call.transcript = replace(call.transcript, tracks=tracks)
    call.roles = replace(call.roles, by_track=(AGENT, CUSTOMER, OTHER))
    return call


def test_the_wait_for_the_agent_counts_from_when_the_line_is_there() -> None:
    call = with_queue()
    assert call.rows("greeting_delay_ms") == [(2000, 30_000, 32_000)]
    assert call.rows("first_speech_ms") == [(2000, 30_000, 32_000)]


def test_a_line_that_hums_does_not_hide_the_wait_for_the_agent() -> None:
    agent = [(ms, ms + 2000, "您好请讲") for ms in range(9000, 60_000, 10_000)]
    customer = [(ms + 4000, ms + 7000, "我想查话费") for ms, _, _ in agent]
    call = Call(70_000, {AGENT: agent, CUSTOMER: customer})
    first, second = call.transcript.tracks
    hum = subtract([call.recording.span], first.speech)
    call.transcript = replace(call.transcript, tracks=(replace(first, music=tuple(hum)), second))
    assert call.rows("greeting_delay_ms") == [(9000, 0, 9000)]
    # Ring-back stops when somebody answers, and music on hold when they come back.
    held = replace(first, music=(Span(0, 4000), Span(41_500, 42_800), Span(46_100, 48_900)))
    call.transcript = replace(call.transcript, tracks=(held, second))
    assert call.rows("greeting_delay_ms") == [(5000, 4000, 9000)]


def test_queue_and_survey_are_no_dead_air_and_a_hold_is() -> None:
    rows = with_queue().rows("dead_air_ms")
    assert rows == [(2000, 30_000, 32_000), (20_000, 40_000, 60_000), (4000, 62_000, 66_000)]


def test_a_channel_that_was_not_recorded_makes_no_dead_air() -> None:
    call = Call(60_000, {AGENT: [(1000, 3000, "您好请讲"), (50_000, 52_000, "好的再见")], CUSTOMER: []})
    assert [value for value, _, _ in call.rows("dead_air_ms")] == [47_000, 8000]
    agent, customer = call.transcript.tracks
    call.transcript = replace(call.transcript, tracks=(agent, replace(customer, dead=True)))
    assert call.rows("dead_air_ms") == []
    assert call.rows("first_speech_ms") == [(1000, 0, 1000)]

"""Where the recogniser wavered reaches the rules: by role, and only while its words stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.model import Alternative, Recording, Role, Track, Transcript, Word
from qa.pipeline.steps import assemble
from qa.span import Span
from qa.transcribe.alternatives import in_place
from qa.transcribe.announcements import set_apart
from qa.transcribe.diarize_words import VoiceSpan, by_voice


def words(text: str, start_ms: int) -> tuple[Word, ...]:
    return tuple(Word(c, Span(start_ms + 200 * i, start_ms + 200 * i + 200), 0.9) for i, c in enumerate(text))


def track(*said: tuple[str, int], channel: int = 0, wavered: tuple[Alternative, ...] = ()) -> Track:
    found = [words(text, start_ms) for text, start_ms in said]
    return Track(
        channel=channel,
        speech=tuple(Span(some[0].span.start_ms, some[-1].span.end_ms) for some in found),
        words=tuple(word for some in found for word in some),
        alternatives=wavered,
    )


def recording(channels: int = 2) -> Recording:
    roles = (Role.AGENT, Role.CUSTOMER) if channels == 2 else None
    return Recording(
        call_id="c",
        path=str(Path("nowhere.wav")),
        sha256="",
        duration_ms=60_000,
        sample_rate_hz=8000,
        channel_count=channels,
        channel_roles=roles,
    )


BILL = Alternative(Span(600, 1000), "话飞", "花费", 0.4)


def test_each_party_has_what_the_recogniser_wavered_between_in_its_words() -> None:
    wish = Alternative(Span(5000, 5200), "我", "五", 1.0)
    tracks = (track(("我帮您话飞", 0), wavered=(BILL,)), track(("我要查", 5000), channel=1, wavered=(wish,)))
    call = assemble(recording(), Transcript(engine="x", tracks=tracks))
    assert call.alternatives == {Role.AGENT: (BILL,), Role.CUSTOMER: (wish,)}


def test_a_word_corrected_by_a_hotword_keeps_its_alternatives() -> None:
    tracks = (track(("我查话飞呢", 200), wavered=(BILL,)), track(("好", 5000), channel=1))
    call = assemble(recording(), Transcript(engine="x", tracks=tracks), None, ("查话费",))
    assert "话费" in call.turns[0].text
    assert call.alternatives == {Role.AGENT: (BILL,)}


@pytest.mark.parametrize(
    ("said", "stands"),
    [("我帮您话飞", True), ("我帮您话费", True), ("我帮您话", False), ("我帮您", False), ("", False)],
)
def test_an_alternative_goes_when_its_words_do(said: str, stands: bool) -> None:
    assert bool(in_place((BILL,), words(said, 0))) is stands


def test_an_alternative_goes_when_words_of_other_length_are_there() -> None:
    number = Word("一百二十九", Span(600, 1000), 0.9)
    assert in_place((BILL,), (*words("我帮您", 0), number)) == ()


def test_a_voice_told_apart_takes_its_alternatives_along() -> None:
    other = Alternative(Span(5000, 5200), "我", "五", 1.0)
    mixed = track(("我帮您话飞。", 0), ("我要查。", 5000), wavered=(BILL, other))
    voices = by_voice(mixed, [VoiceSpan(0, Span(0, 1500)), VoiceSpan(1, Span(4900, 5800))])
    assert [voice.alternatives for voice in voices] == [(BILL,), (other,)]


def test_what_a_machine_says_takes_its_alternatives_from_the_person() -> None:
    menu = Alternative(Span(400, 600), "查", "插", 0.1)
    live = Alternative(Span(10_000, 10_400), "您好", "你好", 0.1)
    heard = track(("话费查询请按一人工服务请按零", 0), ("您好很高兴为您服务", 10_000), wavered=(menu, live))
    mine, announced = set_apart(Transcript(engine="x", tracks=(heard, track(("我要查", 14_000), channel=1)))).tracks[
        ::2
    ]
    assert announced.is_announcement
    assert mine.alternatives == (live,)

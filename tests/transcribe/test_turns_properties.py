"""What holds for turns and spread words whatever was said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa.hanzi import spoken
from qa.model import Role, Roles, Track, Transcript, Word
from qa.span import Span, merge
from qa.transcribe.roles import assign
from qa.transcribe.spread import words_of
from qa.transcribe.turns import turns_of

SPANS = st.builds(lambda start, length: Span(start, start + length), st.integers(0, 60_000), st.integers(0, 3000))
WORDS = st.lists(
    st.builds(Word, st.sampled_from(["好的", "嗯", "您好", "吗?", "我想", "59", "G"]), SPANS, st.just(0.5)), max_size=25
)
TRACKS = st.builds(
    lambda channel, speech, words: Track(channel=channel, speech=merge(speech), words=tuple(words)),
    st.integers(0, 1),
    st.lists(SPANS, max_size=12),
    WORDS,
)
ROLES = st.sampled_from(list(Role))


@given(st.lists(st.tuples(TRACKS, ROLES), max_size=3))
def test_every_word_is_in_one_turn_and_no_turn_is_empty(parties: list[tuple[Track, Role]]) -> None:
    transcript = Transcript(engine="x", tracks=tuple(track for track, _ in parties))
    roles = Roles(by_track=tuple(role for _, role in parties), confidence=1, source="sidecar")
    turns = turns_of(transcript, roles)
    for index, (track, role) in enumerate(parties):
        mine = [turn for turn in turns if turn.track == index]
        assert all(turn.role is role and turn.words for turn in mine)
        said = [word for turn in mine for word in turn.words]
        assert sorted(said, key=repr) == sorted(track.words, key=repr)
        starts = [word.span.start_ms for word in said]
        assert starts == sorted(starts)
    assert [turn.span for turn in turns] == sorted(turn.span for turn in turns)


@given(st.text(alphabet="您好,。? 59aG“”\n吗", max_size=30), SPANS, st.lists(SPANS, max_size=6))
def test_spread_words_fill_their_turn_in_order(text: str, span: Span, sound: list[Span]) -> None:
    words = words_of(text, span, merge(sound))
    assert "".join(word.text for word in words) == (text.strip() if spoken(text) else "")
    edges = [ms for word in words for ms in (word.span.start_ms, word.span.end_ms)]
    assert edges == sorted(edges)
    assert all(span.start_ms <= ms <= span.end_ms for ms in edges)


@given(st.lists(TRACKS, max_size=3), st.sampled_from(["stereo", "mono", "fake_stereo"]))
def test_whoever_is_named_is_named_with_some_confidence(tracks: list[Track], layout: str) -> None:
    from test_roles import call

    transcript = Transcript(engine="x", tracks=tuple(tracks), layout=layout)
    roles = assign(transcript, call())
    assert len(roles.by_track) == len(tracks)
    assert list(roles.by_track).count(Role.AGENT) <= 1
    assert (roles.confidence >= 0.6) == (Role.AGENT in roles.by_track or Role.CUSTOMER in roles.by_track)

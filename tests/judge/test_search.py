"""A search only skips places where nothing could begin: it finds what the plain expression finds."""

from __future__ import annotations

import re
from functools import partial
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from qa.judge.index import Index
from qa.judge.pattern import parse
from qa.judge.search import Search
from qa.judge.sound import sounds, symbols_of

CHARS = "我你不会"
phrases = st.recursive(
    st.text(CHARS, min_size=1, max_size=3),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, st.sampled_from(["…1", "…3", "…"]), inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"[{two[0]}]{two[1]}"),
        inner.map(lambda one: f"^{one}"),
        inner.map(lambda one: f"{one}$"),
    ),
    max_leaves=5,
)
texts = st.lists(st.text(CHARS, max_size=12), min_size=1, max_size=3).map("\n".join)


@settings(max_examples=400, deadline=None)
@given(sources=st.lists(phrases, min_size=1, max_size=4), text=texts)
@example(sources=["我…3不会"], text="我你你你不会\n我不会")
@example(sources=["[你]我…2会", "不…会"], text="不我你会我你我会")
@example(sources=["(行你|你我)", "(我我会|你)"], text="你我")
def test_a_search_finds_what_the_whole_expression_finds(sources: list[str], text: str) -> None:
    patterns = tuple(map(parse, sources))
    spoken = sounds(text)

    for form, forms, heard in (
        ([one.written for one in patterns], str, text),
        ([one.spoken for one in patterns], symbols_of, spoken),
    ):
        search = Search(patterns, dict(zip(patterns, form, strict=True)).__getitem__, forms)
        # Longer expressions first: of two phrases that begin together the longer one is quoted.
        whole = re.compile("|".join(sorted(dict.fromkeys(form), key=len, reverse=True)), re.MULTILINE)
        wanted = [one.span() for one in whole.finditer(heard)]

        assert [one.span() for one in search.find(heard, partial(Index, heard))] == wanted
        edges = [at for at, char in enumerate(f"\n{heard}\n") if char == "\n"]
        lines = {(first, last - 1) for first, last in pairwise(edges)}
        assert [one.span() for one in search.find_in(heard, lines)] == wanted


@given(text=st.text("我你\n", max_size=20), length=st.integers(1, 3))
def test_an_index_knows_every_place_of_every_piece(text: str, length: int) -> None:
    index = Index(text, length)
    places: dict[str, tuple[int, ...]] = {}
    for at in range(len(text) - length + 1):
        piece = text[at : at + length]
        places[piece] = (*places.get(piece, ()), at)

    assert {piece: index[piece] for piece in index.common(frozenset(places) | {"他" * length})} == places

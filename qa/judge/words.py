"""Where jieba sees one word end and the next begin."""

from __future__ import annotations

import warnings
from contextlib import suppress
from functools import lru_cache

from qa.cache import cache_dir

TURN_END = "\n"


@lru_cache(maxsize=4096)
def tokens(line: str) -> tuple[str, ...]:
    """The words of a line of normal text."""
    with warnings.catch_warnings():
        # jieba 0.42 is older than the warnings about its escapes and its resource lookup.
        warnings.simplefilter("ignore")
        import jieba

        if not jieba.dt.initialized:
            jieba.setLogLevel("WARNING")
            # Its table goes where our other caches are, and not into the system's temporary folder.
            folder = cache_dir()
            with suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
                jieba.dt.tmp_dir = str(folder)
        return tuple(jieba.cut(line))


def cuts_a_word(text: str, start: int, end: int) -> bool:
    """Whether `[start, end)` begins or ends inside a word of its line: 你等这 in 你等这个短信."""
    first = text.rfind(TURN_END, 0, start) + 1
    last = text.find(TURN_END, end)
    at = first
    edges = {at}
    for token in tokens(text[first : last if last >= 0 else len(text)]):
        at += len(token)
        edges.add(at)
    return start not in edges or end not in edges

"""Writes recognised text the way the rest of qa reads it: simplified Chinese, half-width letters and digits.

Digits stay as the recogniser wrote them (12 or 十二): `qa.hanzi` reads both alike. Punctuation becomes Chinese.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Any

_PARTICLE = re.compile(r"(?<![显名巨论专昭原编土遗])著(?![名作称述录])")
"""Recognisers write 著急, 等著; OpenCC leaves 著 alone, since 著名 and 显著 are simplified Chinese too."""
_WRITTEN_ALIKE = str.maketrans(
    {",": "，", "?": "？", "!": "！", ";": "；", ":": "：", "｡": "。", "．": "。", "妳": "你"}
)


def simplify(text: str) -> str:
    """Same length for Chinese text; spaces at the ends go."""
    kept = "".join(
        c if "\u3000" <= c <= "\u303f" or c in "，？！；：" else unicodedata.normalize("NFKC", c) for c in text
    )
    converted: str = _converter().convert(kept)
    return _PARTICLE.sub("着", converted).translate(_WRITTEN_ALIKE).strip()


@functools.lru_cache(maxsize=1)
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")

"""Where each character, pair or triple of characters stands in a text."""

from __future__ import annotations

from collections.abc import Iterable
from operator import add


class Index(dict[str, tuple[int, ...]]):
    """Piece of text → where it begins, in order. Made once for a text and asked by every search.

    Searches know a few thousand pieces and a call has a few hundred: only places of what is in both are ever looked for.
    """

    def __init__(self, text: str, length: int) -> None:
        super().__init__()
        self._text = text
        pieces: Iterable[str] = text
        for shift in range(1, length):
            pieces = map(add, pieces, text[shift:])
        self._pieces = frozenset(pieces)

    def common(self, pieces: frozenset[str]) -> frozenset[str]:
        """Those of the pieces that stand in the text."""
        return self._pieces & pieces

    def __missing__(self, piece: str) -> tuple[int, ...]:
        places = []
        at = self._text.find(piece)
        while at >= 0:
            places.append(at)
            at = self._text.find(piece, at + 1)
        self[piece] = found = tuple(places)
        return found

"""Where each character, pair or triple of characters stands in a text."""

from __future__ import annotations

from collections.abc import KeysView


class Index(dict[str, list[int]]):
    """Piece of text → where it begins, in order. Made once for a text and asked by every search."""

    def __init__(self, text: str, length: int) -> None:
        super().__init__()
        for at in range(len(text) - length + 1):
            piece = text[at : at + length]
            if piece in self:
                self[piece].append(at)
            else:
                self[piece] = [at]
        self._pieces = frozenset(self)

    def common(self, pieces: frozenset[str] | KeysView[str]) -> frozenset[str]:
        """Those of the pieces that stand in the text."""
        return self._pieces & pieces if isinstance(pieces, frozenset) else self._pieces.intersection(pieces)

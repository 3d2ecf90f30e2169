"""Says what may be shown of one call's words: numbers that identify a person are hidden, and customers' names if asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from qa.masking.customers import Names
from qa.masking.numbers import MASK, digits_alike, has_unit, mask, mask_turns

_PIECE = 4
"""Characters in a row of which a text that repeats them is taken to quote the call."""
_SHORTEST_NUMBER = 3


class Veil:
    """What may be shown of one call's words."""

    def __init__(self, turns: Sequence[str], *, unmasked: bool = False, speakers: Sequence[str] | None = None) -> None:
        """`speakers`: the role of each turn (`agent`, `customer`, …). With it, customers' names are hidden as well."""
        self._raw = tuple(turns)
        self._unmasked = unmasked
        self._names = None if unmasked or speakers is None else Names(self._raw, speakers)
        self._numbers = self._raw if unmasked else mask_turns(self._raw)
        self.turns = self._numbers
        if self._names:
            self.turns = tuple(map(_hidden, self.turns, self._names.places))

    def text(self, raw: str) -> str:
        """Any text that may quote the call, several of its turns or pieces of them.

        A quote lacks its surroundings: it is hidden as its turns are, and what they hide is hidden among other words.
        """
        if self._unmasked or not raw:
            return raw
        if self.turns != self._raw:
            plain, at = _squeezed(raw)
            if places := {i for start in _starts(self._said, plain) for i in self._dark_in(start, len(plain))}:
                return _hidden(raw, (at[i] for i in places))
            raw = _hidden(raw, (at[i] for i in self._pieces_in(plain)))
        if self._names:
            raw = self._names.hidden_in(raw)
        return mask(raw)

    def message(self, message: str, quote: str) -> str:
        """A finding's message, which often repeats its quote."""
        return self.text(message.replace(quote, self.text(quote))) if quote else self.text(message)

    def _dark_in(self, start: int, length: int) -> Iterator[int]:
        return (i for i in range(length) if start + i in self._dark)

    def _pieces_in(self, plain: str) -> Iterator[int]:
        """The characters of a text that stand in it as they stand, hidden, in the call."""
        for i in range(len(plain) - _PIECE + 1):
            yield from (i + offset for offset in self._pieces.get(plain[i : i + _PIECE], ()))
        for number in self._hidden_numbers:
            for start in _starts(plain, number):
                end = start + len(number)
                # Three digits are often part of a price.
                if len(number) > _SHORTEST_NUMBER or not (
                    has_unit(plain, end) or plain[max(0, start - 1) : start].isdigit() or plain[end : end + 1].isdigit()
                ):
                    yield from range(start, end)

    @cached_property
    def _said(self) -> str:
        """The whole call without blanks, for a quote may go over several turns."""
        return "".join(_squeezed(turn)[0] for turn in self._raw)

    @cached_property
    def _dark(self) -> frozenset[int]:
        """Where something is hidden in it."""
        dark: set[int] = set()
        before = 0
        for raw, shown in zip(self._raw, self.turns, strict=True):
            _, at = _squeezed(raw)
            dark.update(before + i for i, place in enumerate(at) if raw[place] != shown[place])
            before += len(at)
        return frozenset(dark)

    @cached_property
    def _pieces(self) -> dict[str, set[int]]:
        """Pieces of the call in which something is hidden, with the places hidden in each."""
        pieces: dict[str, set[int]] = {}
        for start in sorted({i - offset for i in self._dark for offset in range(_PIECE)}):
            if 0 <= start <= len(self._said) - _PIECE:
                places = pieces.setdefault(self._said[start : start + _PIECE], set())
                places.update(self._dark_in(start, _PIECE))
        return pieces

    @cached_property
    def _hidden_numbers(self) -> frozenset[str]:
        found = set()
        for raw, shown in zip(self._raw, self._numbers, strict=True):
            stretch = ""
            for plain, before, after in (*zip(digits_alike(raw), raw, shown, strict=True), ("", "", "")):
                if before != after:
                    stretch += plain
                    continue
                if len(stretch) >= _SHORTEST_NUMBER:
                    found.add(stretch)
                stretch = ""
        return frozenset(found)


def _squeezed(text: str) -> tuple[str, list[int]]:
    """The text without blanks and with its digits written alike, and where each character stood."""
    at = [i for i, char in enumerate(text) if not char.isspace()]
    plain = digits_alike(text)
    return "".join(plain[i] for i in at), at


def _starts(text: str, part: str) -> Iterator[int]:
    at = text.find(part) if part else -1
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _hidden(text: str, places: Iterable[int]) -> str:
    where = frozenset(places)
    return "".join(MASK if i in where else char for i, char in enumerate(text)) if where else text

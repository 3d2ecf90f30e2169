"""Says what may be shown of one call's words: numbers that identify a person are hidden, and customers' names if asked."""

from __future__ import annotations

from collections.abc import Sequence

from qa.masking.customers import Names
from qa.masking.numbers import MASK, mask, mask_turns


class Veil:
    """What may be shown of one call's words."""

    def __init__(self, turns: Sequence[str], *, unmasked: bool = False, speakers: Sequence[str] | None = None) -> None:
        """`speakers`: the role of each turn (`agent`, `customer`, …). With it, customers' names are hidden as well."""
        self._raw = tuple(turns)
        self._unmasked = unmasked
        self._names = None if unmasked or speakers is None else Names(self._raw, speakers)
        self.turns = self._raw if unmasked else mask_turns(self._raw)
        if self._names:
            self.turns = tuple(map(_hidden, self.turns, self._names.places))
        self._changed = tuple((raw, shown) for raw, shown in zip(self._raw, self.turns, strict=True) if raw != shown)

    def text(self, raw: str) -> str:
        """Any text that may quote the call. Quotes are hidden as their turn is, for a quote lacks its surroundings."""
        if self._unmasked or not raw:
            return raw
        for turn, shown in self._changed:
            if (at := turn.find(raw)) >= 0:
                return shown[at : at + len(raw)]
        if self._names:
            raw = self._names.hidden_in(raw)
        return mask(raw)

    def message(self, message: str, quote: str) -> str:
        """A finding's message, which often repeats its quote."""
        return self.text(message.replace(quote, self.text(quote))) if quote else self.text(message)


def _hidden(text: str, places: frozenset[int]) -> str:
    return "".join(MASK if i in places else char for i, char in enumerate(text)) if places else text

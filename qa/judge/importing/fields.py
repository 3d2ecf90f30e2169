"""Reads foreign JSON objects by name, however the names are spelt, and remembers what nobody asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_EMPTY: tuple[Any, ...] = (None, "", [], {}, False)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class NotCarried(Exception):  # noqa: N818 - an answer, not an error
    """What this says has no counterpart here; the message is the reason, in Chinese."""


def snake(name: str) -> str:
    """`velocityInMint`, `VelocityInMint` and `velocity_in_mint` are one."""
    return _HUMP.sub("_", name).lower()


class Fields:
    """One JSON object. What was never asked for can be told at the end."""

    def __init__(self, raw: object, what: str) -> None:
        if isinstance(raw, str) and raw.strip().startswith("{"):
            # Some exports hold objects as JSON inside a string.
            try:
                raw = json.loads(raw)
            except ValueError:
                raise NotCarried(f"{what}不是 JSON 对象：{raw}") from None
        if not isinstance(raw, Mapping):
            raise NotCarried(f"{what}应当是一个对象，不是 {raw!r}")
        self.what = what
        self._values = {snake(str(name)): (str(name), value) for name, value in raw.items()}
        self._asked: set[str] = set()

    def get(self, *names: str) -> Any:
        """The first of these that is there and not empty; None where none is."""
        self._asked.update(names)
        for name in names:
            if name in self._values and self._values[name][1] not in _EMPTY:
                return self._values[name][1]
        return None

    def whole(self, *names: str) -> int | None:
        """The same as a whole number."""
        found = self.get(*names)
        if found is None:
            # 0 is a value, though it is empty.
            found = next((self._values[name][1] for name in names if name in self._values), None)
        try:
            return None if found in (None, "") else round(float(found))
        except (TypeError, ValueError):
            raise NotCarried(f"{self.what}的 {names[0]} 应当是数，不是 {found!r}") from None

    def texts(self, *names: str) -> list[str]:
        """A list of texts, also where a single one is given or where it is wrapped in an object of one list."""
        found = self.get(*names)
        while isinstance(found, Mapping):
            found = next(iter(found.values()), None)
        if found is None:
            return []
        return [str(one) for one in (found if isinstance(found, list) else [found]) if str(one).strip()]

    def objects(self, *names: str) -> list[Any]:
        """A list of objects, wrapped or not."""
        found = self.get(*names)
        if isinstance(found, Mapping) and len(found) == 1 and isinstance(next(iter(found.values())), list):
            found = next(iter(found.values()))
        if found is None:
            return []
        return found if isinstance(found, list) else [found]

    def ignore(self, *names: str) -> None:
        """These say nothing that matters here."""
        self._asked.update(names)

    def left(self) -> list[str]:
        """Names as written of what says something and was never asked for."""
        return [
            written
            for name, (written, value) in self._values.items()
            if name not in self._asked and value not in _EMPTY
        ]

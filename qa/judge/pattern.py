"""The small language in which phrases are written: `乱(扣|收)[我]的费`, gaps `…`, `…4`, ends `^` and `$`.

    (a|b|c)   one of these; may be nested
    [x]       may be left out
    …  …N     any 0 to 8, 0 to N characters of the same turn
    ^  $      where a turn begins, ends

Everything else is read as it is spoken: without punctuation and spaces, half-width, lower-case.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product

from qa.hanzi import spoken
from qa.judge.sound import symbols_of

DEFAULT_GAP = 8
MOST_EXPANSIONS = 256
"""A phrase with more ways of saying it is searched by its expression only, never with an edit."""

_VARIANTS = {"她": "他", "它": "他", "牠": "他", "妳": "你", "帐": "账", "作": "做", "恩": "嗯", "像": "象"}
_TO_NORMAL = str.maketrans(_VARIANTS)
FOLDED = re.compile(f"[{''.join(sorted(set(_VARIANTS.values())))}]")
"""A character of a normal text that may have been another one before."""
_BRACKETS = str.maketrans("\uff08\uff09\uff3b\uff3d\u3010\u3011\uff5c", "()[][]|")
_GAP = re.compile(r"(?:…+|\.{3,})(\d*)")
_CAPTURED_GAP = "(.{{0,{}}}?)"


class PatternError(ValueError):
    """The phrase cannot be read; the message is Chinese."""


@lru_cache(maxsize=65536)
def normal(text: str) -> str:
    """The form in which phrases and turns are compared. Characters that only writing tells apart become one.

    Remembered: a night has a million words and few different ones.
    """
    return spoken(text).translate(_TO_NORMAL)


@dataclass(frozen=True, slots=True)
class Literal:
    char: str


@dataclass(frozen=True, slots=True)
class Gap:
    longest: int


@dataclass(frozen=True, slots=True)
class Edge:
    at_start: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several sequences; the empty one among them makes it optional."""

    options: tuple[tuple[Part, ...], ...]


Part = Literal | Gap | Edge | Choice


@dataclass(frozen=True)
class Pattern:
    """One phrase, read."""

    source: str
    parts: tuple[Part, ...]

    @cached_property
    def written(self) -> str:
        """Source of a regular expression over normal text."""
        return _regex(self.parts, re.escape)

    @cached_property
    def spoken(self) -> str:
        """The same over symbols of sound."""
        return _regex(self.parts, _sound_class)

    @cached_property
    def spoken_with_gaps(self) -> re.Pattern[str]:
        """Each gap is a group, so that what stood in it can be told from the phrase."""
        return re.compile(_regex(self.parts, _sound_class, _CAPTURED_GAP), re.MULTILINE)

    @cached_property
    def has_gap(self) -> bool:
        return _has(self.parts, Gap)

    @cached_property
    def is_anchored(self) -> bool:
        return _has(self.parts, Edge)

    @cached_property
    def expansions(self) -> tuple[str, ...]:
        """Every way of saying it, without its gaps; empty where there are too many."""
        ways = _expand(self.parts)
        return tuple(dict.fromkeys(ways)) if ways is not None else ()

    @cached_property
    def shortest(self) -> int:
        """Syllables of the shortest way of saying it."""
        return _shortest(self.parts)


def parse(source: str) -> Pattern:
    """Raises `PatternError` where brackets do not match or nothing is left to look for."""
    plain = source.translate(_BRACKETS)
    parts, rest = _sequence(plain, 0, "")
    if rest != len(plain):
        raise PatternError(f"“{source}”里的“{plain[rest]}”要写在括号里")
    parts = _begun(parts)
    while parts and isinstance(parts[-1], Gap):
        parts = parts[:-1]
    pattern = Pattern(source, parts)
    if pattern.shortest == 0 or "" in openings(parts, 1):
        raise PatternError(f"“{source}”可以什么都不说就算说了，至少要有一个必说的字")
    return pattern


def _begun(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Without a gap before anything is said: `…甲` is 甲, and `[甲]…乙` is 甲…乙 or 乙."""
    while parts and isinstance(parts[0], Gap):
        parts = parts[1:]
    first = parts[0] if parts else None
    if isinstance(first, Choice) and () in first.options and _gap_follows(parts):
        said = tuple(option for option in first.options if option)
        return (Choice(((Choice(said), *parts[1:]), _begun(parts[1:]))),)
    return parts


def _gap_follows(parts: tuple[Part, ...]) -> bool:
    return len(parts) > 1 and isinstance(parts[1], Gap)


def _sequence(source: str, at: int, closes: str) -> tuple[tuple[Part, ...], int]:
    parts: list[Part] = []
    while at < len(source):
        mark = source[at]
        if mark in ")]|" and (mark in closes or mark == "|"):
            break
        if mark in ")]":
            raise PatternError(f"“{source}”里的“{mark}”没有对应的左括号")
        if mark in "([":
            choice, at = _choice(source, at + 1, ")" if mark == "(" else "]")
            parts.append(Choice((*choice, ())) if mark == "[" else Choice(choice))
        elif gap := _GAP.match(source, at):
            parts.append(Gap(int(gap[1] or DEFAULT_GAP)))
            at = gap.end()
        elif mark in "^$":
            parts.append(Edge(mark == "^"))
            at += 1
        else:
            parts += map(Literal, normal(mark))
            at += 1
    return tuple(parts), at


def _choice(source: str, at: int, close: str) -> tuple[tuple[tuple[Part, ...], ...], int]:
    options: list[tuple[Part, ...]] = []
    while True:
        option, at = _sequence(source, at, close)
        options.append(option)
        if at >= len(source):
            raise PatternError(f"“{source}”少了一个“{close}”")
        at += 1
        if source[at - 1] == close:
            return tuple(options), at


def _sound_class(char: str) -> str:
    found = symbols_of(char)
    return re.escape(found) if len(found) == 1 else f"[{found}]"


def _regex(parts: tuple[Part, ...], literal: Callable[[str], str], gap: str = ".{{0,{}}}?") -> str:
    pieces = []
    for part in parts:
        match part:
            case Literal(char):
                pieces.append(literal(char))
            case Gap(longest):
                pieces.append(gap.format(longest))
            case Edge(at_start):
                pieces.append("^" if at_start else "$")
            case Choice(options):
                longest_first = [_regex(option, literal, gap) for option in options]
                pieces.append("(?:" + "|".join(longest_first) + ")")
    return "".join(pieces)


def _has(parts: tuple[Part, ...], kind: type) -> bool:
    return any(
        isinstance(part, kind) or (isinstance(part, Choice) and any(_has(option, kind) for option in part.options))
        for part in parts
    )


def _expand(parts: tuple[Part, ...]) -> list[str] | None:
    each: list[list[str]] = []
    total = 1
    for part in parts:
        if isinstance(part, Literal):
            each.append([part.char])
        elif isinstance(part, Choice):
            ways: list[str] = []
            for option in part.options:
                expanded = _expand(option)
                if expanded is None:
                    return None
                ways += expanded
            each.append(ways)
            total *= len(ways)
            if total > MOST_EXPANSIONS:
                return None
    return ["".join(way) for way in product(*each)]


def _shortest(parts: tuple[Part, ...]) -> int:
    length = 0
    for part in parts:
        if isinstance(part, Literal):
            length += 1
        elif isinstance(part, Choice):
            length += min(_shortest(option) for option in part.options)
    return length


def openings(parts: tuple[Part, ...], length: int) -> set[str]:
    """With which characters the pattern may begin: `length` of them, fewer where a gap or its end comes first."""
    return {opening for opening, _ in _openings(parts, length)}


def _openings(parts: tuple[Part, ...], length: int) -> set[tuple[str, bool]]:
    """Each with whether it is closed: nothing that follows can make it longer."""
    found = {("", False)}
    for part in parts:
        longer: set[tuple[str, bool]] = set()
        for opening, closed in found:
            if closed or len(opening) == length:
                longer.add((opening, True))
            elif isinstance(part, Literal):
                longer.add((opening + part.char, False))
            elif isinstance(part, Gap):
                longer.add((opening, True))
            elif isinstance(part, Choice):
                for option in part.options:
                    longer |= {(opening + rest, shut) for rest, shut in _openings(option, length - len(opening))}
            else:
                longer.add((opening, False))
        found = longer
    return found


@dataclass(frozen=True, slots=True)
class AfterGap:
    """What must follow the first gap of a pattern, and how far from its beginning."""

    openings: frozenset[str]
    nearest: int
    """Characters from where the pattern begins, at least."""
    farthest: int


def after_gap(parts: tuple[Part, ...], length: int) -> AfterGap | None:
    """For the first gap after which the pattern goes on with `length` characters at least; None where there is none."""
    nearest = farthest = 0
    for place, part in enumerate(parts):
        least, most = _width(part)
        nearest, farthest = nearest + least, farthest + most
        if isinstance(part, Gap):
            follows = openings(parts[place + 1 :], length)
            if all(len(one) == length for one in follows):
                return AfterGap(frozenset(follows), nearest, farthest)
    return None


def _width(part: Part) -> tuple[int, int]:
    """Characters that the part takes up, at least and at most."""
    match part:
        case Literal():
            return 1, 1
        case Gap(longest):
            return 0, longest
        case Edge():
            return 0, 0
        case Choice(options):
            widths = [[_width(one) for one in option] for option in options]
            return (
                min(sum(least for least, _ in one) for one in widths),
                max(sum(most for _, most in one) for one in widths),
            )

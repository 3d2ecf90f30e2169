"""Reads `a&&(b||!c)` into a tree whose negations stand at the leaves."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from qa.judge.importing.fields import NotCarried

_TOKEN = re.compile(r"\s*(&&|\|\||!|\(|\)|\w+)")


@dataclass(frozen=True, slots=True)
class Not:
    of: Node


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]


Node = object
"""`And`, `Or`, `Not`, or whatever stands at the leaves."""


def parse(text: str, leaf: Callable[[str], Node]) -> Node:
    """`leaf` turns a name into what it stands for. Raises NotCarried where the expression is not well formed."""
    tokens: list[str] = []
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise NotCarried(f"逻辑“{text}”读不懂")
        tokens.append(found[1])
        at = found.end()
    tree, rest = _either(tokens, leaf, text)
    if rest:
        raise NotCarried(f"逻辑“{text}”读不懂")
    return flat(tree)


def _either(tokens: list[str], leaf: Callable[[str], Node], text: str) -> tuple[Node, list[str]]:
    part, tokens = _both(tokens, leaf, text)
    parts = [part]
    while tokens[:1] == ["||"]:
        part, tokens = _both(tokens[1:], leaf, text)
        parts.append(part)
    return Or(tuple(parts)), tokens


def _both(tokens: list[str], leaf: Callable[[str], Node], text: str) -> tuple[Node, list[str]]:
    part, tokens = _one(tokens, leaf, text)
    parts = [part]
    while tokens[:1] == ["&&"]:
        part, tokens = _one(tokens[1:], leaf, text)
        parts.append(part)
    return And(tuple(parts)), tokens


def _one(tokens: list[str], leaf: Callable[[str], Node], text: str) -> tuple[Node, list[str]]:
    if not tokens or tokens[0] in ("&&", "||", ")"):
        raise NotCarried(f"逻辑“{text}”读不懂")
    if tokens[0] == "!":
        part, rest = _one(tokens[1:], leaf, text)
        return Not(part), rest
    if tokens[0] == "(":
        part, rest = _either(tokens[1:], leaf, text)
        if rest[:1] != [")"]:
            raise NotCarried(f"逻辑“{text}”少了一个“)”")
        return part, rest[1:]
    return leaf(tokens[0]), tokens[1:]


def flat(tree: Node, negated: bool = False) -> Node:
    """Negations at the leaves, nested And and Or of one kind joined, each part once."""
    if isinstance(tree, Not):
        return flat(tree.of, not negated)
    if not isinstance(tree, And | Or):
        return Not(tree) if negated else tree
    joins = And if isinstance(tree, And) is not negated else Or
    parts: list[Node] = []
    for part in (flat(one, negated) for one in tree.parts):
        parts += part.parts if isinstance(part, joins) else (part,)
    once = tuple(dict.fromkeys(parts))
    return once[0] if len(once) == 1 else joins(once)

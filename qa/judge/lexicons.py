"""Reads lexicons: the phrases that rules refer to by name, and the examples that prove them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from qa.judge.matching import Phrases
from qa.judge.pattern import Pattern, PatternError, parse
from qa.judge.problems import RubricProblem, did_you_mean
from qa.judge.reading import BAD, Reader, compose


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Sentences in which a lexicon must, and must not, find something."""

    hit: tuple[str, ...]
    miss: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """One entry of `lexicons:`; the keys that a person writes."""

    name: str
    phrases: tuple[Pattern, ...] = ()
    exact: tuple[Pattern, ...] = ()
    words: tuple[str, ...] = ()
    except_: tuple[Pattern, ...] = ()
    include: tuple[str, ...] = ()
    examples: Told | None = None
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Phrases as a rule writes them: from lexicons, its own, less those of other lexicons."""

    lexicon: tuple[str, ...] = ()
    say: tuple[Pattern, ...] = ()
    exact: tuple[Pattern, ...] = ()
    words: tuple[str, ...] = ()
    except_: tuple[Pattern, ...] = ()
    without: tuple[str, ...] = ()


@dataclass(slots=True)
class Lexicons:
    """All lexicons of a rubric by name, and the sets of phrases made from them so far."""

    by_name: dict[str, Lexicon] = field(default_factory=dict)
    declared: set[str] = field(default_factory=set)
    """Names in the file, also of lexicons that could not be read: a rule that uses one is not to blame."""
    _made: dict[Wanted, Phrases] = field(default_factory=dict)

    def phrases(self, wanted: Wanted) -> Phrases:
        """The same object for the same phrases, so that a call is searched for them once."""
        if wanted not in self._made:
            used = self._reachable(wanted.lexicon)
            apart = self._reachable(wanted.without)
            self._made[wanted] = Phrases(
                patterns=(*wanted.say, *(one for lexicon in used for one in lexicon.phrases)),
                exact=(*wanted.exact, *(one for lexicon in used for one in lexicon.exact)),
                words=(*wanted.words, *(one for lexicon in used for one in lexicon.words)),
                excepts=(
                    *wanted.except_,
                    *(one for lexicon in used for one in lexicon.except_),
                    *(one for lexicon in apart for one in (*lexicon.phrases, *lexicon.exact)),
                ),
            )
        return self._made[wanted]

    def of(self, *names: str) -> Phrases:
        """The phrases of these lexicons together."""
        return self.phrases(Wanted(lexicon=names))

    def _reachable(self, names: tuple[str, ...]) -> list[Lexicon]:
        """The lexicons and all that they include, each once; a circle is no harm."""
        found: dict[str, Lexicon] = {}
        waiting = list(names)
        while waiting:
            name = waiting.pop(0)
            if name not in found and name in self.by_name:
                found[name] = self.by_name[name]
                waiting += found[name].include
        return list(found.values())

    def read_wanted(self, reader: Reader, node: yaml.Node) -> Any:
        """`{lexicon: [致歉], say: […]}`, or just a list of phrases."""
        if isinstance(node, yaml.MappingNode):
            wanted = reader.struct(node, Wanted, "说法")
        else:
            said = reader.value(node, tuple[Pattern, ...])
            wanted = BAD if said is BAD else Wanted(say=said)
        if wanted is BAD:
            return BAD
        for name in (*wanted.lexicon, *wanted.without):
            if name not in self.declared:
                return reader.problem(_scalar(node, name), f"没有词表“{name}”", did_you_mean(name, self.declared))
        phrases = self.phrases(wanted)
        if not phrases and not set(wanted.lexicon) - set(self.by_name):
            return reader.problem(node, "一个说法都没有，这条规则永远不会命中")
        return phrases


def read_pattern(reader: Reader, node: yaml.Node) -> Any:
    """One phrase; what is wrong with it is told at its place."""
    if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
        return reader.problem(node, "说法应当是一句话，不能是空的")
    try:
        return parse(node.value)
    except PatternError as error:
        return reader.problem(node, str(error))


def read_lexicons(path: Path, problems: list[RubricProblem]) -> tuple[Lexicons, yaml.Node | None]:
    """The lexicons of the file; what could not be read is left out and told."""
    lexicons = Lexicons()
    root = compose(path, problems)
    if root is None:
        return lexicons, None
    reader = Reader(str(path), problems, {Pattern: read_pattern})
    pairs = reader.pairs(root, "词表文件")
    for name, (key, _) in pairs.items():
        if name != "lexicons":
            reader.problem(key, f"不认识的键“{name}”", did_you_mean(name, ["lexicons"]))
    if "lexicons" not in pairs:
        reader.problem(root, "缺少“lexicons”")
        return lexicons, root
    entries = reader.pairs(pairs["lexicons"][1], "lexicons")
    lexicons.declared |= set(entries)
    for name, (_, node) in entries.items():
        lexicon = reader.struct(node, Lexicon, f"词表“{name}”")
        if lexicon is BAD:
            continue
        lexicons.by_name[name] = lexicon
        if not (lexicon.phrases or lexicon.exact or lexicon.words or lexicon.include):
            reader.problem(node, f"词表“{name}”里一个说法都没有")
        for other in lexicon.include:
            if other not in entries:
                reader.problem(_scalar(node, other), f"没有词表“{other}”", did_you_mean(other, entries))
    return lexicons, root


def _scalar(node: yaml.Node, text: str) -> yaml.Node:
    """The scalar with this text inside the node, for its place; the node itself where there is none."""
    if isinstance(node, yaml.ScalarNode):
        return node
    inside = [value for _, value in node.value] if isinstance(node, yaml.MappingNode) else node.value
    for child in inside:
        found = _scalar(child, text)
        if isinstance(found, yaml.ScalarNode) and found.value == text:
            return found
    return node

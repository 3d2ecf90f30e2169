"""几个条件合起来才扣：都满足、满足一个、不满足、先后发生。

```yaml
- id: refuses_and_hangs
  kind: combine
  all:                      # 都满足才扣；写 any 就是满足一个就扣
    - said: {who: customer, any_of: [我要投诉]}
    - not: {said: {who: agent, any_of: {lexicon: apology}, ear: generous}}
    - any:
        - said: {who: agent, any_of: {lexicon: forbidden}, ear: strict}
        - measured: {measure: dead_air_ms, min: 20s}
        - followed: {first: {who: customer, any_of: [怎么办]}, then: {who: agent, any_of: [不知道]}, turns: 1}
  deduct: 3
```

条件有六种：`said` 说了（可带 `window` 限定前后几轮几秒）、`measured` 测量值达到（min 以上、max 以下）、
`followed` 说了 first 之后几轮（`turns`）或多久（`within`）以内说了 then、`not` 不成立、`all` 都成立、`any` 有一个成立。
证据从第一处说的话到最后一处；`message` 里可以写 `{all}`（每一处的原话）。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qa.judge.measured import Bound, MeasureName
from qa.judge.reading import Duration
from qa.judge.rule import Observed, Rule, around
from qa.judge.terms import Party, Said, following
from qa.judge.view import View
from qa.model import Role
from qa.span import Span


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that made a condition true."""

    span: Span
    role: Role
    quote: str
    near: str = ""
    confidence: float = 1.0


Held = tuple[Evidence, ...] | None
"""What made a condition true, nothing in particular where something was absent; None where it is not true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    LABEL = "followed"

    first: Said
    then: Said
    turns: int = 0
    within: Duration | None = None

    def holds(self, view: View) -> Held:
        for first in self.first.find(view):
            later = following(view, first.turn, self.then.who.role, self.turns or len(view.exchanges))
            turns = {index for exchange in later for index in exchange.turns}
            for then in self.then.find(view):
                in_time = self.within is None or then.span.start_ms - first.span.end_ms <= self.within
                if then.turn in turns and in_time:
                    return (
                        Evidence(first.span, self.first.who.role, first.quote, first.near, first.confidence),
                        Evidence(then.span, self.then.who.role, then.quote, then.near, then.confidence),
                    )
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaches:
    LABEL = "measured"

    measure: MeasureName
    role: Party | None = None
    min: Bound | None = None
    max: Bound | None = None

    def holds(self, view: View) -> Held:
        role = self.role.role if self.role else None
        found = tuple(
            Evidence(row.span, row.role or Role.AGENT, around(view, row.span))
            for row in view.call.measured(self.measure, role)
            if (self.min is None or row.value >= self.min) and (self.max is None or row.value <= self.max)
        )
        return found or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One of its keys."""

    LABEL = "条件"

    said: Said | None = None
    measured: Reaches | None = None
    followed: Followed | None = None
    not_: Condition | None = None
    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()

    def holds(self, view: View) -> Held:
        """True where every key that is written holds."""
        parts: list[Held] = []
        if self.said is not None:
            role = self.said.who.role
            found = self.said.find(view)
            parts.append(tuple(Evidence(one.span, role, one.quote, one.near, one.confidence) for one in found) or None)
        if self.measured is not None:
            parts.append(self.measured.holds(view))
        if self.followed is not None:
            parts.append(self.followed.holds(view))
        if self.not_ is not None:
            parts.append(() if self.not_.holds(view) is None else None)
        if self.all:
            parts.append(all_of(self.all, view))
        if self.any:
            parts.append(any_of(self.any, view))
        return _joined(parts)

    def absent(self) -> Iterator[Role]:
        """Whose words must not have been said for this to hold."""
        if self.not_ is not None:
            yield from self.not_.spoken_by()
        for one in (*self.all, *self.any):
            yield from one.absent()

    def spoken_by(self) -> Iterator[Role]:
        """Whose words this looks for."""
        if self.said is not None:
            yield self.said.who.role
        if self.followed is not None:
            yield self.followed.then.who.role
        for one in (*self.all, *self.any):
            yield from one.spoken_by()

    def is_absence(self) -> bool:
        """Whether it can hold without anything that could be quoted."""
        if self.said or self.measured or self.followed:
            return False
        return _only_absence(self.all, self.any)


def all_of(conditions: tuple[Condition, ...], view: View) -> Held:
    return _joined([condition.holds(view) for condition in conditions])


def any_of(conditions: tuple[Condition, ...], view: View) -> Held:
    found = [held for condition in conditions if (held := condition.holds(view)) is not None]
    return _joined(list(found)) if found else None


def _joined(parts: list[Held]) -> Held:
    evidence: list[Evidence] = []
    for part in parts:
        if part is None:
            return None
        evidence += part
    return tuple(evidence)


def _only_absence(every: tuple[Condition, ...], some: tuple[Condition, ...]) -> bool:
    """`all` quotes something where one of it does; `any` surely only where each does."""
    return not any(not one.is_absence() for one in every) and not (some and all(not one.is_absence() for one in some))


@dataclass(frozen=True, slots=True, kw_only=True)
class Combine(Rule):
    LABEL: ClassVar[str] = "combine 规则"
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote", "all"})

    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()

    def problems(self) -> Iterator[tuple[str, str]]:
        if not self.all and not self.any:
            yield "kind", "all 和 any 至少写一个"
        elif _only_absence(self.all, self.any):
            yield "kind", "只有“没有说”的条件，没有原话可引；应说没说的请用 phrase_required"

    def observe(self, view: View) -> Iterator[Observed]:
        held = _joined([all_of(self.all, view), any_of(self.any, view) if self.any else ()])
        if not held:
            return
        ordered = sorted(held, key=lambda one: one.span)
        last = max(ordered, key=lambda one: one.span.end_ms)
        quotes = list(dict.fromkeys(one.quote for one in ordered))
        agents = [one for one in ordered if one.role is Role.AGENT] or ordered
        weakest = min(one.confidence for one in ordered)
        span = Span(ordered[0].span.start_ms, last.span.end_ms)
        near = next((one.near for one in ordered if one.near), "")
        observed = self.observed(
            view, span, agents[0].role, agents[0].quote, near=near, confidence=weakest, all="、".join(quotes)
        )
        echoes = (self.may_be_echo(view, one.span, one.role, one.quote) for one in ordered)
        silent = {role for one in (*self.all, *self.any) for role in one.absent()}
        unheard = (self.may_have_been_said(view, view.call.recording.span, role) for role in sorted(silent))
        yield Observed(observed.finding, next(filter(None, (observed.doubt, *echoes, *unheard)), ""))

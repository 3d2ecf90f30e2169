"""让客户等待时的礼节：离开前说明并请客户稍等（notice），回来后先致谢（thanks）。

```yaml
- id: hold_notice
  kind: hold_etiquette
  part: notice              # notice 离开前；thanks 回来后
  any_of: {lexicon: hold_notice}
  more_than: 10s            # 坐席多久没有说话才算让客户等待
  lookup: {lexicon: lookup}             # 说了这些话之后的停顿，一定是让客户等待
  customer_wait: {lexicon: customer_wait}   # 是客户要坐席等，不算
  take_your_time: {lexicon: take_your_time}   # 坐席请客户慢慢来，等的是客户，不算
  deduct: 2
```

坐席问完话等客户回答，不算让客户等待。坐席先请客户慢慢来、后来又说去查，以后说的为准。证据是等待的那一段和前后说的话。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from qa.judge.matching import Ear, Phrases
from qa.judge.questions import ends_with_question
from qa.judge.reading import Duration
from qa.judge.rule import Observed, Rule, around
from qa.judge.terms import NotApplicable
from qa.judge.view import View
from qa.model import Measurement, Role
from qa.span import Span

NEAR_MS = 15_000
"""A notice this long before the hold, or thanks this long after it, belong to it."""
ONLY_BY_ECHO = "等待前的话两个声道同时都有，可能是串音，说不准是不是让客户等待"
SLACK_MS = 1500
"""Recognisers set the times of words wrong by so much."""


class HoldPart(StrEnum):
    NOTICE = "notice"
    THANKS = "thanks"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldEtiquette(Rule):
    LABEL: ClassVar[str] = "hold_etiquette 规则"
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote", "seconds"})

    part: HoldPart
    any_of: Phrases
    more_than: Duration = Duration(10_000)  # noqa: RUF009 - an int
    lookup: Phrases | None = None
    customer_wait: Phrases | None = None
    take_your_time: Phrases | None = None
    ear: Ear = Ear.GENEROUS

    def observe(self, view: View) -> Iterator[Observed]:
        rows = [row for row in view.call.measured("hold_ms", Role.AGENT) if row.value > self.more_than]
        holds = [row for row in rows if self._is_hold(view, row)]
        if not holds:
            raise NotApplicable(f"没有让客户等待超过 {self.more_than / 1000:g} 秒")
        for hold in holds:
            due = self._due(view, hold.span)
            if not any(match.span.overlaps(due) for match in self.any_of.find(view, Role.AGENT, self.ear)):
                quote = around(view, hold.span)
                observed = self.unsaid(view, due, Role.AGENT, quote=quote, seconds=round(hold.value / 1000))
                unsure = "" if self._is_hold(view, hold, view.echoes) else ONLY_BY_ECHO
                yield Observed(observed.finding, observed.doubt or unsure)

    def _is_hold(self, view: View, row: Measurement, echoes: frozenset[int] = frozenset()) -> bool:
        """Whether the customer was made to wait. `echoes`: turns that must not be what tells so."""
        start = row.span.start_ms
        before = Span(start - NEAR_MS, start + SLACK_MS)
        if self._heard(view, self.customer_wait, Role.CUSTOMER, before):
            return False
        busy = self._last_heard(view, self.take_your_time, before)
        looks_up = self._last_heard(view, self.lookup, before, echoes)
        if busy >= 0 or looks_up >= 0:
            return looks_up > busy
        if self.part is HoldPart.NOTICE and self._heard(view, self.any_of, Role.AGENT, before):
            return True
        earlier = [index for index, at in enumerate(view.spans) if at.start_ms < start and index not in echoes]
        if not earlier:
            return False
        last = earlier[-1]
        return view.turns[last].role is not Role.AGENT or not ends_with_question(view, last)

    def _heard(self, view: View, phrases: Phrases | None, role: Role, span: Span) -> bool:
        return phrases is not None and any(match.span.overlaps(span) for match in phrases.find(view, role, self.ear))

    def _last_heard(self, view: View, phrases: Phrases | None, span: Span, but: frozenset[int] = frozenset()) -> int:
        """When the agent last began to say one of them in the span, in ms; -1 where they did not. `but`: turns."""
        found = phrases.find(view, Role.AGENT, self.ear) if phrases is not None else ()
        own = [match for match in found if match.turn not in but and match.last_turn not in but]
        return max((match.span.start_ms for match in own if match.span.overlaps(span)), default=-1)

    def _due(self, view: View, hold: Span) -> Span:
        """Notice: from the turn before, into the hold; thanks: from its end on."""
        if self.part is HoldPart.THANKS:
            return Span(max(hold.start_ms, hold.end_ms - SLACK_MS), hold.end_ms + NEAR_MS)
        starts = [
            span.start_ms
            for turn, span in zip(view.turns, view.spans, strict=True)
            if turn.role is Role.AGENT and span.start_ms < hold.start_ms
        ]
        start = min([hold.start_ms - NEAR_MS, *starts[-1:]])
        return Span(max(0, start), min(hold.start_ms + SLACK_MS, hold.end_ms))

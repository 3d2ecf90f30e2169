"""客户提问后多久开口回答：超过就扣；可以只看第一个问题。

```yaml
- id: slow_first_answer
  kind: response_within
  within: 5s
  first_only: true          # 只看客户的第一个问题
  deduct: 2
```

先说一句“请您稍等”也算开口。证据是等待的那一段，以及问的和答的话；`message` 里可以写 `{seconds}`。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qa.judge.questions import questions_of
from qa.judge.reading import Duration
from qa.judge.rule import Observed, Rule, around
from qa.judge.terms import NotApplicable
from qa.judge.view import View
from qa.model import Role

NEAR_MS = 1500
"""The wait begins where the customer's voice ends; word times may be off by so much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseWithin(Rule):
    LABEL: ClassVar[str] = "response_within 规则"
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote", "seconds"})

    within: Duration
    first_only: bool = False

    def observe(self, view: View) -> Iterator[Observed]:
        asked = {question.turn for question in questions_of(view, Role.CUSTOMER)}
        exchanges = [one for one in view.exchanges_of(Role.CUSTOMER) if asked & set(one.turns)]
        if not exchanges:
            raise NotApplicable("客户没有提问")
        ends = [view.span_of(exchange.turns).end_ms for exchange in exchanges]
        waits = [
            row
            for end in ends[: 1 if self.first_only else None]
            for row in view.call.measured("response_latency_ms", Role.AGENT)
            if abs(row.span.start_ms - end) <= NEAR_MS
        ]
        if not waits:
            raise NotApplicable("问题之后没有单独的回答可以计时")
        for wait in waits:
            if wait.value > self.within:
                yield self.measured(wait.span, Role.AGENT, around(view, wait.span), seconds=f"{wait.value / 1000:.1f}")

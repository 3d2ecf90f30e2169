"""倾听时的回应：客户连着说了很久，坐席一声“嗯”“好的”都没有。

```yaml
- id: backchannel
  kind: backchannel
  more_than: 20s            # 客户连着说多久
  deduct: 2
```

坐席任何一点声音都算回应，没有转写出字也算。客户没有这么长的话，不适用。证据是客户的这一段话。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qa.judge.reading import Duration
from qa.judge.rule import Observed, Rule
from qa.judge.terms import NotApplicable
from qa.judge.view import View
from qa.model import Role
from qa.span import Span, merge

BREATH_MS = 2000
"""A pause that does not end what the customer is saying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backchannel(Rule):
    LABEL: ClassVar[str] = "backchannel 规则"
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote", "seconds"})

    more_than: Duration = Duration(20_000)  # noqa: RUF009 - an int

    def observe(self, view: View) -> Iterator[Observed]:
        stretches = [
            span
            for span in merge(self._spoken(view, Role.CUSTOMER), gap_ms=BREATH_MS)
            if span.duration_ms > self.more_than
        ]
        if not stretches:
            raise NotApplicable(f"客户没有连着说超过 {self.more_than / 1000:g} 秒")
        answers = self._spoken(view, Role.AGENT)
        for span in stretches:
            inside = Span(span.start_ms + BREATH_MS, span.end_ms - BREATH_MS)
            if not any(answer.overlaps(inside) for answer in answers):
                quote = "".join(word.text for word in view.said_within(span, Role.CUSTOMER))
                observed = self.measured(span, Role.CUSTOMER, quote, seconds=round(span.duration_ms / 1000))
                # The agent's own voice in the customer's channel makes the customer seem to speak for longer.
                yield Observed(observed.finding, self.may_be_echo(view, span, Role.CUSTOMER, quote))

    def _spoken(self, view: View, role: Role) -> tuple[Span, ...]:
        return merge([*view.call.speech.get(role, ()), *view.spans_of(role)])

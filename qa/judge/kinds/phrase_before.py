"""客户提出甲，坐席答应（丙）以前要先说乙：客户要销户，先问原因或挽留，再受理。

```yaml
- id: retention_before_cancel
  kind: phrase_before
  when: {who: customer, any_of: {lexicon: leave}}                 # 甲
  first: {who: agent, any_of: {lexicon: [retention_ask, retention_offer]}}   # 乙
  then: {who: agent, any_of: {lexicon: leave_accepted}}           # 丙
  deduct: 4
```

甲之后说过乙，达标；没说乙就说了丙，扣分；乙和丙都没说，不适用。证据是丙。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qa.judge.rule import Observed, Rule
from qa.judge.terms import NotApplicable, Said
from qa.judge.view import View
from qa.span import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseBefore(Rule):
    LABEL: ClassVar[str] = "phrase_before 规则"
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote", "asked"})

    when: Said
    first: Said
    then: Said

    def observe(self, view: View) -> Iterator[Observed]:
        asked = self.when.find(view)
        if not asked:
            raise NotApplicable(f"{self.when.who.role.label}没有提出这类要求")
        start = asked[0].span.start_ms
        if any(match.span.start_ms >= start for match in self.first.find(view)):
            return
        accepted = [match for match in self.then.find(view) if match.span.start_ms >= start]
        if not accepted:
            raise NotApplicable(f"{self.then.who.role.label}没有答应办理")
        role = self.then.who.role
        said = self.said(view, accepted[0], role, asked=asked[0].quote)
        missing = self.unsaid(view, Span(start, accepted[0].span.end_ms), role, asked=asked[0].quote)
        trigger = self.said(view, asked[0], self.when.who.role, asked=asked[0].quote)
        yield Observed(said.finding, said.doubt or missing.doubt or trigger.doubt)

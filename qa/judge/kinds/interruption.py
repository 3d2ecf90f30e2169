"""抢话：客户话没说完，坐席开口并且两个人同时说了一阵。单声道录音分不清，不适用。

```yaml
- id: interruption
  kind: interruption
  more_than: 1s             # 同时说话超过多久才算
  at_least: 4               # 重叠里坐席至少说了几个音节
  free: {lexicon: backchannel}   # 嗯、好的、是，不算抢话
  deduct: 3
```

证据是重叠的那一段和坐席抢着说的话。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qa.judge.matching import Ear, Phrases
from qa.judge.pattern import normal
from qa.judge.reading import Duration
from qa.judge.rule import Observed, Rule, mean_confidence
from qa.judge.view import View
from qa.model import Role
from qa.span import Span

SLACK_MS = 300
"""Word times may be off by so much at either end of the overlap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption(Rule):
    LABEL: ClassVar[str] = "interruption 规则"
    STEREO_ONLY: ClassVar[bool] = True
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote", "seconds"})

    more_than: Duration = Duration(1000)  # noqa: RUF009 - an int
    at_least: int = 4
    free: Phrases | None = None

    def observe(self, view: View) -> Iterator[Observed]:
        for row in view.call.measured("interruption_ms", Role.AGENT):
            if row.value <= self.more_than:
                continue
            near = Span(row.span.start_ms - SLACK_MS, row.span.end_ms + SLACK_MS)
            words = view.said_within(near, Role.AGENT)
            said = "".join(word.text for word in words)
            sure = mean_confidence(words)
            seconds = f"{row.value / 1000:.1f}"
            observed = self.observed(view, row.span, Role.AGENT, said, near="", confidence=sure, seconds=seconds)
            if len(normal(said)) - self._freely(view, near) >= self.at_least:
                # Where either one's words may be the other's, perhaps only one of them was speaking.
                theirs = "".join(word.text for word in view.said_within(near, Role.CUSTOMER))
                doubts = (
                    observed.doubt,
                    self.may_be_echo(view, near, Role.AGENT, said),
                    self.may_be_echo(view, near, Role.CUSTOMER, theirs),
                )
                yield Observed(observed.finding, next(filter(None, doubts), ""))
            elif view.unheard_ms(near, Role.AGENT) >= view.trust.unheard_ms:
                yield Observed(observed.finding, "两人同时说话，坐席说了什么没有听清")

    def _freely(self, view: View, span: Span) -> int:
        """Syllables of 嗯 and 好的 within the span."""
        if self.free is None:
            return 0
        found = self.free.find(view, Role.AGENT, Ear.OFF)
        return sum(match.end - match.start for match in found if match.span.overlaps(span))

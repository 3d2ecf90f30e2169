"""无声电话的处理：至少问候两遍、中间隔几秒，再礼貌结束；客户没有说话时才适用。

```yaml
- id: silent_call_procedure
  kind: silent_call
  prompts: {lexicon: [greeting, offer_help, silent_prompt]}   # 算一遍问候的话
  ending: {lexicon: [silent_ending, farewell]}                # 礼貌结束的话
  at_least: 2               # 至少问候几遍
  apart: 3s                 # 两遍之间至少静多久；一口气说得再长也只算一遍
  deduct: 3
```

证据是从第一遍问候到通话结束的那一段。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qa.judge.matching import Ear, Phrases
from qa.judge.reading import Duration
from qa.judge.rule import Observed, Rule
from qa.judge.terms import NotApplicable, is_silent
from qa.judge.view import View
from qa.model import Role
from qa.span import Span, merge

ENDING_TURNS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentCall(Rule):
    LABEL: ClassVar[str] = "silent_call 规则"
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote", "count"})

    prompts: Phrases
    ending: Phrases
    at_least: int = 2
    apart: Duration = Duration(3000)  # noqa: RUF009 - an int
    ear: Ear = Ear.GENEROUS

    def observe(self, view: View) -> Iterator[Observed]:
        if not is_silent(view):
            raise NotApplicable("客户说了话，不是无声电话")
        turns = view.voice(Role.AGENT).turns
        endings = {match.turn for match in self.ending.find(view, Role.AGENT, self.ear)} & set(turns[-ENDING_TURNS:])
        prompts = self._prompts(view, endings)
        if prompts < self.at_least or not endings:
            due = Span(view.spans[turns[0]].start_ms, view.call.recording.duration_ms)
            yield self.unsaid(view, due, Role.AGENT, count=prompts)

    def _prompts(self, view: View, endings: set[int]) -> int:
        """Times that the agent called out and then left the customer room to answer.

        A greeting is one prompt however long it is; 您的电话没有声音 on the way out is none.
        """
        said = (word.span for turn in view.voice(Role.AGENT).turns for word in view.turns[turn].words)
        prompts = [match.span for match in self.prompts.find(view, Role.AGENT, self.ear) if match.turn not in endings]
        return sum(any(one.overlaps(breath) for one in prompts) for breath in merge(said, max(0, self.apart - 1)))

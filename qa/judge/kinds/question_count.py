"""一次问得太多：一轮话里连着问好几个问题。

```yaml
- id: stacked_questions
  kind: question_count
  more_than: 2              # 一轮里多于几个才扣
  without: {lexicon: [offer_help, further_help, consent]}   # 可省：这些问句不算
  deduct: 2
```

问句按句式认（吗、呢、什么、哪里、多少、有没有、是…还是…），不靠标点。“好吗”“您看可以吗”这类征求同意的不算。
证据是这一轮里的问句；`message` 里可以写 `{count}`。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qa.judge.matching import Ear, Phrases
from qa.judge.questions import Question, questions_of
from qa.judge.rule import Observed, Rule
from qa.judge.terms import Party
from qa.judge.view import View
from qa.span import Span

SAME_BREATH_MS = 2500
"""A question after a longer wait is asked again, not on top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionCount(Rule):
    LABEL: ClassVar[str] = "question_count 规则"
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote", "count"})

    more_than: int = 2
    who: Party = Party.AGENT
    without: Phrases | None = None

    def observe(self, view: View) -> Iterator[Observed]:
        role = self.who.role
        spared = self.without.find(view, role, Ear.NORMAL) if self.without is not None else ()
        asked = [
            question
            for question in questions_of(view, role)
            if not question.is_tag and not any(match.span.overlaps(question.span) for match in spared)
        ]
        for exchange in view.exchanges_of(role):
            for group in _breaths([question for question in asked if question.turn in exchange.turns]):
                if len(group) > self.more_than:
                    span = Span(group[0].span.start_ms, group[-1].span.end_ms)
                    quote = "".join(question.quote for question in group)
                    yield self.heard(view, span, role, quote, count=len(group))


def _breaths(questions: list[Question]) -> Iterator[list[Question]]:
    group: list[Question] = []
    for question in questions:
        if group and question.span.start_ms - group[-1].span.end_ms > SAME_BREATH_MS:
            yield group
            group = []
        group.append(question)
    yield group

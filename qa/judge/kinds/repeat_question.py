"""同一个问题问了好几遍：按问的内容和读音比，不要求一字不差。

```yaml
- id: repeated_question
  kind: repeat_question
  more_than: 2              # 问过几遍以后再问就扣
  without: {lexicon: [offer_help, further_help, silent_prompt, ask_repeat]}   # 可省：这些问句不算
  deduct: 2
```

“请您报一下手机号码”这类要客户提供信息的话也算在内。同一轮里重复只算一遍。证据是多出来的那一遍。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qa.judge.matching import Ear, Phrases
from qa.judge.questions import Question, asked_of, same_question
from qa.judge.rule import Observed, Rule
from qa.judge.terms import Party
from qa.judge.view import View
from qa.span import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatQuestion(Rule):
    LABEL: ClassVar[str] = "repeat_question 规则"
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote", "count", "first"})

    more_than: int = 2
    who: Party = Party.AGENT
    without: Phrases | None = None

    def observe(self, view: View) -> Iterator[Observed]:
        role = self.who.role
        spared = self.without.find(view, role, Ear.NORMAL) if self.without is not None else ()
        asked = [
            question
            for question in asked_of(view, role)
            if not question.is_tag and not any(_is_most_of(match.span, question.span) for match in spared)
        ]
        for group in _alike(view, asked):
            if len(group) > self.more_than:
                once_more = group[self.more_than]
                yield self.heard(view, once_more.span, role, once_more.quote, count=len(group), first=group[0].quote)


def _is_most_of(span: Span, question: Span) -> bool:
    """编号多少，没听清 with no pause between is still the question after the number."""
    both = span.intersect(question)
    return both is not None and 2 * both.duration_ms > question.duration_ms


def _alike(view: View, questions: list[Question]) -> list[list[Question]]:
    """Groups of the same question, one for each time that the party spoke and asked it."""
    exchange_of = {turn: place for place, exchange in enumerate(view.exchanges) for turn in exchange.turns}
    groups: list[list[Question]] = []
    for question in questions:
        for group in groups:
            if any(same_question(one.text, question.text) for one in group):
                if exchange_of[group[-1].turn] != exchange_of[question.turn]:
                    group.append(question)
                break
        else:
            groups.append([question])
    return groups

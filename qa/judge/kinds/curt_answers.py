"""问一句答一句：客户接连几个问题，坐席每次只回一两个字。

```yaml
- id: curt_answers
  kind: curt_answers
  in_a_row: 3               # 接连几个问题都这样才扣
  most_syllables: 3         # 几个音节以内算一两个字
  deduct: 2
```

客户提问少于这么多次，不适用。证据从第一个问题到最后一个回答。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qa.judge.questions import questions_of
from qa.judge.rule import Observed, Rule
from qa.judge.terms import NotApplicable
from qa.judge.view import Exchange, View
from qa.model import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class CurtAnswers(Rule):
    LABEL: ClassVar[str] = "curt_answers 规则"
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote", "count"})

    in_a_row: int = 3
    most_syllables: int = 3

    def observe(self, view: View) -> Iterator[Observed]:
        asked = {question.turn for question in questions_of(view, Role.CUSTOMER)}
        answered = [
            (question, answer)
            for question, answer in zip(view.exchanges, view.exchanges[1:], strict=False)
            if question.role is Role.CUSTOMER and answer.role is Role.AGENT and asked & set(question.turns)
        ]
        if len(answered) < self.in_a_row:
            raise NotApplicable(f"客户提问不到 {self.in_a_row} 次")
        row: list[tuple[Exchange, Exchange]] = []
        for pair in answered:
            row = [*row, pair] if len(view.text_of(pair[1])) <= self.most_syllables else []
            if len(row) == self.in_a_row:
                turns = tuple(index for pair in row for exchange in pair for index in exchange.turns)
                quote = " ".join(view.turns[index].text for _, answer in row for index in answer.turns)
                observed = self.heard(view, view.span_of(turns), Role.AGENT, quote, count=len(row))
                yield Observed(observed.finding, observed.doubt or self._doubt(view, row))
                row = []

    def _doubt(self, view: View, row: list[tuple[Exchange, Exchange]]) -> str:
        """A question may be an echo of the agent, and so may be what seems to cut the agent's answer short."""
        for index in range(row[0][0].first, min(row[-1][1].last + 2, len(view.turns))):
            if index in view.echoes:
                turn = view.turns[index]
                return self.may_be_echo(view, turn.span, turn.role, turn.text)
        return ""

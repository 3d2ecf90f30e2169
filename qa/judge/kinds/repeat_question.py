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
from qa.judge.view import Exchange, View
from qa.span import Span

BROKEN_UP = "两遍之间的话可能是串音，说不准是不是同一轮里问的"


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
        own = [question for question in asked if question.turn not in view.echoes]
        sure = list(self._too_often(view, own, view.own_exchanges))
        yield from (observed for observed, _ in sure)
        if sure:
            return
        for observed, group in self._too_often(view, asked, view.exchanges):
            echoes = (self.may_be_echo(view, one.span, role, one.quote) for one in group)
            yield Observed(observed.finding, observed.doubt or next(filter(None, echoes), "") or BROKEN_UP)

    def _too_often(
        self, view: View, asked: list[Question], exchanges: tuple[Exchange, ...]
    ) -> Iterator[tuple[Observed, list[Question]]]:
        """What was asked once too often, and all the times that it was asked."""
        for group in _alike(asked, exchanges):
            if len(group) > self.more_than:
                again = group[self.more_than]
                values = {"count": len(group), "first": group[0].quote}
                yield self.heard(view, again.span, self.who.role, again.quote, **values), group


def _is_most_of(span: Span, question: Span) -> bool:
    """编号多少，没听清 with no pause between is still the question after the number."""
    both = span.intersect(question)
    return both is not None and 2 * both.duration_ms > question.duration_ms


def _alike(questions: list[Question], exchanges: tuple[Exchange, ...]) -> list[list[Question]]:
    """Groups of the same question, one for each time that the party spoke and asked it."""
    exchange_of = {turn: place for place, exchange in enumerate(exchanges) for turn in exchange.turns}
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

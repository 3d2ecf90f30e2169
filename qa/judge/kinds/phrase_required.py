"""应当说的话：检测范围内没有说到就扣。

```yaml
- id: closing
  kind: phrase_required
  any_of: {lexicon: [closing, farewell, wish]}   # 说到其中一句就行
  window: {last_turns: 2}           # 在坐席最后两轮里找；first_turns、first: 15s、last: 30s 同理，写几个就满足其一
  at_least: 1                       # 可省：至少说几次
  takes: 300ms                      # 可省：说这句话至少要多久；应说的时段里有这么久的话没有听清，就交人工
  ear: generous                     # 可省：没听准的字按同音算说了
  applies: {customer_hung_up_first: false, customer_speaks: true}
  deduct: 2
```

要几样都说全，用 `all_of`，每样一个列表项：

```yaml
  all_of:
    - {lexicon: greeting}
    - {lexicon: offer_help}
```

证据是应说的那段时间，以及那段时间里实际说的话。那段时间里有话没有听清，就不扣分，交人工。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qa.judge.matching import Ear, Phrases
from qa.judge.reading import Duration
from qa.judge.rule import Observed, Rule
from qa.judge.terms import EVERYWHERE, NotApplicable, Party, Window, matches_in
from qa.judge.view import View
from qa.span import Span

OPENING_WORDS = 2
OPENING_CONFIDENCE = 0.6
EDGE_MS = 3000
"""Where a window touches the first or last turn, what was due may lie just outside the words that were heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseRequired(Rule):
    LABEL: ClassVar[str] = "phrase_required 规则"

    any_of: Phrases | None = None
    all_of: tuple[Phrases, ...] = ()
    who: Party = Party.AGENT
    window: Window = EVERYWHERE
    at_least: int = 1
    takes: Duration | None = None
    ear: Ear = Ear.GENEROUS

    def problems(self) -> Iterator[tuple[str, str]]:
        if (self.any_of is None) == (not self.all_of):
            yield "kind", "any_of 和 all_of 要写一个，也只能写一个"

    def observe(self, view: View) -> Iterator[Observed]:
        turns = self.window.turns(view, self.who.role)
        if not turns:
            raise NotApplicable(f"检测范围内{self.who.role.label}没有说话")
        wanted = self.all_of or ((self.any_of,) if self.any_of is not None else ())
        missing = [
            one for one in wanted if len(matches_in(view, one, self.who.role, self.ear, self.window)) < self.at_least
        ]
        if missing:
            heard = " ".join(view.turns[index].text for index in turns)
            observed = self.unsaid(view, self._due(view, turns), self.who.role, quote=heard, takes=self.takes)
            if len(missing) < len(wanted) and not observed.doubt and _begins_garbled(view, turns):
                observed = Observed(observed.finding, "听到了应说的一部分，其余的开头听得不清，不能断定没有说")
            yield observed

    def _due(self, view: View, turns: tuple[int, ...]) -> Span:
        span = view.span_of(turns)
        first, last = view.span_of((0,)).start_ms, max(one.end_ms for one in view.spans)
        start = max(0, span.start_ms - EDGE_MS) if span.start_ms <= first + EDGE_MS else span.start_ms
        end = span.end_ms + EDGE_MS if span.end_ms >= last - EDGE_MS else span.end_ms
        return Span(start, min(end, max(view.call.recording.duration_ms, span.end_ms)))


def _begins_garbled(view: View, turns: tuple[int, ...]) -> bool:
    """Whether one of the turns begins with words that the recogniser hardly believes in: 以后 for 您好."""
    for index in turns:
        opening = view.turns[index].words[:OPENING_WORDS]
        if sum(word.confidence for word in opening) / len(opening) < OPENING_CONFIDENCE:
            return True
    return False

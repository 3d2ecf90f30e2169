"""礼貌用语的多少：每一百个音节里请、您、谢谢、抱歉太少，或者该说“您”的地方多半说了“你”。

```yaml
- id: courtesy_words
  kind: courtesy_ratio
  any_of: {lexicon: courtesy}
  at_least: 3               # 每一百个音节至少几次
  most_informal: 50         # “你”在“你”和“您”里最多占百分之几
  applies: {min_agent_syllables: 60}
  deduct: 2
```

证据是说“你”的第一处，或者坐席最长的一轮话；`message` 里可以写 `{count}`（次数）和 `{informal}`（“你”的占比）。
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qa.hanzi import syllables
from qa.judge.matching import Ear, Phrases
from qa.judge.rule import Observed, Rule
from qa.judge.view import View
from qa.model import Role

_INFORMAL = re.compile("你(?!们|好)")
FEWEST_INFORMAL = 3
"""A recogniser writes 你 for 您 now and then; so many are not its slips alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourtesyRatio(Rule):
    LABEL: ClassVar[str] = "courtesy_ratio 规则"
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote", "count", "informal"})

    any_of: Phrases
    at_least: float
    most_informal: float = 50.0
    ear: Ear = Ear.NORMAL

    def observe(self, view: View) -> Iterator[Observed]:
        voice = view.voice(Role.AGENT)
        said = [voice.turn_at(found.start()) for found in _INFORMAL.finditer(voice.text)]
        count = len(self.any_of.find(view, Role.AGENT, self.ear))
        # An echo may be the customer's 你 and the customer's syllables; 您 and 谢谢 in it may still be the agent's.
        informal = [turn for turn in said if turn not in view.echoes]
        formal = voice.text.count("您")
        share = 100 * len(informal) / max(1, len(informal) + formal)
        values = {"count": count, "informal": f"{share:.0f}%"}
        if len(informal) >= FEWEST_INFORMAL and share > self.most_informal:
            turn = view.turns[informal[0]]
            yield self.heard(view, turn.span, Role.AGENT, turn.text, **values)
        elif count < self.at_least * self._own_syllables(view) / 100:
            own = [view.turns[index] for index in voice.turns if index not in view.echoes]
            longest = max(own or view.call.turns_of(Role.AGENT), key=lambda turn: len(turn.text))
            yield self.heard(view, longest.span, Role.AGENT, longest.text, **values)

    def _own_syllables(self, view: View) -> int:
        """Of the agent in the whole call, without those that may be the customer's."""
        echoes = [view.turns[index] for index in view.echoes if view.turns[index].role is Role.AGENT]
        return max(0, view.syllables(Role.AGENT) - sum(syllables(turn.text) for turn in echoes))

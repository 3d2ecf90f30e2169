"""说得太多的话：口头语、没把握的词、请客户重复，一通里超过次数才扣。

```yaml
- id: filler_words
  kind: phrase_count
  any_of: {lexicon: fillers}
  per: minute               # call 每通（默认）、minute 坐席每说一分钟、hundred 坐席每说一百个音节
  more_than: 4              # 多于几次才扣
  at_least: 4               # 可省：按比例算时，总次数也要有这么多
  once_per_turn: false      # 可省:true 时一轮里说几次只算一次
  window: {first: 60s}      # 可省：只数前（后）几轮、前（后）几秒
  applies: {min_agent_talk: 20s}
  deduct: 2
```

证据是第一次“太多”的那一处；`message` 里可以写 `{count}`（次数）和 `{all}`（说过的都列出来）。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from qa.judge.matching import Ear, Match, Phrases
from qa.judge.rule import Observed, Rule
from qa.judge.terms import EVERYWHERE, Party, Window, matches_in
from qa.judge.view import View


class Per(StrEnum):
    CALL = "call"
    MINUTE = "minute"
    HUNDRED = "hundred"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseCount(Rule):
    LABEL: ClassVar[str] = "phrase_count 规则"
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote", "count", "all"})

    any_of: Phrases
    more_than: float
    per: Per = Per.CALL
    at_least: int = 1
    once_per_turn: bool = False
    who: Party = Party.AGENT
    window: Window = EVERYWHERE
    ear: Ear = Ear.STRICT

    def observe(self, view: View) -> Iterator[Observed]:
        role = self.who.role
        heard = matches_in(view, self.any_of, role, self.ear, self.window)
        own = [match for match in heard if not view.echoed(match.span, role)]
        sure = [match for match in own if match.confidence >= view.trust.min_word_confidence]
        found = self._too_many(view, sure)
        doubtful = None if found else self._too_many(view, list(heard))
        uncounted = "有几处听得不清，次数数不准" if len(own) == len(heard) else "有几处可能是串音，次数数不准"
        if found or doubtful:
            match, counted = found or doubtful or (heard[0], [])
            said = self.said(
                view,
                match,
                role,
                count=len(counted),
                all="、".join(dict.fromkeys(one.quote for one in counted)),
            )
            yield said if found else Observed(said.finding, said.doubt or uncounted)

    def _too_many(self, view: View, matches: list[Match]) -> tuple[Match, list[Match]] | None:
        """The first that is one too many, and all that were counted."""
        if self.once_per_turn:
            matches = list({match.turn: match for match in reversed(matches)}.values())[::-1]
        role = self.who.role
        units = {
            Per.CALL: 1.0,
            Per.MINUTE: view.talk_ms(role) / 60_000,
            Per.HUNDRED: view.syllables(role) / 100,
        }[self.per]
        allowed = self.more_than * units
        if len(matches) <= allowed or len(matches) < self.at_least:
            return None
        return matches[min(len(matches) - 1, max(int(allowed), self.at_least - 1))], matches

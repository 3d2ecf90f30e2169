"""不能说的话：说了就扣，每一小句记一处。

```yaml
- id: forbidden_phrase
  kind: phrase_forbidden
  who: agent                        # agent 坐席（默认）或 customer 客户
  any_of: {lexicon: forbidden}      # 词表名；也可以直接写说法：any_of: [喂说吧, 你自己想办法]
  window: {first_turns: 2}          # 可省：只看前（后）几轮、前（后）几秒
  ear: strict                       # 可省：同音要多像才算。off 只认字，strict 严，normal 中，generous 宽
  except:                           # 可省：在这些话附近就不算
    - {who: customer, any_of: [等一下], before: 10s}
  hinted:                           # 可省：单独说不算，有人刚说过 after 才算（先说到验证码，再要“那六位”）
    - {any_of: [把那六位念给我], after: [验证码], within: 20s}
  deduct: 4
```

证据是说出的那几个字，连同所在的那一小句。同音命中会在成绩单上同时写明词表里的说法。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qa.judge.matching import Ear, Match, Phrases
from qa.judge.reading import Duration
from qa.judge.rule import Observed, Rule
from qa.judge.terms import EVERYWHERE, Party, Window, matches_in
from qa.judge.view import View
from qa.model import Role
from qa.span import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Hinted:
    """Words that mean something forbidden only where somebody has just named it."""

    LABEL = "hinted"

    any_of: Phrases
    after: Phrases
    within: Duration

    def find(self, view: View, role: Role, ear: Ear) -> Iterator[Match]:
        named = [one.span for party in (Role.CUSTOMER, Role.AGENT) for one in self.after.find(view, party, ear)]
        for match in self.any_of.find(view, role, ear):
            since = Span(match.span.start_ms - self.within, match.span.end_ms)
            if any(span.start_ms <= match.span.start_ms and span.overlaps(since) for span in named):
                yield match


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseForbidden(Rule):
    LABEL: ClassVar[str] = "phrase_forbidden 规则"

    any_of: Phrases
    who: Party = Party.AGENT
    window: Window = EVERYWHERE
    ear: Ear = Ear.STRICT
    hinted: tuple[Hinted, ...] = ()

    def observe(self, view: View) -> Iterator[Observed]:
        quoted_until = -1
        role = self.who.role
        named = matches_in(view, self.any_of, role, self.ear, self.window)
        hinted = [match for one in self.hinted for match in one.find(view, role, self.ear)]
        for match in sorted((*named, *hinted), key=lambda match: match.span):
            # 我保证百分之百: two phrases, one thing said, one deduction.
            if match.span.end_ms > quoted_until:
                observed = self.said_in_clause(view, match, role)
                quoted_until = observed.finding.span.end_ms
                yield observed

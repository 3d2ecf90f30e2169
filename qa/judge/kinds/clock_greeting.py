"""按时辰问候、祝福和关怀：早上好不能在晚上说；说对了、祝福了，就得这一项的分。

```yaml
- id: care_phrase
  kind: clock_greeting
  morning: {lexicon: clock_morning}       # 4 点到 12 点
  afternoon: {lexicon: clock_afternoon}   # 12 点到 19 点
  evening: {lexicon: clock_evening}       # 17 点到次日 5 点
  care: {lexicon: care}                   # 可省：祝您周末愉快、天气转冷请添衣
  deduct: 2
```

问候和时刻对不上才扣分；什么都没说，不适用，不扣也不加。证据是说错的问候。话单里没有通话时刻，只看祝福和关怀。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qa.judge.matching import Ear, Match, Phrases
from qa.judge.rule import Observed, Rule
from qa.judge.terms import NO_START_TIME, NotApplicable
from qa.judge.view import View
from qa.model import Role

_HOURS = {"morning": range(4, 12), "afternoon": range(12, 19), "evening": (*range(17, 24), *range(5))}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockGreeting(Rule):
    LABEL: ClassVar[str] = "clock_greeting 规则"
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote", "clock"})

    morning: Phrases
    afternoon: Phrases
    evening: Phrases
    care: Phrases | None = None
    ear: Ear = Ear.OFF

    def observe(self, view: View) -> Iterator[Observed]:
        greetings = self._greetings(view)
        cared = self.care is not None and bool(self.care.find(view, Role.AGENT, Ear.GENEROUS))
        if not greetings and not cared:
            raise NotApplicable("没有说按时辰的问候，也没有说祝福和关怀的话")
        started_at = view.call.recording.started_at
        if started_at is None and not cared:
            raise NotApplicable(NO_START_TIME)
        for when, match in greetings:
            if started_at is not None and started_at.hour not in _HOURS[when]:
                yield self.said(view, match, Role.AGENT, clock=f"{started_at:%H:%M}")

    def _greetings(self, view: View) -> list[tuple[str, Match]]:
        sets = (("morning", self.morning), ("afternoon", self.afternoon), ("evening", self.evening))
        return [(when, match) for when, phrases in sets for match in phrases.find(view, Role.AGENT, self.ear)]

"""测量值要在范围内：语速、静默、首句时间、通话时长、音调起伏。

```yaml
- id: speech_rate_fast
  kind: measure_limit
  measure: speech_rate_spm   # 测量名；qa measures 列出全部
  role: agent                # agent、customer；两个人都没说话一类的测量不写
  max: 200                   # 超过就扣；时间写 30s 这样
  # min: 100                 # 低于就扣
  # without_roles: first_speech_ms   # 可省：听不出谁是坐席时，改看这个测量
  applies: {min_agent_syllables: 30}
  deduct: 2
```

证据是测量的那一段和那段里说的话；`message` 里可以写 `{value}`（测得）和 `{limit}`（界限）。
语速的上下限通常写在 `profiles:` 里，每个中心一套。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qa.judge.measured import Bound, MeasureName, shown
from qa.judge.rule import Observed, Rule, around
from qa.judge.terms import NotApplicable, Party
from qa.judge.view import View
from qa.model import Measurement, Role

SHORTEST_QUOTED = 10
"""Characters of a turn whose own pace says something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureLimit(Rule):
    LABEL: ClassVar[str] = "measure_limit 规则"
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote", "value", "limit"})

    measure: MeasureName
    role: Party | None = None
    without_roles: MeasureName | None = None
    min: Bound | None = None
    max: Bound | None = None

    def problems(self) -> Iterator[tuple[str, str]]:
        if self.min is None and self.max is None:
            yield "measure", "min 和 max 至少写一个，否则永远不会扣"
        if self.min is not None and self.max is not None and self.min > self.max:
            yield "min", f"min {self.min:g} 比 max {self.max:g} 大"

    def needs_roles(self) -> bool:
        """What is measured on nobody in particular needs none, nor what has a measure to fall back on."""
        return self.role is not None and self.without_roles is None

    def observe(self, view: View) -> Iterator[Observed]:
        measure, role = self.measure, self.role.role if self.role else None
        if self.without_roles is not None and not view.roles_known:
            measure, role = self.without_roles, None
        rows = view.call.measured(measure, role)
        if not rows and not measure.is_of_stretches:
            raise NotApplicable("没有这项测量")
        for row in rows:
            over = self.max is not None and row.value > self.max
            under = self.min is not None and row.value < self.min
            if over or under:
                limit = self.max if over else self.min
                assert limit is not None
                yield self.measured(
                    row.span,
                    row.role or Role.AGENT,
                    self._quote(view, row, over),
                    value=shown(measure, row.value),
                    limit=shown(measure, limit),
                )

    def _quote(self, view: View, row: Measurement, over: bool) -> str:
        if row.role is None or not view.said_within(row.span, row.role):
            return around(view, row.span)
        if row.span.duration_ms < view.call.recording.duration_ms * 0.9:
            return "".join(word.text for word in view.said_within(row.span, row.role))
        # A figure for the whole call is shown by the turn in which it is heard best.
        turns = [turn for turn in view.call.turns_of(row.role) if len(turn.text) >= SHORTEST_QUOTED]
        if not turns:
            return view.call.turns_of(row.role)[0].text
        paces = [len(turn.text) / max(1, turn.span.duration_ms) for turn in turns]
        return turns[paces.index(max(paces) if over else min(paces))].text

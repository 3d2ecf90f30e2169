"""坐席的音量：比客户高出或低出太多，或者声音破了（削波）。只看双声道录音。

```yaml
- id: volume
  kind: loudness
  louder_by_db: 15          # 比客户响多少算太响
  softer_by_db: 15          # 比客户轻多少算太轻
  most_clipping_pct: 1      # 破音的采样最多占百分之几
  deduct: 2
```

和同一通电话里的客户比，所以不受录音设备的总音量影响。证据是坐席最长的一轮话；`message` 里可以写 `{what}`。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qa.judge.rule import Observed, Rule
from qa.judge.terms import NotApplicable
from qa.judge.view import View
from qa.model import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness(Rule):
    LABEL: ClassVar[str] = "loudness 规则"
    STEREO_ONLY: ClassVar[bool] = True
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote", "what"})

    louder_by_db: float = 15.0
    softer_by_db: float = 15.0
    most_clipping_pct: float = 1.0

    def observe(self, view: View) -> Iterator[Observed]:
        own = view.call.measured("loudness_db", Role.AGENT)
        clipped = view.call.measured("clipping_pct", Role.AGENT)
        if not own:
            raise NotApplicable("没有音量测量")
        what = ""
        others = view.call.measured("loudness_db", Role.CUSTOMER)
        if others:
            over = own[0].value - others[0].value
            if over > self.louder_by_db:
                what = f"比客户响 {over:.0f} 分贝"
            elif -over > self.softer_by_db:
                what = f"比客户轻 {-over:.0f} 分贝"
        if clipped and clipped[0].value > self.most_clipping_pct:
            what = f"声音破了（{clipped[0].value:.1f}% 的采样削波）"
        if what:
            longest = max(view.call.turns_of(Role.AGENT), key=lambda turn: len(turn.text))
            yield self.measured(longest.span, Role.AGENT, longest.text, what=what)

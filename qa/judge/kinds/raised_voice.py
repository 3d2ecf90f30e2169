"""提高嗓门：某一轮比坐席自己在这通电话里的平常音量（从轻到响排在三分之一处的那一轮）高出许多，音调也不低。

```yaml
- id: raised_voice
  kind: raised_voice
  by_db: 6                  # 高出多少分贝
  min_turn: 800ms           # 可省：太短的一轮不看
  deduct: 3
```

和坐席自己比，所以不受话机和音量设置影响。至少要有三轮话。证据是那一轮和说的话；`message` 里可以写 `{over}`。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import ClassVar

from qa.judge.reading import Duration
from qa.judge.rule import Observed, Rule
from qa.judge.terms import NotApplicable
from qa.judge.view import View
from qa.model import Role

FEWEST_TURNS = 3
USUAL_SHARE = 1 / 3
"""Where in the agent's own turns, from soft to loud, the usual level lies: half of a quarrel is loud."""
PITCH_SHARE = 0.97
"""A voice that gets louder and clearly lower is nearer to the microphone, not raised."""
CLEARLY_MORE_DB = 2.0
CLEARLY_LOUDER_PITCH_SHARE = 0.8
"""So far beyond the bound the pitch counts for less: over a telephone its estimate is the less certain of the two."""


def quantile(values: list[float], share: float) -> float:
    """Linear between neighbours; `share` 0.5 is the median."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedVoice(Rule):
    LABEL: ClassVar[str] = "raised_voice 规则"
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote", "over"})

    by_db: float = 6.0
    min_turn: Duration = Duration(800)  # noqa: RUF009 - an int

    def observe(self, view: View) -> Iterator[Observed]:
        rows = [
            row for row in view.call.measured("turn_loudness_db", Role.AGENT) if row.span.duration_ms >= self.min_turn
        ]
        if len(rows) < FEWEST_TURNS:
            raise NotApplicable("坐席说得太少或没有音量测量，没有可比的")
        usual = quantile([row.value for row in rows], USUAL_SHARE)
        pitches = {row.span: row.value for row in view.call.measured("turn_pitch_hz", Role.AGENT) if row.value > 0}
        usual_pitch = median(pitches.values()) if pitches else 0.0
        for row in rows:
            over = row.value - usual
            share = CLEARLY_LOUDER_PITCH_SHARE if over > self.by_db + CLEARLY_MORE_DB else PITCH_SHARE
            if over > self.by_db and pitches.get(row.span, usual_pitch) >= share * usual_pitch:
                quote = "".join(word.text for word in view.said_within(row.span, Role.AGENT))
                if quote:
                    yield self.measured(row.span, Role.AGENT, quote, over=f"{over:.1f} 分贝")

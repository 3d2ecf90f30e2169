"""机器不判的规则：列在成绩单上，由人来评。

```yaml
- id: tone_of_voice
  kind: manual
  note: 听语气是否诚恳
```

结果总是“不适用”，不影响得分；例子可以不写实话，只写“坐席:…”占位。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qa.judge.rule import Observed, Rule
from qa.judge.terms import NotApplicable
from qa.judge.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Manual(Rule):
    LABEL: ClassVar[str] = "manual 规则"
    PROVED_BY_EXAMPLES: ClassVar[bool] = False

    def observe(self, view: View) -> Iterator[Observed]:  # noqa: ARG002 - nothing in the call decides
        raise NotApplicable(f"人工评分：{self.note or self.name}")

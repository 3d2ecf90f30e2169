"""Calls and rubrics for tests, written as dialogue: `dialogue(["坐席：您好", "[9]客户：我要投诉"])`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from qa.judge import Rubric, load_rubric
from qa.judge.dialogue import Dialogue, Measured, call_of
from qa.model import Call, Role


def dialogue(
    lines: Sequence[str],
    *,
    measured: Sequence[Mapping[str, Any]] = (),
    started_at: str | None = None,
    tags: Sequence[str] = (),
    layout: str = "stereo",
    ends_s: float | None = None,
) -> Call:
    """A call in which these lines are said; times as in `qa.judge.dialogue`."""
    rows = tuple(
        Measured(
            name=row["name"],
            role=Role(row["role"]) if "role" in row else None,
            value=row.get("value"),
            values=tuple(row.get("values", ())),
        )
        for row in measured
    )
    return call_of(
        Dialogue(
            lines=tuple(lines),
            measured=rows,
            started_at=datetime.fromisoformat(started_at) if started_at else None,
            tags=tuple(tags),
            layout=layout,
            ends=None if ends_s is None else round(ends_s * 1000),  # type: ignore[arg-type]
        )
    )


def rubric_text(*rules: Mapping[str, Any], points: int = 10, **top: Any) -> str:
    """YAML of a rubric of one item that holds these rules; what every rule needs is filled in."""
    filled = [
        {
            "id": f"rule_{number}",
            "code": f"NX-1.{number}",
            "name": f"规则{number}",
            "source": "测试",
            "deduct": 2,
            "examples": {"good": ["您好"], "bad": ["喂"]},
            **rule,
        }
        for number, rule in enumerate(rules, 1)
    ]
    rubric = {
        "id": "test",
        "version": "1",
        "name": "测试",
        "dimensions": [
            {
                "id": "NX",
                "name": "耐心",
                "weight": 100,
                "items": [
                    {"id": "NX-1", "name": "项", "points": points, "rules": filled},
                    {"id": "NX-2", "name": "其余", "points": 100 - points},
                ],
            }
        ],
        **top,
    }
    return yaml.safe_dump(rubric, allow_unicode=True, sort_keys=False)


def rubric_of(folder: Path, *rules: Mapping[str, Any], points: int = 10, **top: Any) -> Rubric:
    """The same, read as a rubric file is."""
    path = folder / "rubric.yaml"
    path.write_text(rubric_text(*rules, points=points, **top), encoding="utf-8")
    return load_rubric(path)

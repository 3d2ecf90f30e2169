"""Kinds explain themselves: Chinese first, with an example that loads as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from dialogue import rubric_of

from qa.judge import KINDS, explain_kinds

LEXICONS = Path(__file__).parents[2] / "rubrics" / "lexicons.yaml"


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_explained_in_chinese_with_an_example_that_loads(kind: str, tmp_path: Path) -> None:
    told = explain_kinds()[kind]
    assert re.match("[\u4e00-\u9fff]", told)

    (rule,) = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", told, re.DOTALL)[0])

    assert rule["kind"] == kind
    assert rubric_of(tmp_path, {**rule, "code": "NX-1.1"}, lexicons=str(LEXICONS)).rules[0].id == rule["id"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_of_a_kind_is_in_its_explanation(kind: str) -> None:
    shared = set(KINDS["manual"].__dataclass_fields__)
    own = set(KINDS[kind].__dataclass_fields__) - shared - {"ear", "who", "titles"}

    assert [key for key in sorted(own) if f"{key}:" not in explain_kinds()[kind]] == []

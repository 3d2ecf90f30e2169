"""Kinds explain themselves: Chinese first, with an example that loads as it stands."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from dialogue import rubric_of

from qa.judge import KINDS, explain_kinds
from qa.judge.explain import SHARED_KEYS
from qa.judge.lexicons import Wanted
from qa.judge.terms import Applies, Excuse

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


@pytest.mark.parametrize("part", [KINDS["manual"], Applies, Excuse, Wanted])
def test_every_shared_key_is_explained(part: type) -> None:
    # `kind` and `who` are in every kind's own example.
    keys = {field.name.rstrip("_") for field in fields(part)} - {"kind"}

    assert [key for key in sorted(keys) if key not in SHARED_KEYS] == []


def test_the_shared_keys_that_are_shown_load(tmp_path: Path) -> None:
    rule, words = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", SHARED_KEYS, re.DOTALL))

    # PyYAML's own loader takes the key `off` for false; a rubric is read by its letters.
    rule = {"off" if key is False else key: value for key, value in rule.items()}
    loaded = rubric_of(
        tmp_path, {"kind": "phrase_forbidden", **rule, "any_of": words["any_of"]}, lexicons=str(LEXICONS)
    ).rules[0]

    assert (loaded.deduct, loaded.max_deduct, loaded.veto, loaded.off) == (2, 4, True, True)

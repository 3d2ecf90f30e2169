"""The rubric that ships: it loads, adds up, proves its examples, and has every rule of the design."""

from __future__ import annotations

import pickle
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dialogue import dialogue

from qa.judge import check, judge, load_rubric
from qa.judge.measured import MeasureName
from qa.measure import MEASURES

RUBRICS = Path(__file__).parents[1] / "rubrics"
SHIPPED = RUBRICS / "telecom-affinity.yaml"
DESIGN = Path(__file__).parents[2] / "shared" / "design" / "rubric.md"
JUDGED_BY_A_MODEL = ["proactive_service", "clear_explanation"]
RULES = [
    "offer_when_asked",
    "curt_answers",
    "proactive_service",
    "impatient_phrase",
    "overlong_call",
    "shirking_phrase",
    "apology_after_complaint",
    "retention_before_cancel",
    "suggests_cancel",
    "late_greeting",
    "long_silence",
    "hold_notice",
    "hold_thanks",
    "slow_first_answer",
    "unsure_words",
    "care_phrase",
    "greeting",
    "self_introduction",
    "further_help",
    "closing",
    "silent_call_procedure",
    "forbidden_phrase",
    "courtesy_words",
    "surname_address",
    "volume",
    "monotone",
    "rhetorical_question",
    "speech_rate_fast",
    "speech_rate_slow",
    "filler_words",
    "written_style",
    "interruption",
    "backchannel",
    "asks_to_repeat",
    "consent_question",
    "stacked_questions",
    "repeated_question",
    "negative_phrase",
    "imperative_phrase",
    "jargon",
    "over_promise",
    "ticket_number",
    "clear_explanation",
    "arguing_phrase",
    "raised_voice",
    "soothing_after_anger",
    "asks_password",
    "profanity",
]


@pytest.mark.parametrize("path", [SHIPPED], ids=lambda path: path.name)
def test_a_shipped_rubric_has_no_problems(path: Path) -> None:
    assert [str(problem) for problem in check(path)] == []


def test_every_rule_of_the_design_is_there_once() -> None:
    assert sorted(rule.id for rule in load_rubric(SHIPPED).rules) == sorted(RULES)


@pytest.mark.shared
@pytest.mark.skipif(not DESIGN.exists(), reason="the design is not in this checkout")
def test_the_rules_are_those_that_the_design_lists() -> None:
    rows = [line for line in DESIGN.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    listed = {found for row in rows for found in re.findall(r"\| `(\w+)` \|", row)}

    assert len(listed) == 46
    assert set(RULES) - set(JUDGED_BY_A_MODEL) == listed


def test_every_rule_says_where_it_comes_from_what_it_catches_and_how_to_do_better() -> None:
    for rule in load_rubric(SHIPPED).rules:
        assert re.match("讲义|规范用语|客服代表工作手册", rule.source), rule.id
        assert len(rule.note) >= 10, rule.id
        assert len(rule.advice) >= 10, rule.id


def test_every_rule_is_shown_by_an_example_that_passes_and_one_that_fails() -> None:
    for rule in load_rubric(SHIPPED).rules:
        assert rule.examples.good, rule.id
        assert rule.examples.bad, rule.id


def test_only_what_a_model_judges_is_not_proved_by_its_examples() -> None:
    assert [rule.id for rule in load_rubric(SHIPPED).rules if rule.ASKS_A_MODEL] == JUDGED_BY_A_MODEL


def test_the_page_of_rules_and_the_list_in_the_readme_are_those_of_the_rubric() -> None:
    told = subprocess.run(
        [sys.executable, RUBRICS / "make_pages.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stdout) == (0, "")


def test_every_rule_has_its_entry_and_is_linked_from_the_readme() -> None:
    page, readme = ((RUBRICS / name).read_text(encoding="utf-8") for name in ("rules.md", "README.md"))
    entries = dict(re.findall(r'<a id="(\w+)"></a>\n\n(.*?)(?=\n\n<a id=|\n\n#|\Z)', page, re.DOTALL))

    assert list(entries) == [rule.id for rule in load_rubric(SHIPPED).rules]
    for rule_id, entry in entries.items():
        assert f"(rules.md#{rule_id})" in readme
        for part in ("抓什么", "该扣", "不扣", "怎么调", "出处", "怎么辅导"):
            assert f"**{part}**：" in entry, rule_id


def test_items_and_weights_are_those_of_the_training_deck() -> None:
    rubric = load_rubric(SHIPPED)

    assert [(one.id, one.weight, [item.points for item in one.items]) for one in rubric.dimensions] == [
        ("NX", 30, [6] * 5),
        ("LM", 30, [6] * 5),
        ("GT", 40, [8] * 5),
        ("HG", 0, [0]),
    ]


def test_a_centre_without_a_language_model_is_asked_for_none() -> None:
    asking = [rule for rule in load_rubric(SHIPPED).rules if rule.ASKS_A_MODEL]

    assert [rule.code.rpartition(".")[0] for rule in asking] == ["NX-1", "GT-4"]
    assert all(rule.off for rule in asking)
    assert load_rubric(SHIPPED).asks == ""


def test_seed_and_centre_differ_in_speech_rate() -> None:
    bounds = {
        profile: next(rule.max for rule in load_rubric(SHIPPED, profile).rules if rule.id == "speech_rate_fast")  # type: ignore[attr-defined]
        for profile in ("seed", "centre")
    }
    assert bounds["seed"] == 200 < bounds["centre"]


def test_rules_ask_for_measurements_that_are_made() -> None:
    assert {str(name) for name in MeasureName} <= set(MEASURES)


def test_a_rubric_goes_to_worker_processes_and_judges_there_alike() -> None:
    rubric = load_rubric(SHIPPED)
    call = dialogue(["坐席：为说吧", "客户：我要投诉", "坐席：这个不归我管"])

    assert judge(call, pickle.loads(pickle.dumps(rubric))) == judge(call, rubric)


def test_a_new_rule_may_not_take_the_code_of_another(tmp_path: Path) -> None:
    copied = Path(shutil.copytree(RUBRICS, tmp_path / "rubrics")) / SHIPPED.name
    copied.write_text(copied.read_text(encoding="utf-8").replace("code: NX-3.2\n", "code: NX-3.1\n"), encoding="utf-8")

    assert any("编号“NX-3.1”" in str(problem) for problem in check(copied))


def test_the_rule_that_the_readme_adds_step_by_step_passes_the_check(tmp_path: Path) -> None:
    readme = (RUBRICS / "README.md").read_text(encoding="utf-8")
    rule = next(block for block in re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL) if "id: keep_phone_on" in block)
    copied = Path(shutil.copytree(RUBRICS, tmp_path / "rubrics")) / SHIPPED.name
    before, item, after = copied.read_text(encoding="utf-8").partition("      - id: NX-4\n")
    copied.write_text(before + rule + item + after, encoding="utf-8")

    assert [str(problem) for problem in check(copied)] == []
    assert "keep_phone_on" in {one.id for one in load_rubric(copied).rules}

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
from qa.measures import MEASURES

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


def outcome(rule: str, *lines: str) -> str:
    score = judge(dialogue(list(lines)), load_rubric(SHIPPED))
    return next(verdict.outcome.value for verdict in score.verdicts if verdict.rule_id == rule)


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("forbidden_phrase", "坐席：他居然叫您有本事去投诉，确实可恶"),
        ("forbidden_phrase", "坐席：上一个同事跟您说，你自己想办法，是吗"),
        ("impatient_phrase", "坐席：营业员冲您喊你急什么，这一点我替他向您道歉"),
        ("shirking_phrase", "坐席：那边回您说这不是我们负责的"),
        ("negative_phrase", "坐席：师傅跟您说我没办法，我再帮您催一下"),
        ("profanity", "坐席：人家骂您神经病，换谁都会生气"),
    ],
)
def test_what_others_said_is_not_the_agents(rule: str, line: str) -> None:
    assert outcome(rule, line) == "met"


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("forbidden_phrase", "坐席：您有本事去投诉"),
        ("forbidden_phrase", "坐席：他叫您等就等，不等拉倒吧。您有本事去投诉"),
        ("shirking_phrase", "坐席：师傅让您找谁您就找谁去"),
        ("shirking_phrase", "坐席：他跟您说的您找他去啊"),
    ],
)
def test_the_agents_own_words_are_not_excused_by_talk_of_others(rule: str, line: str) -> None:
    assert outcome(rule, line) == "violated"


def test_a_customer_who_is_busy_at_the_agents_request_is_not_kept_waiting() -> None:
    busy = ["客户：光猫在柜子里", "坐席：没关系，您慢慢搬，我在线等您"]

    assert outcome("long_silence", *busy, "[50]客户：搬好了") == "met"
    assert outcome("long_silence", *busy, "[90]客户：搬好了") == "violated"
    assert outcome("hold_notice", *busy, "[50]坐席：好了吗") == "not_applicable"


def test_an_agent_who_then_looks_something_up_keeps_the_customer_waiting() -> None:
    lines = ["客户：怎么还没好", "坐席：您先重启一下光猫", "坐席：我看一下系统", "[40]坐席：查到了"]

    assert outcome("hold_notice", *lines) == "violated"


def test_thanks_for_waiting_answer_a_complaint_about_waiting_only() -> None:
    answer = "坐席：让您久等了，请您说"

    assert outcome("apology_after_complaint", "客户：等了半个小时没人接，我要投诉", answer) == "met"
    assert outcome("apology_after_complaint", "客户：你们乱扣费，我要投诉", answer) == "violated"


def test_those_digits_are_a_code_only_after_one_was_named() -> None:
    asked = "坐席：您把那六位念给我一下"

    assert outcome("asks_password", "客户：收到了，说是验证码，六位数", asked) == "violated"
    assert outcome("asks_password", "客户：证件号我找到了", asked) == "met"
    assert outcome("asks_password", "[0]客户：收到验证码了", "[60]坐席：您把那六位念给我一下") == "met"


def test_a_statement_to_confirm_is_asked_again_when_it_is_repeated() -> None:
    thrice = [
        "坐席：请问这个号码是您本人在使用吗",
        "客户：是啊",
        "坐席：这个号码现在是您本人使用，对吗",
        "客户：对",
        "坐席：再确认一下，号码是您本人在使用吗",
    ]
    numbers = [
        "坐席：幺八九零零二三四五六七，对吗",
        "客户：是二三四五六八",
        "坐席：幺八九零零二三四五六八，对吗",
        "客户：是二三四五六九",
        "坐席：幺八九零零二三四五六九，对吗",
    ]

    assert outcome("repeated_question", *thrice) == "violated"
    assert outcome("repeated_question", *numbers) == "met"

"""`qa backtest`: what a changed rubric would do to the calls in the store, told before it counts."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

import msgspec
import pytest
from dialogue import dialogue, rubric_of, rubric_text
from typer.testing import CliRunner

from qa.cli.app import app
from qa.judge import judge, judge_both, load_rubric
from qa.judge.limits import TrustLimits
from qa.model import Outcome, Recording, Role, Turn, Word
from qa.pipeline.backtest import CALLS_PER_PART, backtest, compared
from qa.pipeline.batch import RunOptions, run
from qa.pipeline.stored import StoredCall
from qa.pipeline.totals import Totals
from tests.night import Nobody, make_night

RUDE_CALLS = {"c002", "c005"}

FORBIDDEN = {"id": "rude", "name": "忌语", "kind": "phrase_forbidden", "any_of": ["你自己想办法"], "deduct": 4}
RATE = {
    "id": "speech_rate_fast",
    "name": "语速过快",
    "kind": "measure_limit",
    "measure": "speech_rate_spm",
    "role": "agent",
    "max": 200,
    "applies": {"min_agent_syllables": 30},
}
PROFILES = {"seed": {"speech_rate_fast": {"max": 200}}, "centre": {"speech_rate_fast": {"max": 310}}}


@pytest.fixture(scope="module")
def rubric(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rubric") / "rubric.yaml"
    path.write_text(rubric_text(FORBIDDEN, RATE, profiles=PROFILES, pass_mark=80), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, rubric: Path) -> Path:
    """Six judged calls of two agents; c002 and c005 are rude."""
    folder = tmp_path_factory.mktemp("backtest")
    listed = make_night(folder / "in", 6)
    path = folder / "qa.sqlite"
    options = RunOptions(
        recordings=(folder / "in",), rubric=rubric, store=path, call_list=listed, engine="sidecar", workers=0
    )
    assert run(options, Nobody(), ["test"]).exit_code == 0
    return path


def printed(*arguments: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == code, done.output
    return done.output


def test_a_looser_bound_clears_calls_and_says_in_whose_words(store: Path, rubric: Path) -> None:
    found = backtest(store, load_rubric(rubric, "seed"), load_rubric(rubric, "centre"))

    (rule,) = found.rules
    assert (rule.rule_id, rule.newly_violated, rule.newly_cleared) == ("speech_rate_fast", 0, 4)
    assert {line.id for line in found.moved_calls} == {"c000", "c001", "c003", "c004"}
    assert (found.up, found.down) == (4, 0)
    assert all(quote.text and quote.role is Role.AGENT and quote.end_ms > 0 for quote in rule.cleared_quotes)


def test_calls_that_fall_below_the_pass_mark_are_named(store: Path, rubric: Path, tmp_path: Path) -> None:
    lenient, strict = rubric_of(tmp_path, FORBIDDEN, RATE, pass_mark=50), load_rubric(rubric)
    found = backtest(store, lenient, strict)

    assert {line.id for line in found.calls.newly_flagged} == RUDE_CALLS
    assert found.calls.newly_cleared == ()
    assert (found.calls.old_below, found.calls.new_below) == (0, 2)
    back = backtest(store, strict, lenient)
    assert {line.id for line in back.calls.newly_cleared} == RUDE_CALLS


def test_an_agent_crosses_on_sums_of_points_not_on_a_mean_of_calls(tmp_path: Path) -> None:
    calls = [stored(["坐席：你自己想办法", "客户：嗯"], f"c{n}", "1001") for n in range(2)]
    calls += [stored(["坐席：您好", "客户：嗯"], "c9", "1002")]
    old, new = rubrics(tmp_path, {**FORBIDDEN, "deduct": 1}, FORBIDDEN)
    totals = Totals(old, new)
    for change in compared(calls, old, new, workers=0):
        totals.add(change)
    found = totals.result()

    assert [(line.id, line.old, line.new) for line in found.agents.newly_flagged] == [("1001", 90.0, 60.0)]
    assert found.moved_agents == found.agents.newly_flagged
    (rule,) = found.rules
    assert (rule.newly_violated, rule.other_points) == (0, 2)


def test_a_rule_that_only_the_new_rubric_has_is_newly_violated(tmp_path: Path) -> None:
    old, new = rubrics(tmp_path, {**FORBIDDEN, "off": True}, FORBIDDEN)
    (change,) = compared([stored(["坐席：你自己想办法", "客户：嗯"])], old, new, workers=0)

    (rule,) = change.rules
    assert (rule.old, rule.new) == (None, Outcome.VIOLATED)
    assert rule.quotes[0].text == "你自己想办法"
    assert (change.old.percent, change.new.percent) == (None, 60.0)


def test_numbers_in_quotes_are_hidden(tmp_path: Path) -> None:
    spoken = {**FORBIDDEN, "any_of": ["号码是一三八零零一三八零零零"], "message": "说了“{quote}”"}
    old, new = rubrics(tmp_path, {**spoken, "off": True}, spoken)
    (change,) = compared([stored(["坐席：您的号码是一三八零零一三八零零零", "客户：嗯"])], old, new, workers=0)

    (quote,) = change.rules[0].quotes
    assert quote.text.endswith("号码是***********")
    assert "一三八" not in quote.message


def test_workers_find_what_one_process_finds_in_the_same_order(tmp_path: Path) -> None:
    lines = (["坐席：你自己想办法", "客户：嗯"], ["坐席：您好", "客户：嗯"])
    calls = [stored(lines[n % 2], f"c{n:03d}") for n in range(2 * CALLS_PER_PART + 3)]
    old, new = rubrics(tmp_path, {**FORBIDDEN, "deduct": 1}, FORBIDDEN)

    alone = list(compared(calls, old, new, workers=1))
    together = list(compared(calls, old, new, workers=2))
    assert [change.call_id for change in alone] == [f"c{n:03d}" for n in range(len(calls))]
    assert together == alone


def test_the_store_is_left_as_it_was(store: Path, rubric: Path) -> None:
    before = hashlib.sha256(store.read_bytes()).hexdigest()
    printed("backtest", rubric, "--old-profile", "seed", "--new-profile", "centre", "--store", store)
    assert hashlib.sha256(store.read_bytes()).hexdigest() == before


def test_the_command_prints_a_table_with_quotes_and_json_holds_the_same(store: Path, rubric: Path) -> None:
    command = ("backtest", rubric, "--old-profile", "seed", "--new-profile", "centre", "--store", store)
    text = printed(*command)
    assert "分数变了的 4 通：升 4 通，降 0 通" in text
    assert "语速过快，不再扣的原话" in text
    found = json.loads(printed(*command, "--json"))
    assert found["call_count"] == 6
    assert [rule["newly_cleared"] for rule in found["rules"]] == [4]
    assert len(found["moved_calls"]) == 4


def test_comparing_a_rubric_with_itself_is_refused(store: Path, rubric: Path) -> None:
    assert "rubrics-same" in printed("backtest", rubric, "--store", store, code=2)


def stored(lines: list[str], call_id: str = "c000", agent_id: str = "1001") -> StoredCall:
    call = dialogue(lines)
    recording: Recording = msgspec.structs.replace(call.recording, call_id=call_id, agent_id=agent_id)
    return StoredCall(msgspec.json.encode(call), msgspec.json.encode(recording))


def rubrics(folder: Path, old: dict[str, object], new: dict[str, object]):  # type: ignore[no-untyped-def]
    return tuple(rubric_of(folder, rule) for rule in (old, new))


CHANGES: list[tuple[str, dict[str, object], set[str]]] = [
    ("points alone", {"rude": {"deduct": 1}}, {"rude", "rate", "asks"}),
    ("a bound", {"rate": {"max": 100}}, {"rude", "asks"}),
    ("a phrase", {"rude": {"any_of": ["你自己想办法", "您好"]}}, {"rate", "asks"}),
    ("an ear", {"rude": {"ear": "off"}}, {"rate", "asks"}),
    ("an exception", {"rude": {"except": [{"who": "customer", "any_of": ["嗯"], "after": "60s"}]}}, {"rate", "asks"}),
    ("advice, which the card prints", {"rude": {"advice": "请换一种说法"}}, {"rate", "asks"}),
    ("a rule that was off", {"asks": {"off": True}}, {"rude", "rate"}),
]


@pytest.mark.parametrize(("_what", "changes", "same"), CHANGES, ids=[what for what, _, _ in CHANGES])
def test_rules_that_did_not_change_are_judged_once_and_nothing_else_is_shared(
    tmp_path: Path, _what: str, changes: dict[str, dict[str, object]], same: set[str]
) -> None:
    rules = {
        "rude": FORBIDDEN,
        "rate": {**RATE, "id": "rate", "applies": {}},
        "asks": {"id": "asks", "name": "致歉", "kind": "phrase_required", "any_of": ["对不起"], "deduct": 2},
    }
    old = rubric_of(tmp_path, *rules.values())
    new = rubric_of(tmp_path, *({**rule, **changes.get(name, {})} for name, rule in rules.items()))
    lines = ["坐席：您好，你自己想办方", "客户：嗯", "坐席：你自己想办法，对不器"]
    call = stored(lines).call()

    assert {name for name, digest in new.made_from.items() if digest == old.made_from[name]} == same
    assert judge_both(call, old, new) == (judge(call, old), judge(call, new))
    assert judge(call, new, judge(call, old)) == judge(call, new)


def test_with_other_limits_of_trust_nothing_is_shared(tmp_path: Path) -> None:
    old = rubric_of(tmp_path, FORBIDDEN)
    new = dataclasses.replace(old, trust=TrustLimits(min_word_confidence=1.0))
    call = dialogue(["坐席：你自己想办法", "客户：嗯"])
    doubted = msgspec.structs.replace(call, turns=tuple(map(_less_sure, call.turns)))

    before, after = judge_both(doubted, old, new)

    assert (before, after) == (judge(doubted, old), judge(doubted, new))
    assert [score.verdicts[0].outcome for score in (before, after)] == [Outcome.VIOLATED, Outcome.UNDETERMINED]


def _less_sure(turn: Turn) -> Turn:
    return Turn(turn.role, turn.track, tuple(Word(word.text, word.span, 0.8) for word in turn.words))

"""`qa calibrate`: bounds come from the centre's own calls, and a share that is promised is kept."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path

import msgspec
import pytest
import yaml
from dialogue import dialogue, rubric_text
from hypothesis import example, given
from hypothesis import strategies as st
from typer.testing import CliRunner

from qa.cli.app import app
from qa.errors import UsageError
from qa.judge import check
from qa.judge.measured import MeasureName
from qa.pipeline.calibrate import calibrate
from qa.pipeline.distribution import Side, Spread, histogram, percentile
from qa.store import Store

RATE = {"kind": "measure_limit", "measure": "speech_rate_spm", "role": "agent"}
RULES = (
    {
        **RATE,
        "id": "speech_rate_fast",
        "max": 200,
        "applies": {"min_agent_syllables": 10},
        "examples": {
            "good": [["[0-10]坐席：您好请问有什么可以帮您"]],
            "bad": [["[0-2]坐席：您好请问有什么可以帮您"]],
        },
    },
    {**RATE, "id": "speech_rate_slow", "min": 100},
    {
        "id": "long_silence",
        "kind": "measure_limit",
        "measure": "dead_air_ms",
        "max": "30s",
        "except": [{"who": "customer", "any_of": ["等一下"], "before": "10s"}],
    },
    {"id": "greeting", "kind": "phrase_required", "any_of": ["您好"]},
)
PROFILES = {"seed": {"speech_rate_fast": {"max": 200}}, "centre": {"speech_rate_fast": {"max": 310}}}
CALLS = 120
RATES = [150.0 + number for number in range(CALLS)]
"""Syllables a minute, one for each call: 150 to 269."""
SILENT_MS = {3: 31_000, 7: 45_000, 11: 62_000}
EXCUSED = 11
"""In this call the customer asked to wait."""


@pytest.fixture(scope="module")
def rubric(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rubric") / "rubric.yaml"
    path.write_text(rubric_text(*RULES, profiles=PROFILES), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 measured calls of three agents; three have a long silence, in one of them the customer asked for it."""
    path = tmp_path_factory.mktemp("calibrate") / "qa.sqlite"
    order = list(range(CALLS))
    random.Random(4).shuffle(order)
    with Store(path) as store:
        for number in order:
            asked = "客户：你等一下" if number == EXCUSED else "客户：嗯"
            gap = SILENT_MS.get(number, 1000) / 1000
            lines = [
                "[0-12]坐席：您好，请问有什么可以帮您，我这边先为您查询一下您的套餐和话费情况",
                f"[12.5-13.5]{asked}",
            ]
            lines.append(f"[{13.5 + gap}]坐席：好的")
            call = dialogue(lines, measured=[{"name": "speech_rate_spm", "role": "agent", "value": RATES[number]}])
            recording = msgspec.structs.replace(
                call.recording, call_id=f"c{number:03d}", agent_id=str(1000 + number * 3 // CALLS)
            )
            call = msgspec.structs.replace(call, recording=recording)
            store.put(recording.call_id, "measure", "made", msgspec.json.encode(call))
    return path


def printed(*arguments: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == code, done.output
    return done.output


def test_the_proposed_bound_flags_the_wanted_share_and_no_more(store: Path, rubric: Path) -> None:
    found = calibrate(store, rubric, "speech_rate_fast", target_pct=5)

    (side,) = found.sides
    assert side.calls == side.valued == CALLS
    assert side.proposed is not None
    # Six calls in 120 may be flagged; the next round bound down would flag ten.
    assert (side.proposed.bound, side.proposed.flagged, side.proposed.share_pct) == (265.0, 4, pytest.approx(10 / 3))


def test_what_the_profiles_flag_now_is_what_their_rules_flag(store: Path, rubric: Path) -> None:
    found = calibrate(store, rubric, "NX-1.1")

    flagged = {one.profile: (one.max, one.flagged, one.calls) for one in found.current}
    assert flagged == {"seed": (200.0, sum(rate > 200 for rate in RATES), CALLS), "centre": (310.0, 0, CALLS)}
    bounds = {one.bound: one.flagged for one in found.sides[0].candidates}
    assert bounds[200.0] == flagged["seed"][1]


def test_a_minimum_is_sought_from_below(store: Path, rubric: Path) -> None:
    (side,) = calibrate(store, rubric, "speech_rate_slow", target_pct=10).sides

    assert side.side is Side.MIN
    assert side.proposed is not None
    assert (side.proposed.bound, side.proposed.flagged) == (160.0, 10)


def test_an_excused_silence_does_not_count_and_calls_without_one_do(store: Path, rubric: Path) -> None:
    (side,) = calibrate(store, rubric, "long_silence", target_pct=1).sides

    assert side.calls == CALLS
    assert side.valued == len(SILENT_MS) - 1
    # One call in 120 may be flagged: the bound lies on the other one's silence.
    assert side.proposed is not None
    assert (side.proposed.bound, side.proposed.flagged) == (31_000.0, 1)


def test_no_bound_is_proposed_where_so_few_calls_could_ever_be_flagged(store: Path, rubric: Path) -> None:
    (side,) = calibrate(store, rubric, "long_silence", target_pct=5).sides

    assert side.proposed is None
    assert "本来就不到 5%" in printed("calibrate", "long_silence", "--rubric", rubric, "--store", store)


def test_agents_stand_with_their_medians_worst_first(store: Path, rubric: Path) -> None:
    (side,) = calibrate(store, rubric, "speech_rate_fast").sides

    assert [(one.agent_id, one.calls, one.median) for one in side.agents] == [
        ("1002", 40, 249.5),
        ("1001", 40, 209.5),
        ("1000", 40, 169.5),
    ]
    assert [one.flagged for one in side.agents] == [4, 0, 0]


def test_few_calls_are_called_few(tmp_path: Path, store: Path, rubric: Path) -> None:
    few = tmp_path / "few.sqlite"
    with Store(few) as small, Store(store, readonly=True) as full:
        for number in range(5):
            step = full.step(f"c{number:03d}", "measure")
            assert step is not None
            assert step.payload is not None
            small.put(step.call_id, "measure", "made", step.payload)
    assert "只有 5 通，不到 100 通" in printed("calibrate", "speech_rate_fast", "--rubric", rubric, "--store", few)
    assert "不到 100 通" not in printed("calibrate", "speech_rate_fast", "--rubric", rubric, "--store", store)


def test_the_lines_to_paste_load_and_the_rubric_is_untouched(store: Path, rubric: Path, tmp_path: Path) -> None:
    before = hashlib.sha256(rubric.read_bytes() + store.read_bytes()).hexdigest()
    found = json.loads(printed("calibrate", "speech_rate_fast", "--rubric", rubric, "--store", store, "--json"))
    assert hashlib.sha256(rubric.read_bytes() + store.read_bytes()).hexdigest() == before

    pasted = yaml.safe_load(found["paste"])["profiles"]
    assert pasted == {"centre": {"speech_rate_fast": {"max": 265}}}
    (tmp_path / "rubric.yaml").write_text(rubric_text(RULES[0], profiles=pasted), encoding="utf-8")
    assert check(tmp_path / "rubric.yaml") == []


def test_times_are_pasted_with_their_unit(store: Path, rubric: Path) -> None:
    text = printed("calibrate", "long_silence", "--rubric", rubric, "--store", store, "--target", "1%")
    assert "    long_silence: {max: 31s}" in text


def test_a_measurement_by_itself_is_seen_from_both_ends(store: Path, rubric: Path) -> None:
    found = calibrate(store, rubric, "speech_rate_spm")

    assert [side.side for side in found.sides] == [Side.MAX, Side.MIN]
    assert found.rule_id is None
    assert sum(bar.calls for bar in found.sides[0].histogram) == CALLS


@pytest.mark.parametrize(
    ("name", "extra", "slug"),
    [
        ("speech_rate_fats", [], "rule-unknown"),
        ("greeting", [], "rule-not-measured"),
        ("turn_pitch_hz", [], "nothing-measured"),
        ("speech_rate_fast", ["--target", "0"], "option-invalid"),
        ("speech_rate_fast", ["--target", "many"], "option-invalid"),
        ("speech_rate_fast", ["--role", "agent"], "option-invalid"),
        ("speech_rate_spm", ["--role", "boss"], "option-invalid"),
    ],
)
def test_what_cannot_be_calibrated_is_refused_with_a_reason(
    name: str, extra: list[str], slug: str, store: Path, rubric: Path
) -> None:
    assert slug in printed("calibrate", name, "--rubric", rubric, "--store", store, *extra, code=2)


def test_a_misspelt_rule_is_answered_with_the_nearest(store: Path, rubric: Path) -> None:
    with pytest.raises(UsageError, match="speech_rate_fast"):
        calibrate(store, rubric, "speech_rate_fats")


@example([[0.0], [5e-324]], 1.0, Side.MAX)
@given(
    st.lists(st.lists(st.floats(0, 1000), max_size=3), min_size=1, max_size=60),
    st.floats(0.5, 60),
    st.sampled_from(list(Side)),
)
def test_a_proposed_bound_never_flags_more_than_the_target(calls: list[list[float]], target: float, side: Side) -> None:
    spread = Spread(side)
    for number, values in enumerate(calls):
        spread.add(values, (str(number % 3), ""))
    if not spread.values:
        return
    found = spread.result(MeasureName.SPEECH_RATE_SPM, target, [])
    if found.proposed is not None:
        assert found.proposed.share_pct <= target + 1e-6
        bound = found.proposed.bound
        flagged = sum(any(value > bound if side is Side.MAX else value < bound for value in values) for values in calls)
        assert found.proposed.flagged == flagged
    assert sum(bar.calls for bar in found.histogram) == len(spread.values)


@given(st.lists(st.floats(-1000, 1000), min_size=1, max_size=50))
def test_percentiles_are_values_that_a_call_has_and_bars_hold_every_call(values: list[float]) -> None:
    ordered = sorted(values)
    assert all(percentile(ordered, share) in ordered for share in (1, 50, 99))
    assert sum(bar.calls for bar in histogram(ordered)) == len(ordered)

"""A call that kills its worker costs that call and nothing else. Real processes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from qa.errors import UsageError
from qa.judge import load_rubric
from qa.pipeline import executors
from qa.pipeline.executors import processes, serial
from qa.pipeline.fingerprints import STAGES
from qa.pipeline.steps import Job, StepResult, Workshop
from qa.transcribe.engine import EngineOptions
from tests.night import make_call
from tests.pipeline.faulty import FaultyWorkshop, recording

pytestmark = pytest.mark.process

RUBRIC = Path(__file__).resolve().parents[2] / "rubrics" / "telecom-affinity.yaml"


def jobs(folder: Path, names: list[str]) -> list[Job]:
    return [
        Job(recording=recording(name, make_call(folder, name, seed=number)), todo=STAGES)
        for number, name in enumerate(names)
    ]


def workshop(kind: type[Workshop] = FaultyWorkshop) -> Workshop:
    return kind("sidecar", EngineOptions(), load_rubric(RUBRIC))


def by_call(results: list[StepResult]) -> dict[str, list[StepResult]]:
    found: dict[str, list[StepResult]] = {}
    for result in results:
        found.setdefault(result.call_id, []).append(result)
    return found


def test_processes_give_what_serial_gives(tmp_path: Path) -> None:
    todo = jobs(tmp_path, ["a", "b", "c", "d", "e"])
    here = {(r.call_id, r.stage): r.payload for r in serial(workshop(), todo)}
    there = {(r.call_id, r.stage): r.payload for r in processes(workshop(), todo, 2)}
    assert here == there
    assert len(here) == len(STAGES) * len(todo)


def test_each_kind_of_breakage_costs_one_call_and_names_it(tmp_path: Path) -> None:
    names = ["ok-1", "crash-1", "ok-2", "bug-1", "bad-1", "ok-3", "crash-2", "ok-4"]
    found = by_call(list(processes(workshop(), jobs(tmp_path, names), 2)))
    assert set(found) == set(names)
    for name in names:
        last = found[name][-1]
        if name.startswith("ok"):
            assert [r.stage for r in found[name]] == list(STAGES)
            assert last.failure is None
        else:
            assert last.failure is not None
            assert len(found[name]) == 1
            assert last.failure.stage == "transcribe"
    slugs = Counter(f.slug for results in found.values() for r in results if (f := r.failure))
    assert slugs == {"worker-died": 2, "step-broken": 1, "audio-unreadable": 1}


def test_a_hung_call_is_ended_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "PATIENCE_S", 20.0)
    monkeypatch.setattr(executors, "PATIENCE_PER_AUDIO", 0.0)
    found = by_call(list(processes(workshop(), jobs(tmp_path, ["hang-1", "ok-1", "ok-2"]), 1)))
    failure = found["hang-1"][-1].failure
    assert failure is not None
    assert failure.slug == "step-timeout"
    assert all(found[name][-1].failure is None for name in ("ok-1", "ok-2"))


def test_a_model_that_does_not_load_ends_the_run_before_any_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_TEST_NO_MODEL", "1")
    with pytest.raises(UsageError, match="没有模型"):
        list(processes(workshop(), jobs(tmp_path, ["ok-1", "ok-2"]), 2))


def test_workers_are_replaced_after_their_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "JOBS_PER_WORKER", 2)
    names = [f"ok-{n}" for n in range(5)]
    found = by_call(list(processes(workshop(), jobs(tmp_path, names), 1)))
    assert {name: len(found[name]) for name in names} == dict.fromkeys(names, len(STAGES))

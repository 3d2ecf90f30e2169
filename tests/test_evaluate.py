"""Evaluation counts what a person would count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa.errors import UsageError
from qa.evaluate.compare import Counted, character_errors, characters
from qa.evaluate.labels import read_labels
from tests.test_cli import qa

pytestmark = pytest.mark.process


def test_characters_are_counted_without_punctuation_and_with_digits_read_one_by_one() -> None:
    assert characters("工号 1001，您好！") == "工号一零零一您好"
    assert characters("幺八九") == "一八九"


@pytest.mark.parametrize(
    ("reference", "heard", "edits", "length"),
    [
        ("您好", "您好", 0, 2),
        ("话费", "话飞", 1, 2),
        ("您好", "", 2, 2),
        ("您", "您您您", 2, 1),
        ("59元", "五九元", 0, 3),
    ],
)
def test_character_errors_are_edits_over_reference_length(reference: str, heard: str, edits: int, length: int) -> None:
    errors = character_errors([reference], [heard])
    assert (errors.edits, errors.length) == (edits, length)


def test_nothing_to_find_and_nothing_found_has_no_f1() -> None:
    assert Counted().f1 is None
    assert Counted(tp=1, fp=1, fn=0).precision == 0.5
    assert (Counted(1, 2, 3) + Counted(1, 0, 0)) == Counted(2, 2, 3)


def test_a_label_that_is_written_wrongly_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.truth.json").write_text('{"call_id": 7}', encoding="utf-8")
    with pytest.raises(UsageError, match=r"a\.truth\.json") as caught:
        read_labels(tmp_path)
    assert caught.value.slug == "label-invalid"


def test_judging_the_labelled_words_finds_what_the_samples_violate(samples: Path) -> None:
    found = json.loads(qa("eval", samples, "--transcripts", "truth", "--json").stdout)
    assert found["calls"] == 8
    assert found["cer"]["all"] == 0
    assert found["role_accuracy"] == 1
    assert found["roles_named"] == {"right": 7, "calls": 7}
    assert found["micro"]["f1"] >= 0.95
    assert {"cer", "speech_rate_error", "silence", "interruption", "role_accuracy", "micro", "rules", "wrong"} <= set(
        found
    )
    for wrong in found["wrong"]:
        assert set(wrong) >= {"call", "rule", "quote"}


@pytest.mark.shared
def test_judging_the_labelled_words_of_the_corpus(corpus: Path) -> None:
    found = json.loads(qa("eval", corpus, "--transcripts", "truth", "--json").stdout)
    assert found["calls"] == 16
    assert found["micro"]["f1"] >= 0.97
    clean = {"d01_bill_good", "d06_cancel_retained", "d10_angry_soothed", "d12_silent_call"}
    assert not [wrong for wrong in found["wrong"] if wrong["kind"] == "false" and wrong["call"] in clean]


def test_judging_calls_written_by_somebody_else() -> None:
    found = json.loads(qa("eval", Path(__file__).parent / "calls", "--transcripts", "truth", "--json").stdout)
    assert found["calls"] == 68
    assert found["micro"]["precision"] >= 0.93
    assert found["micro"]["recall"] >= 0.88


def test_another_way_to_hear_cannot_be_compared_on_labelled_words(samples: Path) -> None:
    done = qa("eval", samples, "--transcripts", "truth", "--against", "plain")
    assert done.returncode == 2
    assert "option-invalid" in done.stderr


@pytest.mark.model
def test_another_way_to_hear_stands_beside_ours_rule_by_rule(samples: Path, tmp_path: Path) -> None:
    for path in samples.glob("s03*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    both = qa("eval", tmp_path, "--against", "plain", "--store", tmp_path / "kept.sqlite").stdout
    beside = both[both.index("| 听写 | whisper | plain |") :]
    assert "| shirking_phrase | 1 / 0 / 0 |" in beside
    assert "字错率（坐席）" in beside
    assert (tmp_path / "kept.plain.sqlite").is_file()


def test_rules_that_nobody_labelled_still_have_a_row(samples: Path) -> None:
    found = json.loads(qa("eval", samples, "--transcripts", "truth", "--json").stdout)
    rubric = (samples.parent / "rubrics" / "telecom-affinity.yaml").read_text(encoding="utf-8")
    assert "overlong_call" in found["unlabelled"]
    assert not set(found["unlabelled"]) & set(found["rules"])
    assert found["unlabelled"]["profanity"]["noted"] == {"found": 0, "missed": 0}
    assert all(f"id: {rule}" in rubric for rule in found["unlabelled"])

"""Shows what trust is worth: how wrong turns are by grade and by confidence, and calls by theirs, from a stored run.

    qa eval ../shared/corpus --store corpus.sqlite
    python bench/trust.py ../shared/corpus corpus.sqlite

Nothing is recognised again: what was heard is read from the store, and graded anew by the code at hand.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from qa.evaluate.compare import Errors, cer_by_part
from qa.evaluate.hearing import turn_errors
from qa.evaluate.labels import read_labels
from qa.judge import load_rubric
from qa.model import TrustGrade, Turn
from qa.pipeline.records import record
from qa.pipeline.steps import assemble
from qa.store import Store

RUBRIC = Path(__file__).resolve().parents[1] / "rubrics" / "telecom-affinity.yaml"
EDGES = (0.0, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.01)
Graded = tuple[Turn, TrustGrade, Errors]


def row(name: str, turns: Iterable[Graded], whole: Errors) -> None:
    found = list(turns)
    errors = sum((errors for _, _, errors in found), Errors())
    if errors.length:
        share = errors.edits / max(1, whole.edits)
        print(f"| {name} | {len(found)} | {errors.length} | {100 * (errors.rate or 0):.1f} % | {share:.0%} |")


def table(title: str, turns: list[Graded], rows: Iterable[tuple[str, Callable[[Graded], bool]]]) -> None:
    whole = sum((errors for _, _, errors in turns), Errors())
    print(f"\n| {title} | turns | characters | wrong | of all errors |\n|---|---:|---:|---:|---:|")
    for name, wanted in rows:
        row(name, filter(wanted, turns), whole)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="labelled calls (*.truth.json)")
    parser.add_argument("store", type=Path, help="what `qa eval --store` left")
    parser.add_argument("--rubric", type=Path, default=RUBRIC)
    chosen = parser.parse_args()
    terms = load_rubric(chosen.rubric).hotwords
    turns: list[Graded] = []
    print("| call | grade | confidence | coverage | wrong | reasons |\n|---|---|---:|---:|---:|---|")
    with Store(chosen.store, readonly=True) as store:
        for label in read_labels(chosen.folder):
            found = record(store, label.call_id)
            if found is None or found.transcript is None:
                continue
            call = assemble(found.recording, found.transcript, None, terms)
            turns += turn_errors(label, call)
            errors = sum(cer_by_part(label, call).values(), Errors())
            if call.trust:
                figures = f"{call.trust.confidence:.2f} | {call.trust.coverage:.2f} | {100 * (errors.rate or 0):.1f} %"
                print(f"| {label.call_id} | {call.trust.grade} | {figures} | {'；'.join(call.trust.reasons)} |")
    table("grade", turns, [(grade.value, lambda turn, g=grade: turn[1] is g) for grade in TrustGrade])  # type: ignore[misc]
    bands = [(f"{low:.2f} to {high:.2f}", low, high) for low, high in pairwise(EDGES)]
    table(
        "mean confidence",
        turns,
        [(name, lambda turn, a=low, b=high: a <= turn[0].confidence < b) for name, low, high in bands],  # type: ignore[misc]
    )


if __name__ == "__main__":
    main()

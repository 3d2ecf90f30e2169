"""Counts what the trade's terms mend and what they spoil: with and without them, on a stored run over labelled calls.

    qa eval ../shared/corpus --store corpus.sqlite
    python bench/hotwords.py ../shared/corpus corpus.sqlite [--texts innocent.txt …]

Reads what was heard from the store, so nothing is recognised again. References are corrected, too, as are texts given
with `--texts` (one sentence a line; of tables the last column): every change there is a false one, and is shown.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from qa.evaluate.compare import Errors, cer_by_part
from qa.evaluate.labels import read_labels
from qa.judge import load_rubric
from qa.model import Word
from qa.pipeline.records import record
from qa.pipeline.steps import assemble
from qa.span import Span
from qa.store import Store
from qa.transcribe.hotwords import correct

RUBRIC = Path(__file__).resolve().parents[1] / "rubrics" / "telecom-affinity.yaml"
_LETTER_MS = 150


def heard(folder: Path, store_path: Path, terms: tuple[str, ...]) -> None:
    """CER of all calls, and the changed pieces."""
    sums = [Errors(), Errors()]
    with Store(store_path, readonly=True) as store:
        for label in read_labels(folder):
            found = record(store, label.call_id)
            if found is None or found.transcript is None:
                continue
            calls = [assemble(found.recording, found.transcript, None, hotwords) for hotwords in ((), terms)]
            for i, call in enumerate(calls):
                sums[i] = sum(cer_by_part(label, call).values(), sums[i])
            for track, before in enumerate(found.transcript.tracks):
                after = correct(before.words, terms)
                changes(
                    "".join(w.text for w in before.words), "".join(w.text for w in after), f"{label.call_id} {track}"
                )
    for name, errors in zip(("without", "with"), sums, strict=True):
        print(f"CER {name} hotwords: {100 * (errors.rate or 0):.2f} % ({errors.edits}/{errors.length})")


def innocent(name: str, texts: Iterable[str], terms: tuple[str, ...]) -> None:
    """What becomes of text that is right as it stands."""
    count = letters = changed = 0
    for text in texts:
        count, letters = count + 1, letters + len(text)
        words = [Word(c, Span(i * _LETTER_MS, (i + 1) * _LETTER_MS), 0.9) for i, c in enumerate(text)]
        changed += changes(text, "".join(word.text for word in correct(words, terms)), name)
    print(f"{name}: {count} texts, {letters} characters, {changed} changed")


def changes(before: str, after: str, where: str) -> int:
    """Prints each changed stretch with its surroundings; how many letters differ."""
    different = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    for i in different:
        print(f"  {where}: {before[max(0, i - 4) : i + 5]} → {after[max(0, i - 4) : i + 5]}")
    return len(different)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="labelled calls (*.truth.json)")
    parser.add_argument("store", type=Path, help="what `qa eval --store` left")
    parser.add_argument("--rubric", type=Path, default=RUBRIC)
    parser.add_argument("--texts", type=Path, nargs="+", default=[])
    chosen = parser.parse_args()
    terms = load_rubric(chosen.rubric).hotwords
    heard(chosen.folder, chosen.store, terms)
    innocent("labels", (turn.text for label in read_labels(chosen.folder) for turn in label.turns), terms)
    for path in chosen.texts:
        lines = (line.split("\t")[-1] for line in path.read_text(encoding="utf-8").splitlines())
        innocent(path.name, (line for line in lines if line.strip()), terms)


if __name__ == "__main__":
    main()

"""Counts what masking finds and what it hides in vain: `python bench/masking.py [FOLDER ...]`.

The first table is over made-up forms (tests/masked_forms.py): recall is the share of forms of which every character is
hidden, and in vain the share of harmless sentences in which any is. With folders of labelled calls (`*.truth.json`), every
masked turn of theirs is printed, too, so that a person can judge real sentences: `python bench/masking.py tests/calls`.
"""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "tests")]

from masked_forms import SHOWN, Said, hidden_forms  # noqa: E402

from qa.masking import MASK, Veil  # noqa: E402

_MISSES_SHOWN = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="*")
    options = parser.parse_args()
    print(f"{_padded('要遮盖的', 24)}{'forms':>8}{'whole':>8}{'recall':>9}")
    for kind, forms in hidden_forms().items():
        misses = [said for said in forms if not _compared(said)[0]]
        print(f"{_padded(kind, 24)}{len(forms):8}{len(forms) - len(misses):8}{1 - len(misses) / len(forms):9.1%}")
        for said in misses[:_MISSES_SHOWN]:
            print("    missed:", " / ".join(text for _, text in said.turns))
    print(f"\n{_padded('不该遮盖的', 24)}{'forms':>8}{'hidden':>8}{'in vain':>9}")
    for kind, forms in SHOWN.items():
        wrong = [said for said in forms if not _compared(said)[1]]
        print(f"{_padded(kind, 24)}{len(forms):8}{len(wrong):8}{len(wrong) / len(forms):9.1%}")
        for said in wrong[:_MISSES_SHOWN]:
            print("    hidden:", " / ".join(text for _, text in said.turns))
    for folder in options.folders:
        turns = masked = 0
        print(f"\n{folder}")
        for call_id, raw, shown in _labelled(folder):
            turns += 1
            if raw != shown:
                masked += 1
                print(f"    {call_id}: {shown}  ←  {raw}")
        print(f"{masked} of {turns} turns masked")


def _compared(said: Said) -> tuple[bool, bool]:
    """Whether all that should be hidden is, and whether nothing else is."""
    wanted: list[set[int]] = []
    raws: list[str] = []
    for _, marked in said.turns:
        places, raw, inside = set(), "", False
        for char in marked:
            if char in "{}":
                inside = char == "{"
                continue
            if inside and char not in " -，":
                places.add(len(raw))
            raw += char
        raws.append(raw)
        wanted.append(places)
    shown = Veil(raws, speakers=[role for role, _ in said.turns]).turns
    hidden = [{i for i, char in enumerate(text) if char == MASK} for text in shown]
    pairs = list(zip(hidden, wanted, strict=True))
    return all(wanted <= hidden for hidden, wanted in pairs), all(hidden <= wanted for hidden, wanted in pairs)


def _labelled(folder: Path) -> Iterator[tuple[str, str, str]]:
    for path in sorted(folder.glob("*.truth.json")):
        turns = json.loads(path.read_text(encoding="utf-8"))["turns"]
        raw = [turn["text"] for turn in turns]
        shown = Veil(raw, speakers=[turn["role"] for turn in turns]).turns
        for before, after in zip(raw, shown, strict=True):
            yield path.name.removesuffix(".truth.json"), before, after


def _padded(text: str, width: int) -> str:
    return text + " " * (width - sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in text))


if __name__ == "__main__":
    main()

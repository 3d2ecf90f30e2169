"""Garbles phrases as recognisers do and counts what is still heard, and what is heard in innocent talk.

    python bench/ear.py [--per-lexicon 60] [--seed 1]

Phrases of the forbidden kind are taken from the lexicons, garbled with homophones and stray syllables, and set into
neutral turns: recall. The sentences that the lexicons say are no hits are garbled in the same way: false alarms.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from pathlib import Path

from qa.judge.dialogue import call_of_turns, turn_of
from qa.judge.lexicons import Lexicons, read_lexicons
from qa.judge.matching import Ear
from qa.judge.pattern import normal
from qa.judge.sound import folded, readings
from qa.judge.view import View
from qa.model import Role
from qa.span import Span

FORBIDDEN = ("forbidden", "impatient", "shirking", "negative", "rhetorical", "arguing", "imperative", "over_promise")
REQUIRED = ("offer_help", "further_help", "closing", "apology", "empathy", "soothing", "hold_notice", "hold_thanks")
CARRIERS = ("{}", "好的先生{}", "{}我们这边是这样的", "那这个套餐呢{}下个月生效")
STRAY = "已请的那这有一"
LEVEL_ONE = range(0xB0, 0xD8)
"""Lead bytes of the 3,755 most common characters of GB 2312."""
GARBLES = {"as it is": (0, 0), "1 homophone": (1, 0), "2 homophones": (2, 0), "1 stray syllable": (0, 1)}


def homophones() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Common characters by their syllable without its tone, and by their folded syllable."""
    plain: dict[str, list[str]] = defaultdict(list)
    alike: dict[str, list[str]] = defaultdict(list)
    for lead in LEVEL_ONE:
        for trail in range(0xA1, 0xFF):
            try:
                char = bytes((lead, trail)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            for reading in readings(char)[:1]:
                plain[reading[:-1]].append(char)
                alike[folded(reading)].append(char)
    return plain, alike


class Garbler:
    """Writes other characters of the same sound, one time in five of a confusable one, and puts syllables in."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.plain, self.alike = homophones()

    def garble(self, text: str, other: int, stray: int) -> str:
        chars = list(text)
        for at in self.dice.sample(range(len(chars)), min(other, len(chars))):
            chars[at] = self._homophone(chars[at])
        for _ in range(stray):
            chars.insert(self.dice.randint(1, max(1, len(chars) - 1)), self.dice.choice(STRAY))
        return "".join(chars)

    def _homophone(self, char: str) -> str:
        if not readings(char):
            return char
        reading = readings(char)[0]
        pool = self.alike[folded(reading)] if self.dice.random() < 0.2 else self.plain[reading[:-1]]
        others = [one for one in pool if one != char]
        return self.dice.choice(others) if others else char


def heard(lexicons: Lexicons, name: str, text: str, ear: Ear) -> bool:
    turn = turn_of(Role.AGENT, text, Span(0, 250 * len(text)), confidence=0.7)
    view = View(call_of_turns([turn], call_id="b", duration_ms=60_000))
    return bool(lexicons.of(name).find(view, Role.AGENT, ear))


def phrases_of(lexicons: Lexicons, name: str, dice: random.Random, count: int) -> list[str]:
    """Ways of saying the lexicon's patterns, three syllables or more, without anchors and gaps."""
    ways = [
        dice.choice(pattern.expansions)
        for pattern in lexicons.by_name[name].phrases
        if pattern.expansions and not pattern.has_gap and not pattern.is_anchored
    ]
    ways = [way for way in ways if len(way) >= 3 and heard(lexicons, name, way, Ear.OFF)]
    return [dice.choice(ways) for _ in range(count)] if ways else []


def recall(lexicons: Lexicons, names: tuple[str, ...], garbler: Garbler, count: int) -> None:
    print(f"{'':18}{'exact':>8}{'strict':>8}{'normal':>8}{'generous':>9}")
    for label, (other, stray) in GARBLES.items():
        hits, tried = dict.fromkeys(Ear, 0), 0
        for name in names:
            for phrase in phrases_of(lexicons, name, garbler.dice, count):
                text = garbler.dice.choice(CARRIERS).format(garbler.garble(phrase, other, stray))
                tried += 1
                for ear in Ear:
                    hits[ear] += heard(lexicons, name, text, ear)
        shares = "".join(f"{100 * hits[ear] / tried:>7.1f}%" for ear in Ear)
        print(f"{label:18}{shares}   of {tried}")


def false_alarms(lexicons: Lexicons, names: tuple[str, ...], garbler: Garbler) -> None:
    innocent = sorted(
        {normal(text) for name in names if (told := lexicons.by_name[name].examples) for text in told.miss}
    )
    print(f"{'':18}{'exact':>8}{'strict':>8}{'normal':>8}{'generous':>9}")
    for label, (other, stray) in GARBLES.items():
        alarms, tried = dict.fromkeys(Ear, 0), 0
        for text in innocent:
            garbled = garbler.garble(text, other, stray)
            for name in names:
                if heard(lexicons, name, text, Ear.OFF):
                    continue
                tried += 1
                for ear in Ear:
                    alarms[ear] += heard(lexicons, name, garbled, ear)
        shares = "".join(f"{100 * alarms[ear] / tried:>7.2f}%" for ear in Ear)
        print(f"{label:18}{shares}   of {tried}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--per-lexicon", type=int, default=60)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--lexicons", type=Path, default=Path("rubrics/lexicons.yaml"))
    options = arguments.parse_args()
    lexicons, _ = read_lexicons(options.lexicons, [])
    garbler = Garbler(options.seed)
    print("Recall of forbidden phrases, garbled")
    recall(lexicons, FORBIDDEN, garbler, options.per_lexicon)
    print("\nRecall of required phrases, garbled")
    recall(lexicons, REQUIRED, garbler, options.per_lexicon)
    print("\nFalse alarms: innocent sentences, garbled, that a forbidden lexicon finds something in")
    false_alarms(lexicons, FORBIDDEN, garbler)


if __name__ == "__main__":
    main()

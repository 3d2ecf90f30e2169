"""Finds what a colleague said in the same situation, in a call that kept the rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from qa.model import Outcome, Role, TrustGrade
from qa.report.view import CallView, FindingView, TurnView

MODELS_KEPT = 100
"""The best calls of a night: enough to find a situation again, few enough to hold."""
_ANSWERS_PER_CALL = 6
_SHORTEST_QUESTION = 6
_ANSWER_CHARS = range(8, 81)
_ALIKE = 0.3
"""Share of common pairs of characters from which two customers are taken to say the same (Dice). A display choice:
nothing is judged by it, and both calls are a click away."""


class Scene(StrEnum):
    OPENING = "opening"
    CLOSING = "closing"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Situation:
    scene: Scene
    asked: str
    """The customer's words before; empty at the opening and the closing."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an agent said in a situation."""

    situation: Situation
    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Model:
    """A call to learn from."""

    call_id: str
    agent_id: str
    agent_name: str
    started_at: datetime | None
    audio: str
    mark: float
    kept: frozenset[str]
    """Ids of the rules that the call kept."""
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Example:
    model: Model
    said: Said


def situation_of(view: CallView, finding: FindingView) -> Situation | None:
    """None where a wording has no place: the finding is not beside a turn, or nobody asked anything."""
    return None if finding.turn is None else _situation(view.turns, finding.turn)


def model_of(view: CallView, audio: str) -> Model | None:
    """None for a call whose words or marks are too doubtful to learn from."""
    record = view.record
    score, call = record.score, record.call
    if score is None or call is None or score.vetoed_by or score.tally.percent is None:
        return None
    if call.trust is not None and call.trust.grade is TrustGrade.LOW:
        return None
    said = tuple(_said(view.turns))
    recording = record.recording
    return Model(
        recording.call_id,
        recording.agent_id or "",
        recording.agent_name,
        recording.started_at,
        audio,
        score.tally.percent,
        frozenset(v.rule_id for v in score.verdicts if v.outcome is Outcome.MET),
        said,
    )


def best(models: Iterable[Model]) -> list[Model]:
    """The same whatever order they come in."""
    return sorted(models, key=lambda m: (-m.mark, m.call_id))[:MODELS_KEPT]


def example_of(rule_id: str, agent_id: str, wanted: Sequence[Situation], models: Sequence[Model]) -> Example | None:
    """Another agent's words where the rule was kept; the most alike situation of the best call."""
    found: list[tuple[float, float, str, Example]] = []
    for model in models:
        if model.agent_id == agent_id or rule_id not in model.kept:
            continue
        for said in model.said:
            alike = max((_likeness(situation, said.situation) for situation in wanted), default=0.0)
            if alike >= _ALIKE:
                found.append((-alike, -model.mark, model.call_id, Example(model, said)))
    return min(found, key=lambda each: each[:3])[3] if found else None


def _said(turns: Sequence[TurnView]) -> Iterator[Said]:
    answers = 0
    for number, turn in enumerate(turns):
        heard_well = turn.trust.grade is TrustGrade.HIGH
        if turn.role is not Role.AGENT or not heard_well or len(turn.text) not in _ANSWER_CHARS or turn.findings:
            continue
        situation = _situation(turns, number)
        if situation is None or (situation.scene is Scene.ANSWER and answers == _ANSWERS_PER_CALL):
            continue
        answers += situation.scene is Scene.ANSWER
        yield Said(situation, turn.text, turn.span.start_ms, turn.span.end_ms)


def _situation(turns: Sequence[TurnView], number: int) -> Situation | None:
    agents = [i for i, turn in enumerate(turns) if turn.role is Role.AGENT]
    if turns[number].role is Role.AGENT and number in agents[:1]:
        return Situation(Scene.OPENING, "")
    if turns[number].role is Role.AGENT and number in agents[-1:]:
        return Situation(Scene.CLOSING, "")
    asked = next((t for t in reversed(turns[: number + 1]) if t.role is Role.CUSTOMER), None)
    if asked is None or len(asked.text) < _SHORTEST_QUESTION:
        return None
    return Situation(Scene.ANSWER, asked.text)


def _likeness(one: Situation, other: Situation) -> float:
    """0 to 1."""
    if one.scene is not other.scene:
        return 0.0
    if one.scene is not Scene.ANSWER:
        return 1.0
    pairs, others = _pairs(one.asked), _pairs(other.asked)
    return 2 * len(pairs & others) / (len(pairs) + len(others)) if pairs and others else 0.0


@lru_cache(maxsize=8192)
def _pairs(text: str) -> frozenset[str]:
    plain = [char for char in text if char.isalnum()]
    return frozenset(a + b for a, b in pairwise(plain))

"""Does the missing steps of one call, in order, and hands each result over as soon as it is there.

This is what a worker runs. It gets values and gives values: it has never heard of the store.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import msgspec

from qa.errors import QaError
from qa.judge import Rubric, judge, unanswered
from qa.measure import measure
from qa.measure.trust import assess
from qa.model import Alternative, Call, CallScore, Failure, Recording, Role, Transcript
from qa.sound.decode import decode
from qa.span import Span, merge
from qa.transcribe.alternatives import in_place
from qa.transcribe.announcements import set_apart
from qa.transcribe.correction import RoleCorrection
from qa.transcribe.diarize import Diarizer, separated
from qa.transcribe.digits import spelled
from qa.transcribe.engine import Engine, EngineOptions, build
from qa.transcribe.hotwords import apply
from qa.transcribe.roles import assign
from qa.transcribe.turns import turns_of

logger = logging.getLogger(__name__)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One call and the steps it still needs. What earlier runs left comes along as stored."""

    recording: Recording
    todo: tuple[str, ...]
    transcript: bytes | None = None
    voices: bytes | None = None
    """The transcript by voices; JSON null where its tracks are voices already."""
    call: bytes | None = None
    before: bytes | None = None
    """The score under another rubric, where nothing but the rubric is another one."""
    correction: RoleCorrection | None = None


class StepResult(msgspec.Struct, frozen=True, kw_only=True):
    """A payload to store, or the failure that ended this call for tonight."""

    call_id: str
    stage: str
    payload: bytes | None = None
    failure: Failure | None = None
    provisional: bool = False
    """Good for tonight only: a model could not be reached."""


class Workshop:
    """What a worker keeps between calls: the engine with its model, and the rubric."""

    def __init__(self, engine_name: str, options: EngineOptions, rubric: Rubric) -> None:
        self.engine_name = engine_name
        self.options = options
        self.rubric = rubric

    @cached_property
    def engine(self) -> Engine:
        return build(self.engine_name, self.options)

    @cached_property
    def diarizer(self) -> Diarizer | None:
        """None without the `mono` extra. Loaded at the first mono call: most nights have none."""
        return Diarizer.installed(self.options.threads)

    def __getstate__(self) -> tuple[str, EngineOptions, Rubric]:
        return self.engine_name, self.options, self.rubric

    def __setstate__(self, state: tuple[str, EngineOptions, Rubric]) -> None:
        self.engine_name, self.options, self.rubric = state


def perform(job: Job, workshop: Workshop) -> Iterator[StepResult]:
    """Yields one result for each step done; stops after the first failure, which it yields too."""
    transcript = msgspec.json.decode(job.transcript, type=Transcript) if job.transcript else None
    if job.voices is not None:
        transcript = msgspec.json.decode(job.voices, type=Transcript | None) or transcript
    call = msgspec.json.decode(job.call, type=Call) if job.call else None
    call_id = job.recording.call_id
    for stage in job.todo:
        try:
            made: Transcript | Call | CallScore | None
            if stage == "transcribe":
                made = transcript = workshop.engine.transcribe(job.recording)
            elif stage == "diarize":
                assert transcript is not None
                made = separated(transcript, job.recording, lambda: workshop.diarizer)
                transcript = made or transcript
            elif stage == "measure":
                assert transcript is not None
                made = call = assemble(job.recording, transcript, job.correction, workshop.rubric.hotwords)
            else:
                assert call is not None
                before = msgspec.json.decode(job.before, type=CallScore) if job.before else None
                made = judge(msgspec.structs.replace(call, recording=job.recording), workshop.rubric, before)
        except QaError as error:
            yield StepResult(
                call_id=call_id, stage=stage, failure=Failure(stage=stage, slug=error.slug, message=error.message)
            )
            return
        except Exception as error:
            # Whatever breaks on this call must not end the night; the log has the traceback.
            logger.exception("%s broke on call %s", stage, call_id)
            message = f"程序出错：{type(error).__name__}: {error}"
            yield StepResult(
                call_id=call_id, stage=stage, failure=Failure(stage=stage, slug="step-broken", message=message)
            )
            return
        provisional = isinstance(made, CallScore) and unanswered(made)
        yield StepResult(call_id=call_id, stage=stage, payload=msgspec.json.encode(made), provisional=provisional)


def assemble(
    recording: Recording,
    transcript: Transcript,
    correction: RoleCorrection | None = None,
    hotwords: tuple[str, ...] = (),
) -> Call:
    """Names the roles, joins the turns, measures: all that can be known of a call before a rubric looks at it."""
    transcript = set_apart(apply(spelled(transcript), hotwords))
    roles = assign(transcript, recording, correction)
    turns = turns_of(transcript, roles)
    path = Path(recording.path)
    measurements = measure(recording, transcript, roles, turns, (lambda: decode(path)) if path.is_file() else None)
    speech: dict[Role, list[Span]] = {}
    unheard: dict[Role, list[Span]] = {}
    wavered: dict[Role, list[Alternative]] = {}
    for track, role in zip(transcript.tracks, roles.by_track, strict=True):
        speech.setdefault(role, []).extend(track.speech)
        unheard.setdefault(role, []).extend(track.unheard)
        if still := in_place(track.alternatives, track.words):
            wavered.setdefault(role, []).extend(still)
    return Call(
        recording=recording,
        roles=roles,
        turns=turns,
        speech={role: merge(spans) for role, spans in speech.items()},
        unheard={role: merge(spans) for role, spans in unheard.items()},
        measurements=measurements,
        trust=assess(transcript, roles, turns, measurements),
        layout=transcript.layout,
        alternatives={role: tuple(sorted(some, key=lambda one: one.span)) for role, some in wavered.items()},
    )

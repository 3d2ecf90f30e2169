"""Takes a person's word for who is who in one call, keeps it, and scores that call again without transcribing it."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from qa.errors import UsageError
from qa.judge import load_rubric
from qa.model import Call, CallRecord, CallScore, Failure, Recording, Role, Transcript
from qa.pipeline.batch import commit, depends_of, job_of, missing_stages, sidecar_print
from qa.pipeline.executors import serial
from qa.pipeline.fingerprints import fingerprints
from qa.pipeline.records import record
from qa.pipeline.status import options_of
from qa.pipeline.steps import Workshop
from qa.span import total_ms
from qa.store import Store, locked
from qa.transcribe.correction import NamedVoice, RoleCorrection

_SHOWN_SPEECH = 200
"""Stretches of speech kept of each voice: plenty to know it again by."""


@dataclass(frozen=True, slots=True)
class Rescored:
    """What a correction led to."""

    score: CallScore | None
    """None where the call has to be transcribed again first: the next `qa run` does it."""
    failure: Failure | None


def known(store: Store, call_id: str) -> tuple[CallRecord, Transcript, Call]:
    """Raises UsageError where there is no such call, or nothing has been heard of it yet."""
    found = record(store, call_id)
    if found is None:
        raise UsageError(f"{store.path} 里没有通话 {call_id}：用 qa status 看有哪些", slug="call-unknown")
    if found.transcript is None or found.call is None:
        raise UsageError(f"{call_id} 还没有转写和测量，不知道有几个声音：先运行 qa run", slug="roles-too-early")
    return found, found.transcript, found.call


def named(found: CallRecord, transcript: Transcript, agent: int, customer: int | None) -> RoleCorrection:
    """`agent`, `customer`: voice numbers from 1. Without `customer`, whoever else speaks most; the rest is nobody's.

    Raises UsageError for numbers that do not exist, and for mono calls whose voices lie in one track.
    """
    tracks = transcript.tracks
    if transcript.layout != "stereo" and len(tracks) == 1 and not tracks[0].label:
        raise UsageError(
            "这一通是单声道，还没有分开说话人：安装 mono 附加项（make mono），再运行一次同样的 qa run，然后指定",
            slug="roles-not-separated",
        )
    for number in (agent, customer):
        if number is not None and not 1 <= number <= len(tracks):
            raise UsageError(f"没有 {number} 号声音：这一通有 1 到 {len(tracks)} 号", slug="voice-unknown")
    if agent == customer:
        raise UsageError("坐席和客户不能是同一个声音", slug="voice-unknown")
    others = [number for number in range(1, len(tracks) + 1) if number != agent]
    if customer is None and others:
        customer = max(others, key=lambda number: total_ms(tracks[number - 1].speech))
    roles = {agent: Role.AGENT, customer: Role.CUSTOMER}
    return _correction(found.recording, transcript, [roles.get(n, Role.OTHER) for n in range(1, len(tracks) + 1)])


def swapped(found: CallRecord, transcript: Transcript, call: Call) -> RoleCorrection:
    """Agent and customer change places. Raises UsageError where they are not both known."""
    other = {Role.AGENT: Role.CUSTOMER, Role.CUSTOMER: Role.AGENT}
    if not set(other) <= set(call.roles.by_track):
        raise UsageError("这一通没有同时认出坐席和客户，不能对换：用 --agent 指定", slug="roles-not-both")
    # Announcements, set apart behind the tracks that were transcribed, are nobody's to change.
    named = call.roles.by_track[: len(transcript.tracks)]
    return _correction(found.recording, transcript, [other.get(role, role) for role in named])


def taken_back(found: CallRecord) -> RoleCorrection:
    """The machine decides again."""
    return RoleCorrection(sha256=found.recording.sha256, voices=())


def correct(path: Path, call_id: str, correction: RoleCorrection) -> Rescored:
    """Keeps the correction with who made it and when, and does again what depends on it, as the last run would."""
    with locked(path), Store(path) as store:
        payload = msgspec.json.encode(correction).decode()
        store.put_correction(call_id, getpass.getuser(), payload)
        row = store.last_run()
        stored = store.recording(call_id)
        assert row is not None
        assert stored is not None
        recording = msgspec.json.decode(stored, type=Recording)
        options = options_of(row["facts"])
        rubric = load_rubric(options.rubric, options.profile)
        wanted = fingerprints(recording, depends_of(options, rubric), sidecar_print(options.engine, recording), payload)
        todo = missing_stages(call_id, wanted, store.fingerprints())
        if not todo or todo[0] in ("transcribe", "diarize"):
            return Rescored(None, None)
        job = job_of(store, recording, todo, payload, wanted["judge"])
        failure = None
        for result in serial(Workshop(options.engine, options.engine_options, rubric), [job]):
            commit(store, wanted[result.stage], result)
            failure = result.failure
        found = record(store, call_id)
        return Rescored(found.score if found and failure is None else None, failure)


def _correction(recording: Recording, transcript: Transcript, roles: Sequence[Role]) -> RoleCorrection:
    voices = tuple(
        NamedVoice(channel=track.channel, speech=track.speech[:_SHOWN_SPEECH], role=role)
        for track, role in zip(transcript.tracks, roles, strict=True)
    )
    return RoleCorrection(sha256=recording.sha256, voices=voices)

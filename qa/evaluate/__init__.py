"""Says how far to trust the machine: runs labelled calls and compares, call by call and rule by rule."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from qa.errors import UsageError
from qa.evaluate import compare, hearing
from qa.evaluate.compare import Counted, Errors, RuleCount, Wrong
from qa.evaluate.labels import Label, read_labels, scored_rules
from qa.ingest import intake
from qa.judge import Rubric, judge, load_rubric
from qa.model import CallRecord, CallScore, Recording, Role, Tally, TrustGrade
from qa.pipeline.batch import Listener, RunOptions, run
from qa.pipeline.records import record
from qa.pipeline.steps import assemble
from qa.span import Span
from qa.store import Store
from qa.transcribe.engine import EngineOptions
from qa.transcribe.sidecar import transcript_from_turns
from qa.transcribe.sidecar_format import SpokenTurn

PROFILE = "seed"
"""Labels are made under the bounds as taught."""


class EvalOptions(msgspec.Struct, frozen=True, kw_only=True):
    folder: Path
    rubric: Path
    transcripts: str = "audio"
    """audio: everything from the recording; truth: the labelled words and times, so that only the judging is tested."""
    profile: str | None = None
    store: Path | None = None
    engine: str = "whisper"
    engine_options: EngineOptions = msgspec.field(default_factory=EngineOptions)
    workers: int = 1


@dataclass(slots=True)
class Evaluation:
    """Sums over all labelled calls."""

    transcripts: str
    rubric: str
    calls: int = 0
    audio_s: float = 0.0
    wall_s: float = 0.0
    cer: dict[str, Errors] = field(default_factory=dict)
    rate_errors: list[float] = field(default_factory=list)
    silence: Counted = field(default_factory=Counted)
    interruption: Counted = field(default_factory=Counted)
    role_words: tuple[int, int] = (0, 0)
    roles_named: tuple[int, int] = (0, 0)
    """(right, all) two-channel calls named from what is said, the call list's map hidden."""
    rules: dict[str, RuleCount] = field(default_factory=dict)
    unlabelled: dict[str, RuleCount] = field(default_factory=dict)
    """The rubric's other rules: nobody labelled whether they are right."""
    wrong: list[Wrong] = field(default_factory=list)
    lost: hearing.Lost = hearing.Lost()  # noqa: RUF009 - immutable
    invented: Errors = field(default_factory=Errors)
    """Characters credited to a party where it is not labelled to speak, of all."""
    starts_ms: list[int] = field(default_factory=list)
    ends_ms: list[int] = field(default_factory=list)
    """How far each labelled turn's bounds are from the heard ones."""
    by_trust: dict[TrustGrade, Errors] = field(default_factory=dict)
    """Characters heard in turns of that grade, and the errors among them."""
    failed: dict[str, str] = field(default_factory=dict)
    """Calls that could not be done: their labelled violations all count as missed."""

    @property
    def micro(self) -> Counted:
        return sum((count.counted for count in self.rules.values()), Counted())


def evaluate(options: EvalOptions, listener: Listener) -> Evaluation:
    """Raises UsageError where there are no labels, or they are wrong."""
    if options.transcripts not in ("audio", "truth"):
        raise UsageError(f"--transcripts 只能是 audio 或 truth，不是“{options.transcripts}”", slug="option-invalid")
    labels = read_labels(options.folder)
    scored = scored_rules(options.folder)
    rubric = load_rubric(options.rubric, options.profile or PROFILE)
    result = Evaluation(options.transcripts, rubric.label)
    source = (
        _from_audio(options, labels, listener, result)
        if options.transcripts == "audio"
        else _from_truth(options, labels, rubric)
    )
    for label, found in source:
        result.calls += 1
        result.audio_s += label.duration_s
        _add(result, label, found, scored)
    return result


def evaluate_other(options: EvalOptions, engine: str, listener: Listener) -> Evaluation:
    """The same calls and rubric with another engine; its store is its own. Raises UsageError."""
    if options.transcripts != "audio":
        raise UsageError("--against 比的是听写，不能和 --transcripts truth 一起用", slug="option-invalid")
    kept = options.store and options.store.with_name(f"{options.store.stem}.{engine}{options.store.suffix}")
    return evaluate(msgspec.structs.replace(options, engine=engine, store=kept), listener)


def _add(result: Evaluation, label: Label, found: CallRecord, scored: list[str]) -> None:
    call, score = found.call, found.score
    if call is None or score is None:
        result.failed[label.call_id] = found.failure.message if found.failure else "没有结果"
        empty = CallScore(call_id=label.call_id, rubric="", items=(), dimensions=(), before_veto=Tally(), tally=Tally())
        _add_rules(result, label, empty, scored)
        return
    for part, errors in compare.cer_by_part(label, call).items():
        for key in (part, "all"):
            result.cer[key] = result.cer.get(key, Errors()) + errors
    rate_error = compare.speech_rate_error(label, call)
    if rate_error is not None:
        result.rate_errors.append(rate_error)
    starts, ends = hearing.bound_errors(label, call)
    result.lost = result.lost.plus(hearing.lost(label, call))
    result.invented += hearing.invented(label, call)
    result.starts_ms += starts
    result.ends_ms += ends
    for _, grade, errors in hearing.turn_errors(label, call):
        result.by_trust[grade] = result.by_trust.get(grade, Errors()) + errors
    result.silence += compare.silences(label, call)
    result.interruption += compare.interruptions(label, call)
    right, counted = compare.words_with_right_role(label, call)
    result.role_words = (result.role_words[0] + right, result.role_words[1] + counted)
    if label.layout != "mono" and found.transcript is not None:
        result.roles_named = _named(result.roles_named, label, found)
    _add_rules(result, label, score, scored)


def _add_rules(result: Evaluation, label: Label, score: CallScore, scored: list[str]) -> None:
    counts, wrong = compare.rules(label, score, scored)
    for rules, found in ((result.rules, counts), (result.unlabelled, compare.unlabelled(label, score, scored))):
        for rule, count in found.items():
            known = rules.setdefault(rule, RuleCount())
            known.counted += count.counted
            known.violated += count.violated
            known.undetermined += count.undetermined
    result.wrong += wrong


def _named(before: tuple[int, int], label: Label, found: CallRecord) -> tuple[int, int]:
    from qa.transcribe.roles import assign

    assert found.transcript is not None
    tracks = tuple(msgspec.structs.replace(track, role=None) for track in found.transcript.tracks)
    blind = msgspec.structs.replace(found.transcript, tracks=tracks)
    roles = assign(blind, msgspec.structs.replace(found.recording, channel_roles=None))
    wanted = label.layout.split(",")
    right = all(role == wanted[track.channel] for role, track in zip(roles.by_track, tracks, strict=True))
    return before[0] + right, before[1] + 1


def _from_audio(
    options: EvalOptions, labels: list[Label], listener: Listener, result: Evaluation
) -> Iterator[tuple[Label, CallRecord]]:
    with _store_path(options.store) as store_path:
        summary = run(
            RunOptions(
                recordings=tuple(options.folder / label.file for label in labels),
                rubric=options.rubric,
                store=store_path,
                call_list=_call_list(options.folder),
                profile=options.profile or PROFILE,
                engine=options.engine,
                engine_options=options.engine_options,
                workers=options.workers,
            ),
            listener,
        )
        result.wall_s = summary.wall_s
        with Store(store_path, readonly=True) as store:
            by_file = {}
            for call_id, failure in store.run_calls(summary.run_id):
                found = record(store, call_id, failure)
                if found is not None:
                    by_file[Path(found.recording.path).name] = found
            for label in labels:
                yield label, by_file.get(label.file, _nothing(label))


def _from_truth(options: EvalOptions, labels: list[Label], rubric: Rubric) -> Iterator[tuple[Label, CallRecord]]:
    files = tuple(path for label in labels if (path := options.folder / label.file).is_file())
    listed = {Path(r.path).name: r for r in intake(files, _call_list(options.folder)).recordings} if files else {}
    for label in labels:
        # Words may be labelled where the recording is not at hand: then nothing is measured from the sound.
        recording = listed.get(label.file, _nothing(label).recording)
        transcript = transcript_from_turns(_spoken(label), recording, engine="truth")
        call = assemble(recording, transcript)
        yield label, CallRecord(recording=recording, transcript=transcript, call=call, score=judge(call, rubric))


def _spoken(label: Label) -> list[SpokenTurn]:
    channels = label.layout.split(",")
    return [
        SpokenTurn(
            role=Role(turn.role),
            channel=channels.index(turn.role) if turn.role in channels else 0,
            span=Span(round(turn.start * 1000), round(turn.end * 1000)),
            text=turn.text,
        )
        for turn in label.turns
    ]


def _call_list(folder: Path) -> Path | None:
    for name in ("calls.csv", "calls.xlsx"):
        if (folder / name).is_file():
            return folder / name
    return None


def _nothing(label: Label) -> CallRecord:
    channels = 1 if label.layout == "mono" else 2
    recording = Recording(
        call_id=label.call_id,
        path=label.file,
        sha256="",
        duration_ms=round(label.duration_s * 1000),
        sample_rate_hz=8000,
        channel_count=channels,
    )
    return CallRecord(recording=recording)


@contextmanager
def _store_path(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="qa-eval-") as folder:
        yield Path(folder) / "qa.sqlite"

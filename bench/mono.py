"""Measures how well mono calls are told apart, on labelled stereo calls mixed down to one channel and labelled mono calls.

    python bench/mono.py ../shared/corpus --keep build/mono

Prints, for all calls: diarization error rate, share of heard words with the right role, calls whose roles are named
right, F1 of the rules against the same calls in stereo, and the time that diarization takes and that transcription
takes of the two-channel calls and of the same calls in one channel (alternately, one loaded model). `--keep` leaves the mixed
recordings and the runs there, so that a second time only what changed is done.

DER = (missed + false alarm + confusion) ÷ labelled speech, in steps of 10 ms, without 250 ms around each labelled bound
and without labelled overlaps, voices matched to roles in the best way: what pyannote.metrics calls
DiarizationErrorRate(collar=0.5, skip_overlap=True). Turns are compared with turns, since labelled turns include their
pauses.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
import wave
from itertools import permutations
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from qa.evaluate import EvalOptions, Evaluation, evaluate
from qa.evaluate.compare import Counted
from qa.evaluate.labels import Label, read_labels
from qa.model import Call, Recording, Role, Transcript
from qa.pipeline.records import last_run_id, record
from qa.sound.decode import SAMPLE_RATE_HZ, decode
from qa.store import Store
from qa.transcribe.diarize import Diarizer
from qa.transcribe.engine import EngineOptions
from qa.transcribe.whisper import WhisperEngine

STEP_MS = 10
COLLAR_MS = 250
NOT_IN_MONO = {"interruption"}
"""Not applicable in one channel, so left out on both sides."""
RUBRIC = Path(__file__).resolve().parents[1] / "rubrics" / "telecom-affinity.yaml"


class Silent:
    """A listener that says nothing."""

    def begin(self, todo: int, todo_ms: int, kept: int) -> None: ...
    def done(self, *_: object) -> None: ...
    def end(self) -> None: ...


def mix_down(corpus: Path, folder: Path) -> None:
    """Every call in one channel (the mean of its channels, 16 kHz, 16 bits), with its labels and a call list."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["call_id,file,agent_id,channels"]
    for label in read_labels(corpus):
        target = folder / f"{label.call_id}.wav"
        if not target.exists():
            mixed = decode(corpus / label.file).astype(np.int32).mean(axis=0).astype(np.int16)
            with wave.open(str(target), "wb") as out:
                out.setnchannels(1)
                out.setsampwidth(2)
                out.setframerate(SAMPLE_RATE_HZ)
                out.writeframes(mixed.tobytes())
        truth = json.loads((corpus / f"{label.call_id}.truth.json").read_text(encoding="utf-8"))
        truth |= {"file": target.name, "layout": "mono"}
        (folder / f"{label.call_id}.truth.json").write_text(json.dumps(truth, ensure_ascii=False), encoding="utf-8")
        rows.append(f"{label.call_id},{target.name},{label.agent_id or 1},mono")
    (folder / "calls.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def der(label: Label, call: Call) -> np.ndarray:
    """(missed, false alarm, confused, labelled), in steps."""
    steps = round(label.duration_s * 1000) // STEP_MS + 100
    said = np.zeros((2, steps), bool)
    scored = np.ones(steps, bool)
    for turn in label.turns:
        first, end = (round(1000 * at) // STEP_MS for at in (turn.start, turn.end))
        said[0 if turn.role == Role.AGENT else 1, first:end] = True
        for at in (first, end):
            scored[max(0, at - COLLAR_MS // STEP_MS) : at + COLLAR_MS // STEP_MS] = False
    scored &= said.sum(axis=0) < 2
    heard = np.zeros((max(2, len(call.roles.by_track)), steps), bool)
    for turn in call.turns:
        heard[turn.track, turn.span.start_ms // STEP_MS : turn.span.end_ms // STEP_MS] = True
    said, heard = said[:, scored], heard[:, scored]
    wanted, got = said.sum(axis=0), heard.sum(axis=0)
    right = max(
        sum(int((said[role] & heard[voice]).sum()) for role, voice in enumerate(pair))
        for pair in permutations(range(len(heard)), 2)
    )
    missed, false = (int(np.maximum(0, one - other).sum()) for one, other in ((wanted, got), (got, wanted)))
    return np.array([missed, false, int(np.minimum(wanted, got).sum()) - right, int(wanted.sum())])


def without(counts: dict[str, Counted]) -> Counted:
    return sum((c for rule, c in counts.items() if rule not in NOT_IN_MONO), Counted())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    place = asked.keep or Path(tempfile.mkdtemp(prefix="qa-bench-mono-"))
    try:
        measure(asked.corpus, place, asked.threads)
    finally:
        if asked.keep is None:
            shutil.rmtree(place)


def measure(corpus: Path, place: Path, threads: int) -> None:
    mix_down(corpus, place / "mono")
    engine = EngineOptions(threads=threads)

    def evaluated(name: str, folder: Path) -> Evaluation:
        options = EvalOptions(folder=folder, rubric=RUBRIC, store=place / f"{name}.sqlite", engine_options=engine)
        return evaluate(options, Silent())

    mono = evaluated("mono", place / "mono")
    errors = np.zeros(4)
    named = {"right": 0, "undetermined": 0, "wrong": 0}
    print("call                     voices   DER  confused  roles")
    with Store(place / "mono.sqlite", readonly=True) as store:
        failures = dict(store.run_calls(last_run_id(store)))
        for label in read_labels(place / "mono"):
            found = record(store, label.call_id, failures.get(label.call_id))
            if found is None or found.transcript is None or found.call is None:
                print(f"{label.call_id:24} failed")
                continue
            mine = der(label, found.call)
            errors += mine
            verdict = naming(label, found.call.roles.by_track, found.transcript)
            named[verdict] += 1
            share = mine / max(1, mine[3])
            print(
                f"{label.call_id:24} {len(found.transcript.tracks):6} {share[:3].sum():6.1%} {share[2]:8.1%}  {verdict}"
            )
    missed, false, confused = errors[:3] / errors[3]
    right, counted = mono.role_words
    print(f"DER {missed + false + confused:.1%}: missed {missed:.1%}, false alarm {false:.1%}, confused {confused:.1%}")
    print(f"words with the right role {right}/{counted} = {right / counted:.3f}")
    print(f"roles named: {named}")
    time_diarization(place / "mono", threads)
    time_transcription(corpus, place / "mono", threads)
    sys.stdout.flush()
    for name, result in (("mono", mono), ("stereo", evaluated("stereo", corpus))):
        whole = without({rule: count.counted for rule, count in result.rules.items()})
        print(f"rules, {name}: F1 {whole.f1:.3f} (right {whole.tp}, wrong {whole.fp}, missed {whole.fn})")
        for one in result.wrong:
            print(f"  {one.call_id} {one.rule} {one.kind} {one.outcome} {one.quote or one.reason}")


def naming(label: Label, by_track: tuple[Role, ...], transcript: Transcript) -> str:
    """Whether the track called agent is the one that mostly speaks in the agent's labelled turns."""
    if Role.AGENT not in by_track:
        return "undetermined"
    for role, track in zip(by_track, transcript.tracks, strict=True):
        middles = [(word.span.start_ms + word.span.end_ms) / 2000 for word in track.words]
        agent, customer = (
            sum(any(t.start <= at < t.end for t in label.turns if t.role == who) for at in middles)
            for who in (Role.AGENT, Role.CUSTOMER)
        )
        if (role is Role.AGENT and customer > agent) or (role is Role.CUSTOMER and agent > customer):
            return "wrong"
    return "right"


def time_diarization(folder: Path, threads: int) -> None:
    begun = time.perf_counter()
    diarizer = Diarizer(threads)
    print(f"diarization: loaded in {time.perf_counter() - begun:.1f} s")
    wall = cpu = sound = 0.0
    for path in sorted(folder.glob("*.wav")):
        samples = decode(path)[0].copy()
        wall_0, cpu_0 = time.perf_counter(), time.process_time()
        diarizer.voices(samples)
        wall, cpu = wall + time.perf_counter() - wall_0, cpu + time.process_time() - cpu_0
        sound += samples.size / SAMPLE_RATE_HZ
    print(f"diarization: {wall / sound:.3f} × real time on {threads} threads, {cpu / sound:.3f} of processor time")


def time_transcription(corpus: Path, mixed: Path, threads: int) -> None:
    engine = WhisperEngine(EngineOptions(threads=threads))
    took = {"stereo": [0.0, 0.0], "mono": [0.0, 0.0]}
    sound_s = 0.0
    for label in read_labels(corpus):
        if label.layout == "mono":
            continue
        sound_s += label.duration_s
        for name, file in (("stereo", corpus / label.file), ("mono", mixed / f"{label.call_id}.wav")):
            wall, cpu = time.perf_counter(), time.process_time()
            engine.transcribe(_recording(file))
            took[name][0] += time.perf_counter() - wall
            took[name][1] += time.process_time() - cpu
    for name, (wall, cpu) in took.items():
        print(f"transcription, {name}: {wall / sound_s:.3f} × real time, {cpu / sound_s:.3f} of processor time")
    print(f"transcription: mono takes {took['mono'][0] / took['stereo'][0]:.2f} × the time of two channels")


def _recording(file: Path) -> Recording:
    return Recording(
        call_id=file.stem, path=str(file), sha256="", duration_ms=0, sample_rate_hz=SAMPLE_RATE_HZ, channel_count=0
    )


if __name__ == "__main__":
    main()

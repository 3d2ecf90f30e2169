"""Runs one very long, dense stereo recording through everything, model and all: memory, drift, time.

    python bench/long.py ../shared/corpus [--minutes 120]

The labelled two-channel calls of the folder, one behind the other as often as it takes, become one recording (8 kHz
A-law stereo, agent left), with its labels moved along. `qa run` does it in a process of its own, as at night. Printed:
peak memory of the largest process and of all together (summed resident sets, shared pages counted twice: an upper
bound), time, and for each tenth of the recording the character errors and how far its turns' bounds are off: a drift
would show as errors that grow.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import msgspec
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from qa.evaluate.compare import Errors, cer_by_part
from qa.evaluate.hearing import bound_errors, quantile
from qa.evaluate.labels import Label, LabelledTurn, read_labels
from qa.model import Call
from qa.pipeline.records import last_run_id, record
from qa.sound.decode import SAMPLE_RATE_HZ, decode
from qa.store import Store

TENTHS = 10
RUBRIC = Path(__file__).resolve().parents[1] / "rubrics" / "telecom-affinity.yaml"


def lengthen(folder: Path, minutes: float, made: Path) -> Label:
    """Writes the recording and gives its label."""
    import av

    two = [label for label in read_labels(folder) if label.layout != "mono"]
    turns: list[LabelledTurn] = []
    samples_done = 0
    with av.open(str(made), "w", format="wav") as out:
        stream = out.add_stream("pcm_alaw", rate=SAMPLE_RATE_HZ // 2, layout="stereo")
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=SAMPLE_RATE_HZ // 2)
        while samples_done < minutes * 60 * SAMPLE_RATE_HZ:
            for label in two:
                sound = decode(folder / label.file)
                if label.layout == "customer,agent":
                    sound = sound[::-1]
                at_s = samples_done / SAMPLE_RATE_HZ
                turns += [LabelledTurn(t.role, t.start + at_s, t.end + at_s, t.text) for t in label.turns]
                frame = av.AudioFrame.from_ndarray(
                    np.ascontiguousarray(sound.T).reshape(1, -1), format="s16", layout="stereo"
                )
                frame.sample_rate = SAMPLE_RATE_HZ
                for small in resampler.resample(frame):
                    small.pts = None
                    out.mux(stream.encode(small))
                samples_done += sound.shape[1]
                if samples_done >= minutes * 60 * SAMPLE_RATE_HZ:
                    break
        out.mux(stream.encode(None))
    seconds = samples_done / SAMPLE_RATE_HZ
    return Label(call_id="long", file=made.name, layout="agent,customer", duration_s=seconds, turns=turns, fails=[])


def resident_mb(root: int) -> tuple[float, float]:
    """(largest, all together) of a process and its descendants, now."""
    children: dict[int, list[int]] = {}
    sizes: dict[int, float] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # ended meanwhile
        children.setdefault(int(fields[1]), []).append(int(folder.name))
        sizes[int(folder.name)] = int(fields[21]) * 4096 / 1e6
    mine, found = [root], []
    while mine:
        one = mine.pop()
        found.append(sizes.get(one, 0.0))
        mine += children.get(one, [])
    return max(found), sum(found)


def watched(command: list[str]) -> tuple[float, float, float]:
    """Runs it; (seconds, largest process in MB, all together in MB), sampled five times a second."""
    started = time.perf_counter()
    peaks = [0.0, 0.0]
    process = subprocess.Popen(command)

    def watch() -> None:
        while process.poll() is None:
            peaks[:] = [max(before, now) for before, now in zip(peaks, resident_mb(process.pid), strict=True)]
            time.sleep(0.2)

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    watcher.join()
    if code not in (0, 1):
        raise SystemExit(f"qa run ended with {code}")
    return time.perf_counter() - started, peaks[0], peaks[1]


def tenth(label: Label, call: Call, number: int) -> tuple[Label, Call]:
    """The labelled turns that begin in one tenth, and what was heard from the first to the last of them."""
    length = label.duration_s / TENTHS
    turns = [turn for turn in label.turns if number * length <= turn.start < (number + 1) * length]
    first, last = turns[0].start * 1000 - 300, max(turn.end for turn in turns) * 1000 + 300
    heard = tuple(turn for turn in call.turns if first <= turn.span.start_ms and turn.span.end_ms <= last)
    return msgspec.structs.replace(label, turns=turns), msgspec.structs.replace(call, turns=heard, trust=None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="labelled calls (*.truth.json beside their recordings)")
    parser.add_argument("--minutes", type=float, default=120)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        label = lengthen(chosen.folder, chosen.minutes, folder / "long.wav")
        (folder / "calls.csv").write_text('录音文件,声道\nlong.wav,"agent,customer"\n', encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "qa.cli",
            "run",
            str(folder / "long.wav"),
            "--calls",
            str(folder / "calls.csv"),
        ]
        command += ["--out", str(folder / "out"), "--rubric", str(RUBRIC), "--workers", "1"]
        wall, largest, together = watched(command)
        with Store(folder / "out" / "qa.sqlite", readonly=True) as store:
            call_id, failure = next(iter(store.run_calls(last_run_id(store))))
            found = record(store, call_id, failure)
        if found is None or found.call is None:
            raise SystemExit(f"the call was not done: {failure}")
        print(
            f"{label.duration_s / 60:.1f} minutes in {wall:.0f} s ({wall / label.duration_s:.3f} × real time); "
            f"peak memory: largest process {largest:.0f} MB, all together {together:.0f} MB"
        )
        print("\n| part | CER | turns | start off by (median / 95 %) | end off by (median / 95 %) |")
        print("|---|---|---|---|---|")
        for number in range(TENTHS):
            said, heard = tenth(label, found.call, number)
            errors = sum(cer_by_part(said, heard).values(), Errors())
            starts, ends = bound_errors(said, heard)
            bounds = [f"{quantile(off, 0.5)} / {quantile(off, 0.95)} ms" for off in (starts, ends)]
            print(f"| {number + 1} | {100 * (errors.rate or 0):.1f} % | {len(starts)} | {bounds[0]} | {bounds[1]} |")


if __name__ == "__main__":
    main()

"""Compares ways to hear the same labelled calls with the same model, side by side, and prints a Markdown table.

    python bench/transcribe.py ../shared/corpus [--speech ../shared/speech] [--model embedded] [--only ours batched]

Each contestant runs in a process of its own (so that peak memory is its own) over the same channels, decoded once by
the same decoder, with the same number of threads. All are told that the language is Chinese and asked for word times.

`--speech` adds two tables of real voices: utterances by themselves, and calls spliced from them (two speakers who read
in turn, each in a channel of its own at 8 kHz, 0.6 s between them), the same utterances in several orders: what stands
beside what in a window moves the errors of one call by a tenth up or down, whoever transcribes it; there `ours-padded` shows, too, what padding every
window to 30 s would give, as Whisper was trained.

CER: simplified, no punctuation, digits read one by one, 幺 as 一. "Without words": speech of half a second and more (by
voice activity, after bleed is taken away) that no word accounts for. "Invented": characters more than half a second
away from every labelled turn of their channel. "Windows": encoder windows, and the fewest that could hold the speech.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from qa.evaluate.compare import Errors, character_errors
from qa.evaluate.labels import LabelledTurn, read_labels
from qa.model import Recording, Word
from qa.sound.decode import SAMPLE_RATE_HZ, load
from qa.sound.scene import survey
from qa.span import Span, total_ms
from qa.transcribe.engine import EngineOptions
from qa.transcribe.models import locate
from qa.transcribe.placing import unheard
from qa.transcribe.simplified import simplify

Words = dict[tuple[str, int], list[Word]]
"""Words of each (file, channel)."""
THREADS = 2
_AWAY_MS = 500
ORDERS = 4
"""Of the spliced calls; the first is that of the files' names."""


class Channel:
    """One labelled channel."""

    def __init__(self, file: Path, index: int, part: str, turns: list[LabelledTurn], speech: tuple[Span, ...]) -> None:
        self.file, self.index, self.part, self.turns, self.speech = file, index, part, turns, speech

    @property
    def key(self) -> tuple[str, int]:
        return str(self.file), self.index


def labelled_channels(folder: Path) -> list[Channel]:
    channels = []
    for label in read_labels(folder):
        file = folder / label.file
        scene = survey(load(file).samples)
        roles = label.layout.split(",")
        for voice in scene.voices:
            part = roles[voice.channel]
            turns = [turn for turn in label.turns if part in ("mono", turn.role)]
            channels.append(Channel(file, voice.channel, part, sorted(turns, key=lambda t: t.start), voice.speech))
    return channels


def read_speech(folder: Path) -> list[Channel]:
    """`refs.tsv`: file, tab, text. One turn over the whole file."""
    channels = []
    for line in (folder / "refs.tsv").read_text(encoding="utf-8").splitlines():
        name, text = line.split("\t")[:2]
        if not (folder / name).is_file():
            continue
        sound = load(folder / name)
        turn = LabelledTurn(role="agent", start=0, end=sound.info.duration_ms / 1000, text=text)
        channels.append(Channel(folder / name, 0, "speech", [turn], survey(sound.samples).voices[0].speech))
    return channels


def splice(folder: Path, made: Path, order: int) -> list[Channel]:
    """A two-channel call: of the two speakers with most utterances in `folder`, one after the other, in turn."""
    shuffled = random.Random(order)
    texts = dict(line.split("\t")[:2] for line in (folder / "refs.tsv").read_text(encoding="utf-8").splitlines())
    by_speaker: dict[str, list[str]] = {}
    for name in sorted(texts):
        if (folder / name).is_file():
            by_speaker.setdefault(name.rsplit("_", 1)[0], []).append(name)
    speakers = sorted(by_speaker.values(), key=len)[-2:]
    for names in speakers if order else ():
        shuffled.shuffle(names)
    gap = np.zeros(SAMPLE_RATE_HZ * 6 // 10, np.int16)
    pieces: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    turns: tuple[list[LabelledTurn], list[LabelledTurn]] = ([], [])
    at = 0
    for names in zip(*speakers, strict=False):
        for side, name in enumerate(names):
            said = load(folder / name).samples[0]
            pieces[side].extend((said, gap))
            pieces[1 - side].append(np.zeros(said.size + gap.size, np.int16))
            end = at + said.size
            turns[side].append(
                LabelledTurn(("agent", "customer")[side], at / SAMPLE_RATE_HZ, end / SAMPLE_RATE_HZ, texts[name])
            )
            at = end + gap.size
    sound = np.stack([np.concatenate(side) for side in pieces])
    halved = (sound[:, : sound.shape[1] // 2 * 2].reshape(2, -1, 2).mean(axis=2)).astype(np.int16)
    with wave.open(str(made), "wb") as out:
        out.setparams((2, 2, SAMPLE_RATE_HZ // 2, 0, "NONE", ""))
        out.writeframes(np.ascontiguousarray(halved.T).tobytes())
    voices = survey(load(made).samples).voices
    return [Channel(made, v.channel, ("agent", "customer")[v.channel], turns[v.channel], v.speech) for v in voices]


# ---------------------------------------------------------------- contestants


def _count_windows(model: Any) -> list[int]:
    count = [0]
    encode = model.encode

    def counted(features: np.ndarray) -> Any:
        count[0] += 1 if features.ndim == 2 else features.shape[0]
        return encode(features)

    model.encode = counted
    return count


def _per_channel(files: list[str], transcribe: Callable[[np.ndarray], list[Word]]) -> Words:
    heard: Words = {}
    for file in files:
        for index, channel in enumerate(load(Path(file)).samples):
            heard[file, index] = transcribe(np.ascontiguousarray(channel).astype(np.float32) / 32768)
    return heard


def _faster_whisper(files: list[str], folder: str, *, batched: bool) -> tuple[Words, int]:
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=THREADS)
    windows = _count_windows(model)
    pipeline = BatchedInferencePipeline(model) if batched else model

    def transcribe(samples: np.ndarray) -> list[Word]:
        found, _ = pipeline.transcribe(samples, language="zh", vad_filter=True, word_timestamps=True)
        return [_word(word.word, word.start, word.end, word.probability) for part in found for word in part.words or ()]

    return _per_channel(files, transcribe), windows[0]


def _word(text: str, start_s: float, end_s: float, probability: float) -> Word:
    span = Span(round(start_s * 1000), max(round(end_s * 1000), round(start_s * 1000) + 1))
    return Word(simplify(text), span, probability)


def defaults(files: list[str], folder: str, _model: str) -> tuple[Words, int]:
    return _faster_whisper(files, folder, batched=False)


def batched(files: list[str], folder: str, _model: str) -> tuple[Words, int]:
    return _faster_whisper(files, folder, batched=True)


def ours(files: list[str], _folder: str, model: str, *, padded: bool = False) -> tuple[Words, int]:
    from qa.transcribe.whisper import WhisperEngine

    engine = WhisperEngine(EngineOptions(model=model, device="cpu", threads=THREADS))
    engine.decoder.trim = engine.decoder.trim and not padded
    windows = _count_windows(engine.decoder.model)
    heard: Words = {}
    for file in files:
        recording = Recording(
            call_id=file, path=file, sha256="", duration_ms=0, sample_rate_hz=SAMPLE_RATE_HZ, channel_count=0
        )
        for track in engine.transcribe(recording).tracks:
            heard[file, track.channel] = list(track.words)
    return heard, windows[0]


def ours_padded(files: list[str], folder: str, model: str) -> tuple[Words, int]:
    return ours(files, folder, model, padded=True)


def command_line(files: list[str], folder: str, _model: str) -> tuple[Words, int]:
    """whisper-ctranslate2, one process over all channels as files of their own."""
    program = shutil.which("whisper-ctranslate2")
    assert program, "asked for only where it is installed"
    heard: Words = {}
    with tempfile.TemporaryDirectory() as folder_name:
        made: dict[str, tuple[str, int]] = {}
        for file in files:
            for index, channel in enumerate(load(Path(file)).samples):
                name = f"{len(made):04d}"
                with wave.open(f"{folder_name}/{name}.wav", "wb") as out:
                    out.setparams((1, 2, SAMPLE_RATE_HZ, 0, "NONE", ""))
                    out.writeframes(np.ascontiguousarray(channel).tobytes())
                made[name] = file, index
        options = ["--model_directory", folder, "--language", "zh", "--device", "cpu", "--compute_type", "int8"]
        options += ["--threads", str(THREADS), "--vad_filter", "True", "--word_timestamps", "True"]
        options += ["--output_format", "json", "--output_dir", folder_name, "--verbose", "False"]
        wavs = [f"{folder_name}/{name}.wav" for name in made]
        subprocess.run([program, *options, *wavs], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for name, key in made.items():
            parts = json.loads(Path(f"{folder_name}/{name}.json").read_text(encoding="utf-8"))["segments"]
            heard[key] = [
                _word(w["word"], w["start"], w["end"], w["probability"])
                for part in parts
                for w in part.get("words") or ()
            ]
    return heard, 0


CONTESTANTS: dict[str, tuple[str, Callable[[list[str], str, str], tuple[Words, int]]]] = {
    "defaults": ("faster-whisper `transcribe`, VAD on", defaults),
    "batched": ("`BatchedInferencePipeline`", batched),
    "cli": ("`whisper-ctranslate2`", command_line),
    "ours": ("qa", ours),
    "ours-padded": ("qa, windows padded to 30 s", ours_padded),
}


# ---------------------------------------------------------------- running and counting


def run(name: str, files: list[str], model: str, answer: Any) -> None:
    """In a process of its own."""
    folder = str(locate(model))
    wall, cpu = time.perf_counter(), _cpu_s()
    heard, windows = CONTESTANTS[name][1](files, folder, model)
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    answer.put((heard, windows, time.perf_counter() - wall, _cpu_s() - cpu, peak))


def _cpu_s() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def contest(name: str, channels: list[Channel], model: str) -> tuple[Words, int, float, float, float]:
    files = list(dict.fromkeys(str(channel.file) for channel in channels))
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    process = context.Process(target=run, args=(name, files, model, answer))
    process.start()
    found: tuple[Words, int, float, float, float] = answer.get()
    process.join()
    return found


def invented(channel: Channel, words: list[Word]) -> int:
    turns = [Span(round(t.start * 1000) - _AWAY_MS, round(t.end * 1000) + _AWAY_MS) for t in channel.turns]
    stray = [w for w in words if not any((w.span.start_ms + w.span.end_ms) // 2 in turn for turn in turns)]
    return character_errors([], [w.text for w in stray]).edits


def row(name: str, channels: list[Channel], found: tuple[Words, int, float, float, float], audio_s: float) -> str:
    heard, windows, wall, cpu, peak = found
    errors: dict[str, Errors] = {}
    lost_ms = made_up = 0
    for channel in channels:
        words = heard.get(channel.key, [])
        counted = character_errors([t.text for t in channel.turns], [w.text for w in words])
        for part in ("all", channel.part):
            errors[part] = errors.get(part, Errors()) + counted
        lost_ms += total_ms(unheard(channel.speech, words))
        made_up += invented(channel, words)
    rates = [errors[part].rate if part in errors else None for part in ("all", "agent", "customer", "mono", "speech")]
    shown = [f"{100 * rate:.1f} %" for rate in rates if rate is not None]
    cells = [CONTESTANTS[name][0], *shown, f"{lost_ms / 1000:.1f} s", str(made_up), f"{wall:.0f} s", f"{cpu:.0f} s"]
    cells += [f"{audio_s / wall:.1f}", f"{peak:.0f} MB", str(windows or "–")]
    return "| " + " | ".join(cells) + " |"


def table(channels: list[Channel], names: list[str], model: str) -> None:
    files = list(dict.fromkeys(channel.file for channel in channels))
    audio_s = sum(load(file).info.duration_ms for file in files) / 1000
    fewest = sum(math.ceil(total_ms(channel.speech) / 30_000) for channel in channels)
    parts = [p for p in ("agent", "customer", "mono", "speech") if any(channel.part == p for channel in channels)]
    heads = ["", "CER", *[f"CER {part}" for part in parts], "without words", "invented", "wall", "CPU", "× real time"]
    heads += ["peak memory", f"windows (≥ {fewest})"]
    print(
        f"\n{len(files)} recordings, {len(channels)} channels, {audio_s:.0f} s of audio, {THREADS} threads, {model}\n"
    )
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for name in names:
        print(row(name, channels, contest(name, channels, model), audio_s), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="labelled calls (*.truth.json beside their recordings)")
    parser.add_argument("--speech", type=Path, help="a folder with refs.tsv: one utterance in each file")
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--only", nargs="+", choices=list(CONTESTANTS), default=list(CONTESTANTS))
    chosen = parser.parse_args()
    names = [name for name in chosen.only if name != "cli" or shutil.which("whisper-ctranslate2")]
    if "cli" in chosen.only and "cli" not in names:
        print("whisper-ctranslate2 is not installed: left out", file=sys.stderr)
    table(labelled_channels(chosen.folder), [name for name in names if name != "ours-padded"], chosen.model)
    if chosen.speech:
        table(read_speech(chosen.speech), names, chosen.model)
        with tempfile.TemporaryDirectory() as made:
            calls = [splice(chosen.speech, Path(made) / f"spliced-{order}.wav", order) for order in range(ORDERS)]
            table([channel for call in calls for channel in call], names, chosen.model)


if __name__ == "__main__":
    main()

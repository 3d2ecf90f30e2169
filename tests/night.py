"""Makes a small night: recordings, transcripts beside them, and a call list."""

from __future__ import annotations

import csv
import json
import wave
from array import array
from pathlib import Path

import numpy as np

TURNS = [
    ("agent", 0.6, 4.0, "您好，很高兴为您服务，请问有什么可以帮您？"),
    ("customer", 4.4, 6.4, "我想查一下我的话费。"),
    ("agent", 6.9, 8.9, "好的，请您稍等。"),
    ("agent", 10.2, 13.0, "您的话费是五十九元，请问还需要其它服务吗？"),
    ("customer", 13.4, 14.2, "没有了。"),
    ("agent", 14.6, 17.0, "感谢您的来电，祝您生活愉快，再见。"),
]
RUDE = [
    ("agent", 0.6, 2.0, "喂，说吧。"),
    ("customer", 2.4, 4.4, "我想查一下我的话费。"),
    ("agent", 4.9, 7.0, "这个不归我管，你自己想办法。"),
    ("customer", 7.4, 8.4, "你怎么这样。"),
    ("agent", 8.8, 10.8, "你要投诉就去投诉。"),
]
RATE_HZ = 8000


class Nobody:
    """A listener that shows nothing."""

    def begin(self, todo: int, todo_ms: int, kept: int) -> None: ...
    def done(self, *_: object) -> None: ...
    def end(self) -> None: ...


def write_wav(path: Path, turns: list[tuple[str, float, float, str]], seed: int) -> None:
    """Stereo telephone audio: noise with a voice's rhythm where somebody speaks, a faint hiss elsewhere."""
    rng = np.random.default_rng(seed)
    frames = round((turns[-1][2] + 1.0) * RATE_HZ)
    sound = rng.normal(0, 20, (frames, 2))
    for role, start, end, _ in turns:
        here = slice(round(start * RATE_HZ), round(end * RATE_HZ))
        length = sound[here].shape[0]
        rhythm = 0.6 + 0.4 * np.sin(2 * np.pi * 4 * np.arange(length) / RATE_HZ)
        sound[here, 0 if role == "agent" else 1] += rng.normal(0, 2500, length) * rhythm
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(array("h", sound.clip(-32000, 32000).astype(np.int16).ravel().tolist()).tobytes())


def make_call(folder: Path, call_id: str, turns: list[tuple[str, float, float, str]] = TURNS, seed: int = 0) -> Path:
    """`<call_id>.wav` and its transcript; the seed makes the audio differ from every other call's."""
    path = folder / f"{call_id}.wav"
    write_wav(path, turns, seed)
    said = [
        {"role": role, "start_ms": round(start * 1000), "end_ms": round(end * 1000), "text": text}
        for role, start, end, text in turns
    ]
    sidecar = {"engine": "test", "speech_from": "turns", "turns": said}
    (folder / f"{call_id}.transcript.json").write_text(json.dumps(sidecar, ensure_ascii=False), encoding="utf-8")
    return path


def make_night(folder: Path, calls: int) -> Path:
    """That many calls, every third one rude, and `calls.csv`; returns the call list."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number in range(calls):
        call_id = f"c{number:03d}"
        make_call(folder, call_id, RUDE if number % 3 == 2 else TURNS, seed=number)
        rows.append([call_id, f"{call_id}.wav", str(1000 + number % 2), "一班", "agent,customer"])
    listed = folder / "calls.csv"
    with listed.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["通话ID", "录音文件", "工号", "班组", "声道"])
        writer.writerows(rows)
    return listed

"""Decodes a recording into 16 kHz samples, each channel by itself.

Whatever FFmpeg (through PyAV) opens: wav with PCM, A-law, µ-law, ADPCM or GSM, mp3, m4a/aac, amr, ogg/opus, flac, wma.
Channels are never mixed: agent and customer would become one voice. Durations are counted from decoded samples,
because containers lie (a wav header survives a recorder's crash, a VBR mp3 is estimated from its first frames).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from qa.errors import CallError

if TYPE_CHECKING:
    import numpy as np

SAMPLE_RATE_HZ = 16000
"""What every recogniser here wants; telephone audio at 8 kHz is resampled up."""

_CLAIM_MARGIN_MS = 1500
"""A file may be this much shorter than its header says before it counts as cut short: frames and estimates round."""
_EXACT_MARGIN_MS = 100
"""The same where the header counts samples: wav and flac."""


class AudioInfo(msgspec.Struct, frozen=True):
    """What decoding the whole file found."""

    duration_ms: int
    sample_rate_hz: int
    """Of the file, not of what `decode` returns."""
    channel_count: int
    codec: str
    notes: tuple[str, ...] = ()
    """In Chinese, for people: 录音不完整 …"""


class Sound(msgspec.Struct, frozen=True):
    """A decoded recording."""

    samples: Any
    """int16, shape (channels, samples), 16 kHz. A view with interleaved memory: copy a channel before heavy use."""
    info: AudioInfo


def decode(path: Path) -> np.ndarray:
    """int16, shape (channels, samples), 16 kHz. Raises `CallError` (audio-missing, audio-empty, audio-unreadable)."""
    samples: np.ndarray = load(path).samples
    return samples


def load(path: Path) -> Sound:
    """`decode` together with what `probe` tells, in one pass. Raises as `decode` does."""
    import numpy as np

    reader = _Reader(path)
    packed = bytearray()  # grows in place: a list of blocks joined at the end would need twice the memory
    for block in reader.resampled():
        packed += block
    info = reader.info()
    samples = np.frombuffer(packed, np.int16).reshape(-1, info.channel_count).T
    return Sound(samples, info)


def probe(path: Path) -> AudioInfo:
    """Decodes everything and keeps nothing. Raises as `decode` does."""
    reader = _Reader(path)
    for _ in reader.frames():
        pass
    return reader.info()


class _Reader:
    """Goes through one file once, counting what it finds, and goes on past broken packets."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.codec = ""
        self.rate = 0
        self.channels = 0
        self.seconds = 0.0
        self.claimed_ms: int | None = None
        self.claimed_bytes: int | None = None
        self.broken_packets = 0
        self.broke_off = False

    def frames(self) -> Iterator[Any]:
        import av

        container = self._open()
        try:
            stream = container.streams.audio[0]
            self.codec = stream.codec_context.name
            if stream.duration and stream.time_base:
                self.claimed_ms = round(1000 * stream.duration * stream.time_base)
            packets = container.demux(stream)
            while True:
                try:
                    packet = next(packets)
                except StopIteration:
                    break
                except (av.error.FFmpegError, OSError, ValueError):
                    self.broke_off = True
                    break
                try:
                    decoded = packet.decode()
                except av.error.EOFError:
                    break
                except (av.error.FFmpegError, ValueError):
                    self.broken_packets += 1
                    continue
                for frame in decoded:
                    if not frame.samples or not frame.sample_rate:
                        continue
                    if not self.channels:
                        self.channels, self.rate = len(frame.layout.channels), frame.sample_rate
                    self.seconds += frame.samples / frame.sample_rate
                    yield frame
        finally:
            container.close()

    def resampled(self) -> Iterator[bytes]:
        import av

        resampler, layout, shape = None, None, None
        for frame in self.frames():
            frame.pts = None  # timestamps with holes would make the resampler invent or drop samples
            layout = layout or frame.layout
            if shape != (frame.format.name, frame.layout.name, frame.sample_rate):
                shape = (frame.format.name, frame.layout.name, frame.sample_rate)
                if resampler is not None:
                    yield from _packed(resampler.resample(None))
                resampler = av.AudioResampler(format="s16", layout=layout, rate=SAMPLE_RATE_HZ)
            assert resampler is not None
            yield from _packed(resampler.resample(frame))
        if resampler is not None:
            yield from _packed(resampler.resample(None))

    def info(self) -> AudioInfo:
        """Of what was read; raises where that is nothing."""
        if not self.channels:
            if self.broken_packets or self.broke_off:
                raise _unreadable(self.path, "里面没有一帧能解码")
            raise CallError(f"录音 {self.path.name} 里没有声音数据（0 秒）", slug="audio-empty")
        duration_ms = round(1000 * self.seconds)
        return AudioInfo(duration_ms, self.rate, self.channels, self.codec, self._notes(duration_ms))

    def _notes(self, duration_ms: int) -> tuple[str, ...]:
        notes = []
        short_by = (self.claimed_ms or 0) - duration_ms
        exact = self.codec == "flac" or self.codec.startswith("pcm_")
        margin_ms = _EXACT_MARGIN_MS if exact else max(_CLAIM_MARGIN_MS, duration_ms // 20)
        if self.broke_off or self._misses_bytes() or short_by > margin_ms:
            notes.append(f"录音不完整：文件在 {duration_ms / 1000:.1f} 秒处中断，或者中间有缺失；只处理了读得出的部分")
        if self.broken_packets:
            notes.append(f"录音有 {self.broken_packets} 处数据损坏，已跳过")
        return tuple(notes)

    def _misses_bytes(self) -> bool:
        """FFmpeg believes a wav's size on disk and not its header, so a copy that broke off looks whole to it."""
        if self.claimed_bytes is None or not self.rate:
            return False
        missing = self.claimed_bytes - self.path.stat().st_size
        bytes_per_ms = self.path.stat().st_size / max(1.0, 1000 * self.seconds)
        return missing > _EXACT_MARGIN_MS * bytes_per_ms

    def _open(self) -> Any:
        import av

        if not self.path.is_file():
            raise CallError(f"录音文件 {self.path} 不存在", slug="audio-missing")
        if self.path.stat().st_size == 0:
            raise CallError(f"录音 {self.path.name} 是空文件（0 字节）", slug="audio-empty")
        try:
            container = av.open(str(self.path), metadata_errors="ignore")
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise _unreadable(self.path, "不是能识别的音频文件，或者文件头已损坏") from error
        self.claimed_bytes = _wav_claim(self.path)
        if not container.streams.audio:
            container.close()
            raise _unreadable(self.path, "里面没有音频")
        return container


def _wav_claim(path: Path) -> int | None:
    """Where a wav's samples end according to its header; None for other files and for headers left open (0, 2³²-1)."""
    with path.open("rb") as file:
        head = file.read(4096)
    at = head.find(b"data", 12)
    if not (head.startswith(b"RIFF") and head[8:12] == b"WAVE") or at < 0 or len(head) < at + 8:
        return None
    size = int.from_bytes(head[at + 4 : at + 8], "little")
    return at + 8 + size if 0 < size < 0x7FFF_FFFF else None


def _packed(frames: list[Any]) -> Iterator[bytes]:
    for frame in frames:
        # The plane may be padded beyond the samples for alignment.
        yield bytes(frame.planes[0])[: frame.samples * len(frame.layout.channels) * 2]


def _unreadable(path: Path, why: str) -> CallError:
    return CallError(f"录音 {path.name} 打不开：{why}", slug="audio-unreadable")

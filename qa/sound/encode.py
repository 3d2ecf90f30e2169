"""Makes small copies of recordings: of those that no browser plays, of a stretch, with stretches silenced."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from qa.errors import CallError
from qa.span import Span

MP3_SAMPLE_RATE_HZ = 16_000
MP3_BIT_RATE_PER_CHANNEL = 16_000
"""Speech stays clear at this rate: 2 KB a second mono, 4 KB stereo."""

# MP3 is the one codec that Chromium, Firefox and Safari of any age all play from disk and seek exactly in.
_PLAYED: dict[str, frozenset[str]] = {
    ".wav": frozenset({"pcm_s16le", "pcm_u8", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_alaw", "pcm_mulaw"}),
    ".mp3": frozenset({"mp3", "mp3float"}),
    ".m4a": frozenset({"aac"}),
    ".mp4": frozenset({"aac"}),
    ".aac": frozenset({"aac"}),
    ".ogg": frozenset({"opus", "libopus", "vorbis", "libvorbis", "flac"}),
    ".oga": frozenset({"opus", "libopus", "vorbis", "libvorbis", "flac"}),
    ".opus": frozenset({"opus", "libopus"}),
    ".webm": frozenset({"opus", "libopus", "vorbis", "libvorbis"}),
    ".flac": frozenset({"flac"}),
}


def is_played_by_browsers(path: Path, codec: str) -> bool:
    """Whether every browser plays this container with this codec (FFmpeg's names)."""
    return codec.lower() in _PLAYED.get(path.suffix.lower(), frozenset())


def codec_of(path: Path) -> str:
    """FFmpeg's name of the first audio stream's codec; raises `CallError` (audio-unreadable)."""
    import av

    try:
        with av.open(str(path)) as container:
            return str(container.streams.audio[0].codec_context.name)
    except (av.FFmpegError, OSError, IndexError, ValueError) as error:
        raise CallError(f"读不出录音 {path.name}：{error}", slug="audio-unreadable") from error


def is_fresh(copy: Path, original: Path) -> bool:
    """Whether the copy is there and not older than what it was made from."""
    try:
        return copy.stat().st_size > 0 and copy.stat().st_mtime >= original.stat().st_mtime
    except OSError:
        return False


def to_mp3(original: Path, copy: Path, *, part: Span | None = None, silenced: Sequence[Span] = ()) -> None:
    """Writes a small MP3 with the original's channels (two at most), whole or not at all.

    `part`: only that stretch. `silenced`: stretches (of the original's time) in which no channel is heard.
    Raises `CallError` (audio-unreadable) where the original cannot be decoded. A damaged end is left out.
    """
    import av

    copy.parent.mkdir(parents=True, exist_ok=True)
    unfinished = copy.with_name(f".{copy.name}.{os.getpid()}.{threading.get_ident()}.unfinished")
    try:
        _transcode(original, unfinished, part, silenced)
        unfinished.replace(copy)
    except (av.FFmpegError, OSError, IndexError, ValueError) as error:
        raise CallError(f"录音 {original.name} 转成网页能放的格式时出错：{error}", slug="audio-unreadable") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _transcode(original: Path, target: Path, part: Span | None, silenced: Sequence[Span]) -> None:
    import av

    with av.open(str(original)) as source, av.open(str(target), "w", format="mp3") as sink:
        heard = source.streams.audio[0]
        channel_count = min(2, heard.codec_context.channels)
        stream = sink.add_stream("libmp3lame", rate=MP3_SAMPLE_RATE_HZ)
        stream.layout = "stereo" if channel_count == 2 else "mono"
        stream.bit_rate = MP3_BIT_RATE_PER_CHANNEL * channel_count
        wanted = _Wanted(part, silenced)
        for ready in _resampled(
            source, av.AudioResampler(format="s16p", layout=stream.layout, rate=MP3_SAMPLE_RATE_HZ)
        ):
            if wanted.is_past:
                break
            for frame in wanted.of(ready):
                sink.mux(stream.encode(frame))
        sink.mux(stream.encode(None))


def _resampled(source: Any, resampler: Any) -> Iterator[Any]:
    import av

    decoded = 0
    try:
        for frame in source.decode(source.streams.audio[0]):
            frame.pts = None
            decoded += frame.samples
            yield from resampler.resample(frame)
    except av.InvalidDataError:
        # Recordings cut off by a crash of the phone system still hold most of the call.
        if not decoded:
            raise
    yield from resampler.resample(None)


class _Wanted:
    """Cuts and silences frames as they go by."""

    def __init__(self, part: Span | None, silenced: Sequence[Span]) -> None:
        self._part = range(_samples(part.start_ms), _samples(part.end_ms)) if part else None
        self._silenced = [(_samples(span.start_ms), _samples(span.end_ms)) for span in silenced]
        self._at = 0

    @property
    def is_past(self) -> bool:
        return self._part is not None and self._at >= self._part.stop

    def of(self, frame: Any) -> Iterator[Any]:
        import av

        first, last = self._at, self._at + frame.samples
        self._at = last
        quiet = [(start, end) for start, end in self._silenced if start < last and first < end]
        if self._part is None and not quiet:
            yield frame
            return
        sound = frame.to_ndarray()
        for start, end in quiet:
            sound[:, max(0, start - first) : end - first] = 0
        if self._part is not None:
            sound = sound[:, max(0, self._part.start - first) : max(0, self._part.stop - first)]
        if sound.shape[1]:
            made = av.AudioFrame.from_ndarray(sound.copy(), format="s16p", layout=frame.layout.name)
            made.sample_rate = MP3_SAMPLE_RATE_HZ
            yield made


def _samples(ms: int) -> int:
    return ms * MP3_SAMPLE_RATE_HZ // 1000

"""Sounds made for tests: tones, noise bursts that stand in for voices, and files in every codec that can be written."""

from __future__ import annotations

from pathlib import Path

import numpy as np

RATE = 16000


def noise(seconds: float, level_db: float = -20.0, *, seed: int = 1) -> np.ndarray:
    """int16 white noise at `level_db` below full scale."""
    rng = np.random.default_rng(seed)
    scaled = rng.standard_normal(int(seconds * RATE)) * 10 ** (level_db / 20) * 32768
    return np.clip(scaled, -32768, 32767).astype(np.int16)


def tone(seconds: float, hertz: float = 440.0, level_db: float = -12.0) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    return (np.sin(2 * np.pi * hertz * t) * 10 ** (level_db / 20) * 32768).astype(np.int16)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE), np.int16)


def quieter(samples: np.ndarray, by_db: float) -> np.ndarray:
    return (samples.astype(np.float64) * 10 ** (-by_db / 20)).astype(np.int16)


def write(
    path: Path, channels: np.ndarray, *, codec: str = "pcm_s16le", rate: int = 8000, container: str | None = None
) -> Path:
    """Writes int16 (channels, samples at 16 kHz) with PyAV."""
    import av

    layout = "mono" if channels.shape[0] == 1 else "stereo"
    with av.open(str(path), "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate)
        stream.layout = layout
        if codec.startswith("wma"):
            stream.bit_rate = 64000  # at the default rate this encoder does not open
        packed = np.ascontiguousarray(channels.T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
        frame.sample_rate = RATE
        context = stream.codec_context
        resampler = av.AudioResampler(
            format=context.format or context.codec.audio_formats[0],
            layout=layout,
            rate=rate,
            frame_size=context.frame_size or 0,
        )
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return path

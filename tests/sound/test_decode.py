"""Whatever a telephone system leaves behind is decoded channel by channel, or refused with a reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qa.errors import CallError
from qa.sound.decode import SAMPLE_RATE_HZ, decode, load, probe
from tests.sound.synthetic import noise, silence, tone, write

CODECS = [
    ("pcm_s16le", "wav", 8000),
    ("pcm_alaw", "wav", 8000),
    ("pcm_mulaw", "wav", 8000),
    ("adpcm_ima_wav", "wav", 8000),
    ("adpcm_ms", "wav", 8000),
    ("pcm_s16le", "wav", 48000),
    ("libmp3lame", "mp3", 8000),
    ("aac", "m4a", 16000),
    ("libopus", "ogg", 48000),
    ("flac", "flac", 8000),
    ("wmav2", "wma", 16000),
]


def two_parties(seconds: float = 2.0) -> np.ndarray:
    """A low tone in the first half of channel 0, a high one in the second half of channel 1."""
    half = seconds / 2
    return np.stack(
        [
            np.concatenate([tone(half, 400), silence(half)]),
            np.concatenate([silence(half), tone(half, 900)]),
        ]
    )


@pytest.mark.parametrize(("codec", "suffix", "rate"), CODECS, ids=str)
def test_each_codec_keeps_its_channels_apart(tmp_path: Path, codec: str, suffix: str, rate: int) -> None:
    import av

    if codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg cannot write {codec}")
    path = write(tmp_path / f"call.{suffix}", two_parties(), codec=codec, rate=rate, container=_container(suffix))
    samples = decode(path)
    assert samples.dtype == np.int16
    assert samples.shape[0] == 2
    assert abs(samples.shape[1] - 2 * SAMPLE_RATE_HZ) < 0.15 * SAMPLE_RATE_HZ
    first, second = _energies(samples)
    assert first[0] > 50 * first[1], "channel 0 speaks in the first half only"
    assert second[1] > 50 * second[0], "channel 1 speaks in the second half only"


def _container(suffix: str) -> str | None:
    return {"wma": "asf", "m4a": "ipod"}.get(suffix)


def _energies(samples: np.ndarray) -> list[tuple[float, float]]:
    middle, edge = samples.shape[1] // 2, SAMPLE_RATE_HZ // 10
    halves = samples[:, edge : middle - edge], samples[:, middle + edge : -edge]
    return [tuple(float(np.mean(half[c].astype(float) ** 2)) + 1 for half in halves) for c in (0, 1)]


def test_gsm_in_wav_is_decoded(tmp_path: Path) -> None:
    """FFmpeg reads Microsoft's GSM and cannot write it: 65-byte blocks of 320 samples, here 50 of silence."""
    block = b"\xd2\x01\x00\x00" + b"\x00" * 61
    data = block * 50
    header = (
        b"RIFF" + (60 + len(data) - 8).to_bytes(4, "little") + b"WAVEfmt " + (20).to_bytes(4, "little")
        + (0x31).to_bytes(2, "little") + (1).to_bytes(2, "little") + (8000).to_bytes(4, "little")
        + (1625).to_bytes(4, "little") + (65).to_bytes(2, "little") + (0).to_bytes(2, "little")
        + (2).to_bytes(2, "little") + (320).to_bytes(2, "little")
        + b"fact" + (4).to_bytes(4, "little") + (50 * 320).to_bytes(4, "little")
        + b"data" + len(data).to_bytes(4, "little")
    )  # fmt: skip
    path = tmp_path / "gsm.wav"
    path.write_bytes(header + data)
    found = probe(path)
    assert found.codec == "gsm_ms"
    assert found.duration_ms == 2000


def test_a_narrow_band_amr_file_is_decoded(tmp_path: Path) -> None:
    """FFmpeg here reads AMR and cannot write it: 12.2 kbit/s frames of 20 ms, marked as good, all zero bits."""
    path = tmp_path / "call.amr"
    path.write_bytes(b"#!AMR\n" + (b"\x3c" + b"\x00" * 31) * 100)
    found = probe(path)
    assert found.channel_count == 1
    assert found.sample_rate_hz == 8000
    assert found.duration_ms == 2000


def test_probe_and_load_agree(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", two_parties(3.0))
    sound = load(path)
    assert sound.info == probe(path)
    assert sound.info.duration_ms == 3000
    assert (sound.info.channel_count, sound.info.sample_rate_hz, sound.info.codec) == (2, 8000, "pcm_s16le")
    assert sound.info.notes == ()


def test_a_file_that_breaks_off_gives_what_was_there_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", two_parties(10.0))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    sound = load(path)
    assert 4800 <= sound.info.duration_ms <= 5200
    assert sound.samples.shape[1] == pytest.approx(sound.info.duration_ms * 16, rel=0.01)
    assert "不完整" in sound.info.notes[0]


def test_damage_in_the_middle_is_skipped_and_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", noise(6.0)[None, :], codec="flac")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    path.write_bytes(data)
    found = probe(path)
    assert found.duration_ms > 3000
    assert any("损坏" in note or "不完整" in note for note in found.notes)


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        (b"", "audio-empty"),
        ("这不是录音,是一段文字。\n".encode() * 50, "audio-unreadable"),
        (bytes(range(256)) * 40, "audio-unreadable"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio-unreadable"),
    ],
    ids=["zero bytes", "text named wav", "random bytes", "half a header"],
)
def test_what_is_no_recording_is_refused_with_its_name(tmp_path: Path, content: bytes, slug: str) -> None:
    path = tmp_path / "坏录音.wav"
    path.write_bytes(content)
    with pytest.raises(CallError) as caught:
        decode(path)
    assert caught.value.slug == slug
    assert "坏录音.wav" in caught.value.message


def test_a_header_without_samples_is_an_empty_recording(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", two_parties(1.0))
    data = path.read_bytes()
    at = data.index(b"data")
    path.write_bytes(data[: at + 4] + b"\x00\x00\x00\x00")
    with pytest.raises(CallError) as caught:
        probe(path)
    assert caught.value.slug == "audio-empty"


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(CallError) as caught:
        probe(tmp_path / "nirgends.wav")
    assert caught.value.slug == "audio-missing"


def test_a_video_without_sound_has_no_sound(tmp_path: Path) -> None:
    import av

    path = tmp_path / "screen.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with pytest.raises(CallError) as caught:
        decode(path)
    assert "没有音频" in caught.value.message

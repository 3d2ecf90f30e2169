"""What is drawn and heard of a recording: its waveform, a copy without numbers, a file for each finding."""

from __future__ import annotations

import re
import wave
from pathlib import Path

import av
import numpy as np
import pytest
from conftest import built, write_tone
from records import BAD, GOOD, A, C, finding, night_of, record, recording, score, talk

from qa.masking import mask_turns
from qa.model import CallRecord
from qa.report.muting import masked_spans
from qa.report.view import call_view
from qa.report.waveform import known_peaks
from qa.sound.decode import decode
from qa.sound.peaks import LEVELS, POINTS, peaks_of

NUMBER = ((A, "您好，请说您的电话。"), (C, "幺三八零零幺三八零零零。"), (A, "不归我管。"))


def numbered(path: Path, call_id: str = "n1") -> CallRecord:
    turns = talk(NUMBER)
    rec = recording(call_id, path=str(path), codec="pcm_s16le", sha256="a" * 64)
    return record(rec, turns, score(call_id, [finding("shirking_phrase", turns, "不归我管")]))


def loudness(path: Path, start_ms: int, end_ms: int) -> float:
    sound = decode(path)[:, 16 * start_ms : 16 * end_ms].astype(float)
    return float(np.sqrt((sound**2).mean()))


def test_each_channel_has_its_own_waveform(tmp_path: Path) -> None:
    path = tmp_path / "half.wav"
    sound = np.zeros((8000 * 10, 2), "<i2")
    sound[: 8000 * 5, 0] = 8000
    sound[8000 * 5 :, 1] = 4000
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(sound.tobytes())
    first, second = (list(heights) for heights in peaks_of(path, 10_000))
    half = POINTS // 2
    assert len(first) == len(second) == POINTS
    assert (set(first[:half]), set(first[half:])) == ({LEVELS}, {0})
    assert set(second[:half]) == {0}
    assert 0 < second[-1] < LEVELS


@pytest.mark.parametrize("claimed_ms", [5_000, 60_000])
def test_a_recording_of_another_length_than_claimed_is_drawn(claimed_ms: int, tmp_path: Path) -> None:
    (heights,) = peaks_of(write_tone(tmp_path / "a.wav", 20, channels=1), claimed_ms)
    assert len(heights) == POINTS
    assert heights[0] > 0


def test_silence_has_no_waveform(tmp_path: Path) -> None:
    path = tmp_path / "quiet.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16_000))
    assert peaks_of(path, 1000) == ()


def test_a_call_with_findings_shows_its_waveform_and_is_decoded_once(tone: Path, tmp_path: Path) -> None:
    one = numbered(tone)
    assert known_peaks(one.recording, tmp_path) is None
    page = (built(night_of([one]), tmp_path) / "calls/n1.html").read_text(encoding="utf-8")
    assert len(re.findall(r'class="wave (agent|customer)"', page)) == 2
    assert page.count('class="found"') == 1
    (kept,) = (tmp_path / "waveforms").rglob("*.bin")
    made = kept.stat().st_mtime_ns
    built(night_of([one]), tmp_path)
    assert kept.stat().st_mtime_ns == made


def test_a_call_without_findings_is_not_decoded(tone: Path, tmp_path: Path) -> None:
    fine = record(recording("g", path=str(tone), sha256="b" * 64), talk(GOOD), score("g"))
    page = (built(night_of([fine]), tmp_path) / "calls/g.html").read_text(encoding="utf-8")
    assert 'class="wave' not in page
    assert not (tmp_path / "waveforms").exists()


def test_a_broken_recording_has_lanes_and_no_waveform(tmp_path: Path) -> None:
    broken = tmp_path / "x.wav"
    broken.write_bytes(b"not audio")
    page = (built(night_of([numbered(broken)]), tmp_path / "out") / "calls/n1.html").read_text(encoding="utf-8")
    assert 'class="lane agent"' in page
    assert 'class="wave' not in page


def test_numbers_are_silent_in_the_copy_that_is_linked(tone: Path, tmp_path: Path) -> None:
    one = numbered(tone)
    assert one.call is not None
    (span,) = masked_spans(one.call, mask_turns([turn.text for turn in one.call.turns]))
    said = one.call.turns[1].span
    assert span.start_ms <= said.start_ms
    assert span.end_ms >= said.end_ms
    page = (built(night_of([one]), tmp_path, muted=True) / "calls/n1.html").read_text(encoding="utf-8")
    (address,) = re.findall(r'<audio [^>]*src="../([^"]+)"', page)
    assert re.fullmatch(r"audio/n1\.muted-[0-9a-f]{8}\.mp3", address)
    assert tone.stem not in re.sub(r'<dd class="path">.*?</dd>', "", page)
    copy = tmp_path / address
    assert loudness(copy, span.start_ms + 50, span.end_ms - 50) < 10
    assert loudness(copy, 0, span.start_ms - 100) > 500
    assert loudness(copy, span.end_ms + 100, 60_000) > 500
    with av.open(str(copy)) as heard:
        assert heard.duration is not None
        assert heard.duration / av.time_base == pytest.approx(60, abs=0.2)


def test_a_call_without_numbers_plays_its_original_and_one_without_words_nothing(tone: Path, tmp_path: Path) -> None:
    fine = record(recording("g", path=str(tone), codec="pcm_s16le"), talk(BAD), score("g"))
    unheard = CallRecord(recording=recording("u", path=str(tone), codec="pcm_s16le"))
    out = built(night_of([fine, unheard]), tmp_path, muted=True)
    assert "tone" in re.findall(r'<audio [^>]*src="([^"]+)"', (out / "calls/g.html").read_text(encoding="utf-8"))[0]
    page = (out / "calls/u.html").read_text(encoding="utf-8")
    assert "<audio" not in page
    assert "不知道号码在哪里" in page


@pytest.mark.parametrize("muted", [False, True])
def test_each_finding_has_a_clip_with_a_second_around_it(muted: bool, tone: Path, tmp_path: Path) -> None:
    one = numbered(tone)
    out = built(night_of([one]), tmp_path, clips=True, muted=muted)
    page = (out / "calls/n1.html").read_text(encoding="utf-8")
    (address,) = re.findall(r'class="clipfile" href="../([^"]+)"', page)
    assert one.score is not None
    (found,) = [f for v in one.score.verdicts for f in v.findings]
    with av.open(str(out / address)) as heard:
        assert heard.duration is not None
        assert 1000 * heard.duration / av.time_base == pytest.approx(found.span.duration_ms + 2000, abs=200)
    # The second before the finding still holds the end of the number.
    quiet = loudness(out / address, 0, 100)
    assert (quiet < 50) is muted


def test_clips_of_an_earlier_report_go(tone: Path, tmp_path: Path) -> None:
    built(night_of([numbered(tone), numbered(tone, "n2")]), tmp_path, clips=True)
    mine = tmp_path / "clips/我的.mp3"
    mine.write_bytes(b"x")
    assert len(list((tmp_path / "clips").glob("*.clip.mp3"))) == 2
    built(night_of([numbered(tone)]), tmp_path, clips=True)
    assert [path.name[:2] for path in (tmp_path / "clips").glob("*.clip.mp3")] == ["n1"]
    assert mine.exists()


def test_a_customers_name_is_silent_where_the_rubric_says_so(tone: Path) -> None:
    turns = talk([(A, "请问贵姓"), (C, "我姓骆")])
    view = call_view(record(recording("m", path=str(tone)), turns, score("m")), mask_names=True)
    assert view.record.call is not None
    (span,) = masked_spans(view.record.call, view.veil.turns)
    assert span.overlaps(turns[1].words[-1].span)
    assert not span.overlaps(turns[0].span)

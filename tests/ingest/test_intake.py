"""A night's intake: files, rows, what does not fit, and what must never stop it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from ingest_wavs import tone

from qa.errors import UsageError
from qa.ingest import AudioFacts, intake
from qa.ingest.pattern import compile_pattern
from qa.ingest.recordings import Found
from qa.model import Role


def calls(folder: Path, *rows: str, header: str = "call_id,file,agent_id,channels") -> Path:
    path = folder / "calls.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_rows_and_files_find_each_other(tmp_path: Path) -> None:
    night = tmp_path / "night"
    tone(night / "a.wav", pitch=1)
    tone(night / "team1" / "B.WAV", pitch=2)
    tone(night / "team1" / "same.wav", pitch=3)
    tone(night / "team2" / "same.wav", pitch=4)
    tone(night / "c17.wav", pitch=5)
    rows = [
        "1,a.wav,01,",
        r"2,D:\rec\team1\b.wav,02,",
        "3,team2/same.wav,03,",
        "4,/mnt/x/team1/same.mp3,04,",
        "c17,,05,",
    ]
    taken = intake([night], calls(tmp_path, *rows))
    by_id = {
        recording.call_id: (recording.agent_id, Path(recording.path).relative_to(night).as_posix())
        for recording in taken.recordings
    }
    assert by_id == {
        "1": ("01", "a.wav"),
        "2": ("02", "team1/B.WAV"),
        "3": ("03", "team2/same.wav"),
        "4": ("04", "team1/same.wav"),
        "c17": ("05", "c17.wav"),
    }
    assert taken.problems == ()


def test_what_does_not_fit_is_told_from_both_sides(tmp_path: Path) -> None:
    tone(tmp_path / "a.wav", pitch=1)
    tone(tmp_path / "x" / "s.wav", pitch=2)
    tone(tmp_path / "y" / "s.wav", pitch=3)
    taken = intake([tmp_path], calls(tmp_path, "1,a.wav,7,", "2,gone.wav,7,", "3,s.wav,7,"))
    assert [str(problem) for problem in taken.problems] == [
        "calls.csv:3: 没有找到录音“gone.wav”，这一行没有用上",
        "calls.csv:4: “s.wav”对得上 2 个文件（x/s.wav、y/s.wav…），请写出文件夹；这一行没有用上",
        "x/s.wav: calls.csv 里没有这个录音，归入未知坐席",
        "y/s.wav: calls.csv 里没有这个录音，归入未知坐席",
    ]
    assert [(r.call_id, r.agent_id) for r in taken.recordings] == [("1", "7"), ("x/s.wav", None), ("y/s.wav", None)]


def test_a_second_row_for_a_file_is_told(tmp_path: Path) -> None:
    tone(tmp_path / "a.wav")
    taken = intake([tmp_path], calls(tmp_path, "1,a.wav,7,", "9,a.wav,7,"))
    assert [(r.call_id, r.agent_id) for r in taken.recordings] == [("1", "7")]
    assert [str(p) for p in taken.problems] == ["calls.csv:3: 这个录音在第 2 行已经写过，用了那一行"]


def test_two_agents_for_one_file_are_nobody(tmp_path: Path) -> None:
    tone(tmp_path / "a.wav")
    taken = intake([tmp_path], calls(tmp_path, "1,a.wav,7,", "1,a.wav,8,"))
    assert taken.recordings[0].agent_id is None
    assert "工号 7，这里是 8" in str(taken.problems[0])


def test_the_same_audio_is_scored_once_and_said(tmp_path: Path) -> None:
    first = tone(tmp_path / "a.wav")
    shutil.copy(first, tmp_path / "b.wav")
    taken = intake([tmp_path], calls(tmp_path, "1,b.wav,7,"))
    assert [(r.call_id, r.agent_id) for r in taken.recordings] == [("1", "7")]
    assert [(Path(d.path).name, d.call_id) for d in taken.duplicates] == [("a.wav", "1")]
    assert any(str(p).startswith("a.wav: 与 b.wav 是同一段录音") for p in taken.problems)


def test_the_same_audio_under_two_agents_is_nobodys(tmp_path: Path) -> None:
    shutil.copy(tone(tmp_path / "a.wav"), tmp_path / "b.wav")
    taken = intake([tmp_path], calls(tmp_path, "1,a.wav,7,", "2,b.wav,8,"))
    assert [(r.call_id, r.agent_id) for r in taken.recordings] == [("1", None)]
    assert any("7、8" in str(p) for p in taken.problems)


def test_one_id_for_two_calls_is_told_and_stays_with_the_first(tmp_path: Path) -> None:
    tone(tmp_path / "a.wav", pitch=1)
    tone(tmp_path / "b.wav", pitch=2)
    taken = intake([tmp_path], calls(tmp_path, "1,a.wav,7,", "1,b.wav,8,"))
    assert [(r.call_id, r.agent_id) for r in taken.recordings] == [("1", "7"), ("b", "8")]
    assert "通话ID“1”已经是 a.wav 的" in str(taken.problems[0])


def test_a_file_name_does_not_take_an_id_from_the_call_list(tmp_path: Path) -> None:
    tone(tmp_path / "a.wav", pitch=1)
    tone(tmp_path / "b.wav", pitch=2)
    taken = intake([tmp_path], calls(tmp_path, "a,b.wav,7,"))
    assert [(r.call_id, Path(r.path).name) for r in taken.recordings] == [("a.wav", "a.wav"), ("a", "b.wav")]


def test_equal_paths_below_two_folders_stay_apart(tmp_path: Path) -> None:
    tone(tmp_path / "n1" / "a.wav", pitch=1)
    tone(tmp_path / "n2" / "a.wav", pitch=2)
    ids = [r.call_id for r in intake([tmp_path / "n1", tmp_path / "n2"]).recordings]
    assert len(set(ids)) == 2


def test_the_channel_map_must_fit_the_sound(tmp_path: Path) -> None:
    for i, channels in enumerate([2, 1, 2, 1]):
        tone(tmp_path / f"{i}.wav", channels=channels, pitch=i)
    taken = intake(
        [tmp_path],
        calls(tmp_path, '0,0.wav,7,"customer,agent"', '1,1.wav,7,"agent,customer"', "2,2.wav,7,mono", "3,3.wav,7,mono"),
    )
    assert [r.channel_roles for r in taken.recordings] == [(Role.CUSTOMER, Role.AGENT), None, None, None]
    assert [str(p).split(":")[0] for p in taken.problems] == ["1.wav", "2.wav"]


def test_files_that_cannot_be_opened_fail_alone(tmp_path: Path) -> None:
    good = tone(tmp_path / "good.wav", ms=500)
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("这不是录音", encoding="utf-8")
    (tmp_path / "noise.mp3").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "header.wav").write_bytes(good.read_bytes()[:44])
    taken = intake([tmp_path], calls(tmp_path, "1,good.wav,7,", "2,text.wav,8,"))
    assert [r.call_id for r in taken.recordings] == ["1"]
    assert {
        recording.call_id: (recording.agent_id, failure.stage, failure.slug) for recording, failure in taken.failures
    } == {
        "empty": (None, "ingest", "audio-empty"),
        "2": ("8", "ingest", "audio-unreadable"),
        "noise": (None, "ingest", "audio-unreadable"),
        "header": (None, "ingest", "audio-empty"),
    }
    assert all(failure.message for _, failure in taken.failures)


def test_facts_of_a_recording(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.wav", channels=1, ms=400)
    (recording,) = intake([path]).recordings
    assert (recording.duration_ms, recording.sample_rate_hz, recording.channel_count, recording.codec) == (
        400,
        8000,
        1,
        "pcm_s16le",
    )
    assert len(recording.sha256) == 64
    assert Path(recording.path).is_absolute()


def test_an_unchanged_file_is_not_opened_again(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.wav")
    first = intake([tmp_path])
    remembered = first.facts[str(path)]
    asked: list[tuple[Path, int, int]] = []

    def known(file: Path, size: int, mtime_ns: int) -> AudioFacts | None:
        asked.append((file, size, mtime_ns))
        return remembered if (size, mtime_ns) == (remembered.size, remembered.mtime_ns) else None

    # Same size and time, other content: only a file that is not opened keeps its old hash.
    stat = path.stat()
    path.write_bytes(bytes(len(path.read_bytes())))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert intake([tmp_path], known=known).recordings == first.recordings
    assert asked == [(path, remembered.size, remembered.mtime_ns)]
    os.utime(path, ns=(1, 1))
    assert intake([tmp_path], known=known).failures[0][1].slug == "audio-unreadable"


def test_only_audio_is_taken_and_loops_end(tmp_path: Path) -> None:
    night = tmp_path / "night"
    path = tone(night / "deep" / "a.wav")
    shutil.copy(path, night / ".hidden.wav")
    (night / ".cache").mkdir()
    shutil.copy(path, night / ".cache" / "b.wav")
    (night / "deep" / "a.transcript.json").write_text("{}", encoding="utf-8")
    (night / "readme.txt").write_text("x", encoding="utf-8")
    (night / "deep" / "up").symlink_to(night)
    tone(night / "reports" / "clip.wav", pitch=9)
    taken = intake([night, path], exclude=[night / "reports"])
    assert [r.path for r in taken.recordings] == [str(path)]
    assert taken.duplicates == ()


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    for i in range(5):
        tone(tmp_path / f"{i}.wav", pitch=i)
    steps: list[tuple[int, int]] = []
    intake([tmp_path], progress=lambda done, total: steps.append((done, total)))
    assert steps == [(i, 5) for i in range(1, 6)]


@pytest.mark.parametrize(
    ("arguments", "slug"),
    [
        ({"paths": ["nowhere"]}, "recordings-missing"),
        ({"paths": ["void"]}, "recordings-none"),
        ({"paths": ["full"], "call_list": "other.csv"}, "call-list-none-match"),
        ({"paths": ["full"], "pattern": "{agent}_{call_id}"}, "pattern-invalid"),
        ({"paths": ["full"], "pattern": "{agent_id}_{date}"}, "pattern-none-match"),
    ],
)
def test_what_is_wrong_beforehand_stops_everything(tmp_path: Path, arguments: dict[str, object], slug: str) -> None:
    (tmp_path / "void").mkdir()
    tone(tmp_path / "full" / "a.wav")
    (tmp_path / "other.csv").write_text("file,agent_id\nz.wav,1\n", encoding="utf-8")
    paths = [tmp_path / str(name) for name in arguments["paths"]]  # type: ignore[attr-defined]
    call_list = tmp_path / str(arguments["call_list"]) if "call_list" in arguments else None
    with pytest.raises(UsageError) as caught:
        intake(paths, call_list, pattern=arguments.get("pattern"))  # type: ignore[arg-type]
    assert caught.value.slug == slug


def test_names_speak_where_there_is_no_list(tmp_path: Path) -> None:
    tone(tmp_path / "0086_20261102_A17.wav", pitch=1)
    tone(tmp_path / "0087_20261302_A18.wav", pitch=2)
    tone(tmp_path / "odd.wav", pitch=3)
    taken = intake([tmp_path], pattern="{agent_id}_{date}_{call_id}")
    assert [(r.call_id, r.agent_id, str(r.started_at)[:10]) for r in taken.recordings] == [
        ("A17", "0086", "2026-11-02"),
        ("0087_20261302_A18", None, "None"),
        ("odd", None, "None"),
    ]
    assert not taken.recordings[0].clock_known
    assert [str(p) for p in taken.problems] == [
        "0087_20261302_A18.wav: 文件名里的内容没有用上：没有“20261302”这个时间",
        "odd.wav: 文件名不合格式“{agent_id}_{date}_{call_id}”，归入未知坐席",
    ]


def test_the_list_goes_before_the_name(tmp_path: Path) -> None:
    tone(tmp_path / "1_a.wav", pitch=1)
    tone(tmp_path / "2_b.wav", pitch=2)
    taken = intake([tmp_path], calls(tmp_path, "x,1_a.wav,9,"), pattern="{agent_id}_{call_id}")
    assert [(r.call_id, r.agent_id) for r in taken.recordings] == [("x", "9"), ("b", "2")]


@pytest.mark.parametrize(
    ("pattern", "path", "read"),
    [
        ("{agent_id}-{time}-{_}", "/n/7-093005-xyz.wav", ("7", "", None)),
        ("{date}{time}_{agent_id}", "/n/20261102093005_0086.wav", ("0086", "", "2026-11-02T09:30:05+08:00")),
        ("{agent_id}/{date}_{call_id}", "/n/0086/2026-11-02_c.1.wav", ("0086", "c.1", "2026-11-02T00:00:00+08:00")),
        (r"(?P<agent_id>\d{4}).*", "/n/0086-whatever.wav", ("0086", "", None)),
        ("[{agent_id}]({call_id})", "/n/[7](8).wav", ("7", "8", None)),
    ],
)
def test_a_pattern_reads_names(pattern: str, path: str, read: tuple[str, str, str | None]) -> None:
    row = compile_pattern(pattern)(Found(Path(path), Path(path).name))
    assert row is not None
    assert (row.agent_id, row.call_id, row.started_at.isoformat() if row.started_at else None) == read


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("{agent}_{call_id}", "是不是想写 agent_id"),
        ("{colour}", "可用：agent_id"),
        ("no fields", "没有 {agent_id} 这样的字段"),
        ("{date}_{date}", "{date} 写了两次"),
        (r"(?P<agent_id>\d{4", "正则表达式不对"),
        (r"(?P<agent>\d+)", "agent_id"),
    ],
)
def test_a_wrong_pattern_is_told_with_what_would_be_right(pattern: str, says: str) -> None:
    with pytest.raises(UsageError, match="文件名格式") as caught:
        compile_pattern(pattern)
    assert says in caught.value.message
    assert caught.value.slug == "pattern-invalid"

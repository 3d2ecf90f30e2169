"""One test per command and per exit code: the real program in a real process."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.night import make_night

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[1]
RUBRIC = str(ROOT / "rubrics" / "telecom-affinity.yaml")


def qa(*arguments: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "qa.cli", *map(str, arguments)],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, **(env or {})},
    )


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A scored night: (recordings, report folder)."""
    folder = tmp_path_factory.mktemp("night")
    listed = make_night(folder / "in", 6)
    done = qa(
        "run", folder / "in", "--calls", listed, "--out", folder / "out", "--engine", "sidecar", "--rubric", RUBRIC
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return folder / "in", folder / "out"


def test_run_leaves_pages_tables_and_one_line_per_call(night: tuple[Path, Path]) -> None:
    _, out = night
    for name in ("index.html", "agents.csv", "calls.csv", "scorecards.xlsx", "results.jsonl"):
        assert (out / name).stat().st_size > 0
    lines = [json.loads(line) for line in (out / "results.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["call_id"] for line in lines] == [f"c{n:03d}" for n in range(6)]
    assert len(list((out / "calls").glob("*.html"))) == 6
    assert len(list((out / "agents").glob("*.html"))) == 2


def test_every_point_lost_has_words_role_and_time_inside_the_call(night: tuple[Path, Path]) -> None:
    _, out = night
    lost = 0
    for line in (out / "results.jsonl").read_text(encoding="utf-8").splitlines():
        call = json.loads(line)
        for rule in call["rules"]:
            assert rule["points"] == sum(finding["points"] for finding in rule["findings"])
            assert not rule["points"] or rule["outcome"] == "violated"
            for finding in rule["findings"]:
                lost += finding["points"]
                assert finding["role"] in ("agent", "customer")
                assert 0 <= finding["start_ms"] < finding["end_ms"] <= call["duration_ms"]
                assert finding["quote"]
    assert lost > 0


def test_rude_calls_cost_points_and_good_ones_do_not(night: tuple[Path, Path]) -> None:
    _, out = night
    calls = [json.loads(line) for line in (out / "results.jsonl").read_text(encoding="utf-8").splitlines()]
    violated = {
        call["call_id"]: {rule["id"] for rule in call["rules"] if rule["outcome"] == "violated"} for call in calls
    }
    assert {"forbidden_phrase", "shirking_phrase"} <= violated["c002"]
    spoken = {"forbidden_phrase", "shirking_phrase", "negative_phrase", "greeting", "closing", "further_help"}
    assert not violated["c000"] & spoken
    scores = {call["call_id"]: call["total"]["percent"] for call in calls}
    assert scores["c002"] < scores["c000"]


def test_a_changed_channel_map_scores_again_without_transcribing(tmp_path: Path) -> None:
    listed = make_night(tmp_path / "in", 1)
    command = ("run", tmp_path / "in", "--calls", listed, "--out", tmp_path / "out", "--engine", "sidecar")
    assert qa(*command, "--rubric", RUBRIC).returncode == 0
    listed.write_text(listed.read_text(encoding="utf-8-sig").replace("agent,customer", "customer,agent"), "utf-8-sig")
    again = qa(*command, "--rubric", RUBRIC)
    assert "本次完成：转写 0、分声 0、测量 1、评分 1" in again.stdout


def test_a_changed_rubric_only_judges_again_and_why_says_so(night: tuple[Path, Path], tmp_path: Path) -> None:
    recordings, _ = night
    shutil.copytree(ROOT / "rubrics", tmp_path, dirs_exist_ok=True)
    rubric = tmp_path / "telecom-affinity.yaml"
    command = ("run", recordings, "--calls", recordings / "calls.csv", "--out", tmp_path / "out", "--engine", "sidecar")
    assert qa(*command, "--rubric", rubric).returncode == 0
    text = rubric.read_text(encoding="utf-8")
    rubric.write_text("# 只加了一行注释\n" + text, encoding="utf-8")
    assert "评分 0；" in qa(*command, "--rubric", rubric).stdout
    rubric.write_text(text.replace("pass_mark: 80", "pass_mark: 75", 1), encoding="utf-8")
    why = qa("status", "--out", tmp_path / "out", "--why", "c000")
    assert "转写：已完成，不会重做" in why.stdout
    assert "评分：要重做：评分表、词表或档位变了" in why.stdout
    assert "本次完成：转写 0、分声 0、测量 0、评分 6" in qa(*command, "--rubric", rubric).stdout


def test_check_passes_the_shipped_rubric_and_names_the_place_of_a_slip(tmp_path: Path) -> None:
    assert qa("check").returncode == 0
    shutil.copytree(ROOT / "rubrics", tmp_path, dirs_exist_ok=True)
    rubric = tmp_path / "telecom-affinity.yaml"
    rubric.write_text(rubric.read_text(encoding="utf-8").replace("deduct:", "dedcut:", 1), encoding="utf-8")
    bad = qa("check", rubric)
    assert bad.returncode == 2
    assert "dedcut" in bad.stdout
    assert "deduct" in bad.stdout
    line = (
        rubric.read_text(encoding="utf-8")
        .splitlines()
        .index(next(text for text in rubric.read_text(encoding="utf-8").splitlines() if "dedcut" in text))
    )
    assert f":{line + 1}:" in bad.stdout


def test_status_counts_and_json_agree(night: tuple[Path, Path]) -> None:
    _, out = night
    assert "转写 6/6、分声 6/6、测量 6/6、评分 6/6" in qa("status", "--out", out).stdout
    found = json.loads(qa("status", "--out", out, "--json").stdout)
    assert found["done"] == {"transcribe": 6, "diarize": 6, "measure": 6, "judge": 6}
    assert found["exit_code"] == 0


def test_show_prints_findings_and_transcript_and_json_is_the_report_line(night: tuple[Path, Path]) -> None:
    _, out = night
    shown = qa("show", "c002", "--out", out).stdout
    assert "你要投诉就去投诉" in shown
    line = json.loads(qa("show", "c002", "--out", out, "--json").stdout)
    kept = [json.loads(text) for text in (out / "results.jsonl").read_text(encoding="utf-8").splitlines()]
    assert line == next(call for call in kept if call["call_id"] == "c002")


def test_report_is_made_again_without_audio_and_fail_under_gives_4(night: tuple[Path, Path], tmp_path: Path) -> None:
    _, out = night
    copy = tmp_path / "again"
    made = qa("report", "--out", copy, "--store", out / "qa.sqlite")
    assert made.returncode == 0, made.stderr
    assert (copy / "index.html").is_file()
    below = qa("report", "--out", copy, "--store", out / "qa.sqlite", "--fail-under", "99.9")
    assert below.returncode == 4
    assert "低于 99.9" in below.stderr


def test_unmasked_output_is_remembered_with_who_did_it(night: tuple[Path, Path], tmp_path: Path) -> None:
    _, out = night
    store = tmp_path / "qa.sqlite"
    store.write_bytes((out / "qa.sqlite").read_bytes())
    assert qa("report", "--out", tmp_path / "out", "--store", store).returncode == 0
    assert qa("report", "--out", tmp_path / "out", "--store", store, "--unmasked").returncode == 0
    assert qa("show", "c000", "--store", store, "--unmasked").returncode == 0
    with sqlite3.connect(store) as db:
        events = db.execute("SELECT person, what FROM event").fetchall()
    db.close()
    assert [person for person, _ in events] == [getpass.getuser()] * 2
    assert "报告" in events[0][1]
    assert "c000" in events[1][1]


@pytest.mark.parametrize(
    ("arguments", "slug"),
    [
        (["run", "/nowhere-at-all", "--engine", "sidecar"], "recordings-missing"),
        (["run", "samples", "--engine", "telepathy"], "engine-unknown"),
        (["run", "samples", "--model", "no-such-model"], "model-not-found"),
        (["run", "samples", "--engine", "sidecar", "--profile", "strict"], "profile-unknown"),
        (["run", "samples", "--engine", "sidecar", "--calls", "Makefile"], "call-list"),
        (["status", "--out", "/nowhere-at-all"], "store-missing"),
        (["kinds", "magic"], "kind-unknown"),
        (["explain", "nonsense"], "slug-unknown"),
        (["eval", "rubrics"], "labels-missing"),
        (["eval", "samples", "--transcripts", "guess"], "option-invalid"),
    ],
)
def test_what_a_person_got_wrong_gives_2_and_runs_nothing(arguments: list[str], slug: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    extra = ["--out", str(out)] if arguments[0] == "run" else []
    done = qa(*arguments, *extra)
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"qa explain {slug}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (out / "index.html").exists()


def test_an_unknown_option_gives_2() -> None:
    assert qa("run", "samples", "--no-such-option").returncode == 2


def test_a_locked_store_gives_2_and_names_the_process(night: tuple[Path, Path], tmp_path: Path) -> None:
    recordings, _ = night
    code = (
        "import sys; from pathlib import Path; from qa.store import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    store = tmp_path / "out" / "qa.sqlite"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(store)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        holder.stdout.readline()
        done = qa("run", recordings, "--engine", "sidecar", "--out", tmp_path / "out")
        holder.stdin.close()
    assert done.returncode == 2
    assert f"进程号 {holder.pid}" in done.stderr


def test_our_own_bug_gives_3_and_a_log_to_send(night: tuple[Path, Path], tmp_path: Path) -> None:
    _, out = night
    broken = tmp_path / "qa.sqlite"
    broken.write_bytes((out / "qa.sqlite").read_bytes())
    with sqlite3.connect(broken) as db:
        db.execute("UPDATE step SET payload = CAST('{\"call_id\": 7}' AS BLOB) WHERE stage = 'judge'")
    db.close()
    done = qa("report", "--store", broken, "--out", tmp_path / "out")
    assert done.returncode == 3
    log = Path(done.stderr.strip().rsplit("：", 1)[1])
    log = log if log.is_absolute() else ROOT / log
    assert "Traceback" in log.read_text(encoding="utf-8")
    log.unlink()


def test_reference_commands_print_something_for_people() -> None:
    assert "speech_rate_spm" in qa("measures").stdout
    listed = qa("kinds").stdout.split()
    assert "phrase_forbidden" in listed
    assert "kind: phrase_forbidden" in qa("kinds", "phrase_forbidden").stdout
    assert "办法" in qa("explain", "audio-empty").stdout
    assert qa("--version").stdout.startswith("qa ")


def test_report_about_a_stretch_of_days_counts_all_runs(night: tuple[Path, Path], tmp_path: Path) -> None:
    _, out = night
    store = out / "qa.sqlite"
    done = qa("report", "--store", store, "--out", tmp_path, "--from", "2026-01-01")
    assert done.returncode == 0, done.stderr
    # The call list gives no times: the calls belong to the day of their run.
    assert len((tmp_path / "results.jsonl").read_text(encoding="utf-8").splitlines()) == 6
    assert "<h1>2026-01-01 起 质检</h1>" in (tmp_path / "index.html").read_text(encoding="utf-8")
    none = qa("report", "--store", store, "--out", tmp_path, "--to", "1999-01-02")
    assert (none.returncode, "period-empty" in none.stderr) == (2, True)

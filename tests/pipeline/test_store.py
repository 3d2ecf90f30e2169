"""One row per finished step; a second batch is told whose the store is."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from qa.errors import UsageError
from qa.store import MIGRATIONS, Store, locked


def test_a_step_is_what_was_last_put(tmp_path: Path) -> None:
    with Store(tmp_path / "qa.sqlite") as store:
        assert store.step("c1", "transcribe") is None
        store.put_error("c1", "transcribe", "f1", slug="audio-empty", message="空")
        store.put_error("c1", "transcribe", "f1", slug="audio-empty", message="空")
        step = store.step("c1", "transcribe")
        assert step is not None
        assert (step.tries, step.payload, step.error) == (2, None, {"slug": "audio-empty", "message": "空"})
        store.put("c1", "transcribe", "f1", b"{}")
        step = store.step("c1", "transcribe")
        assert step is not None
        assert (step.tries, step.payload, step.error) == (0, b"{}", None)


def test_tries_start_afresh_when_the_input_changed(tmp_path: Path) -> None:
    with Store(tmp_path / "qa.sqlite") as store:
        for fingerprint, tries in (("f1", 1), ("f1", 2), ("f2", 1)):
            store.put_error("c1", "judge", fingerprint, slug="s", message="m")
            step = store.step("c1", "judge")
            assert step is not None
            assert step.tries == tries


def test_what_was_committed_survives_reopening(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "qa.sqlite"
    with Store(path) as store:
        store.put("c1", "judge", "f", b'{"x":1}')
    with Store(path) as store:
        assert store.fingerprints() == {("c1", "judge"): ("f", True, 0)}


def test_reading_a_store_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="先运行 qa run") as caught:
        Store(tmp_path / "none.sqlite", readonly=True)
    assert caught.value.slug == "store-missing"
    assert not (tmp_path / "none.sqlite").exists()


def test_somebody_elses_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE precious (x)")
    db.close()
    with pytest.raises(UsageError) as caught:
        Store(path)
    assert caught.value.slug == "store-broken"
    db = sqlite3.connect(path)
    assert db.execute("SELECT name FROM sqlite_schema").fetchall() == [("precious",)]
    db.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.sqlite"
    path.write_text("这不是数据库" * 200, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        Store(path)
    assert caught.value.slug == "store-broken"


def test_a_store_from_a_newer_qa_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "qa.sqlite"
    with Store(path):
        pass
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(UsageError) as caught:
        Store(path)
    assert caught.value.slug == "store-newer"


def test_a_second_batch_is_told_the_first_ones_process(tmp_path: Path) -> None:
    path = tmp_path / "qa.sqlite"
    code = "import sys; from pathlib import Path; from qa.store import locked\nwith locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(UsageError, match=f"进程号 {holder.pid}") as caught, locked(path):
            pass
        assert caught.value.slug == "store-locked"
        holder.stdin.close()
    with locked(path):
        assert path.with_name("qa.sqlite.pid").read_text() == str(os.getpid())


def test_findings_can_be_asked_for_in_sql(tmp_path: Path) -> None:
    path = tmp_path / "qa.sqlite"
    payload = (
        '{"items":[{"verdicts":[{"code":"LM-2.1","outcome":"violated","findings":'
        '[{"rule_id":"forbidden_phrase","span":[10,20],"role":"agent","quote":"喂，说吧","points":3}]}]}]}'
    )
    with Store(path) as store:
        store.put("c1", "judge", "f", payload.encode())
    db = sqlite3.connect(path)
    assert db.execute("SELECT call_id, rule_id, points, start_ms, quote FROM finding").fetchall() == [
        ("c1", "forbidden_phrase", 3, 10, "喂，说吧")
    ]
    db.close()

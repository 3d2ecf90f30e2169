"""A night with a language model beside it: the real program, real workers, a real HTTP server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer, Reply, quoting

from tests.night import make_night

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[1]
KEY = "sk-very-secret-0815"
RULE = "proactive_service"
SHIRKING = quoting("这个不归我管", "没有给出办法")


class Night:
    """Three calls, the third one rude, and the shipped rubric with one rule for a model turned on."""

    def __init__(self, folder: Path) -> None:
        self.listed = make_night(folder / "in", 3)
        self.out = folder / "out"
        shutil.copytree(ROOT / "rubrics", folder / "rubrics")
        self.rubric = folder / "rubrics" / "telecom-affinity.yaml"
        text = self.rubric.read_text(encoding="utf-8")
        before, _, after = text.partition(f"- id: {RULE}\n")
        off = after.index("            off: true")
        self.rubric.write_text(
            f"{before}- id: {RULE}\n{after[:off]}{after[after.index(chr(10), off) + 1 :]}", encoding="utf-8"
        )

    def qa(self, *args: object, **env: str) -> subprocess.CompletedProcess[str]:
        known = {name: value for name, value in os.environ.items() if not name.startswith("QA_LLM")}
        return subprocess.run(
            [sys.executable, "-m", "qa.cli", *map(str, args)],
            cwd=ROOT,
            env=known | {f"QA_LLM_{name}": value for name, value in env.items()},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    def run(self, url: str = "", model: str = "test-model", **more: str) -> subprocess.CompletedProcess[str]:
        env = {"URL": url, "MODEL": model, "KEY": KEY, **more} if url else {}
        command = ("run", self.listed.parent, "--calls", self.listed, "--out", self.out, "--rubric", self.rubric)
        return self.qa(*command, "--engine", "sidecar", "--workers", 2, **env)

    def verdicts(self) -> dict[str, dict[str, Any]]:
        lines = (self.out / "results.jsonl").read_text(encoding="utf-8").splitlines()
        return {
            call["call_id"]: next(rule for rule in call["rules"] if rule["id"] == RULE)
            for call in map(json.loads, lines)
        }


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path)


def test_a_night_with_a_model_costs_points_only_where_its_quote_is_found(night: Night) -> None:
    with ChatServer(SHIRKING) as server:
        done = night.run(server.url)
        assert done.returncode == 0, done.stderr
        found = night.verdicts()

        assert {call: rule["outcome"] for call, rule in found.items()} == {
            "c000": "met",
            "c001": "met",
            "c002": "violated",
        }
        (finding,) = found["c002"]["findings"]
        assert finding["quote"] == "这个不归我管，"
        assert finding["points"] == 2
        assert (finding["role"], 4900 <= finding["start_ms"] < finding["end_ms"] <= 7000) == ("agent", True)
        assert "大模型 test-model 判断" in finding["message"]
        assert len(server.asked) == 3

        # Judged once; another model judges again, and nothing else is done again.
        assert "评分 0；" in night.run(server.url).stdout
        assert len(server.asked) == 3
        why = night.qa("status", "--out", night.out, "--why", "c002", URL=server.url, MODEL="another-model", KEY=KEY)
        assert "评分：要重做：大模型变了" in why.stdout
        again = night.run(server.url, model="another-model")
        assert "本次完成：转写 0、分声 0、测量 0、评分 3" in again.stdout
        assert len(server.asked) == 6

    for path in night.out.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path
    assert KEY not in done.stdout + done.stderr


def test_a_night_without_a_model_is_like_any_other(night: Night) -> None:
    done = night.run()

    assert done.returncode == 0, done.stderr
    for rule in night.verdicts().values():
        assert rule["outcome"] == "not_applicable"
        assert "未配置大模型" in rule["reason"]
    assert "大模型" not in done.stdout


def test_a_model_that_is_down_costs_nothing_and_is_asked_the_next_time(night: Night) -> None:
    with ChatServer(Reply(401, body=f"wrong key {KEY}".encode())) as server:
        down = night.run(server.url)
        url = server.url
    assert down.returncode == 0, down.stderr
    assert {rule["outcome"] for rule in night.verdicts().values()} == {"undetermined"}
    assert {rule["reason"] for rule in night.verdicts().values()} <= {
        "大模型没有回答：HTTP 401，密钥不对",
        "大模型没有回答：接连 3 次没有回答，暂时不再问",
    }
    assert KEY not in down.stdout + down.stderr
    why = night.qa("status", "--out", night.out, "--why", "c000", URL=url, MODEL="test-model", KEY=KEY)
    assert "评分：要重做：上次大模型没有回答" in why.stdout

    with ChatServer(SHIRKING) as server:
        up = night.run(server.url)
        assert "转写 0、分声 0、测量 0、评分 3" in up.stdout
        assert night.verdicts()["c002"]["outcome"] == "violated"
        assert "评分 0；" in night.run(server.url).stdout


def test_settings_that_make_no_sense_stop_the_night_before_it_begins(night: Night) -> None:
    done = night.run("127.0.0.1:8000")

    assert done.returncode == 2
    assert "QA_LLM_URL" in done.stderr
    assert KEY not in done.stdout + done.stderr
    assert not (night.out / "results.jsonl").exists()


def test_examples_are_tried_on_the_model_only_when_wanted(night: Night) -> None:
    with ChatServer(quoting("你自己重启一下看看吧|你自己上网查一下|不算在里面但是|月底要扣三十元的")) as server:
        env = {"URL": server.url, "MODEL": "test-model"}
        assert night.qa("check", night.rubric, **env).returncode == 0
        assert server.asked == []
        tried = night.qa("check", "--llm", night.rubric, **env)
        assert tried.returncode == 0, tried.stdout
        assert len(server.asked) == 8

"""What the terminal prints hides customers' names and numbers, as the pages do, where the rubric says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from qa.cli.app import app
from tests.dialogue import rubric_text
from tests.night import make_call

NAMED = [
    ("agent", 0.6, 3.0, "您好，请问有什么可以帮您？"),
    ("customer", 3.4, 6.4, "我叫王建国，我要查话费。"),
    ("agent", 6.9, 10.9, "王建国先生，这个不归我管，你找王建国自己想办法。"),
    ("customer", 11.4, 14.4, "我的电话是13812345678。"),
]
RUDE = {"id": "rude", "name": "忌语", "kind": "phrase_forbidden"}
NUMBER = "一三八一二三四五六七八"
"""As every transcript has it."""


@pytest.fixture(scope="module", params=[True, False], ids=["names hidden", "names shown"])
def night(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bool]:
    folder = tmp_path_factory.mktemp("named")
    make_call(folder, "n1", NAMED)
    (folder / "calls.csv").write_text('通话ID,录音文件,声道\nn1,n1.wav,"agent,customer"\n', encoding="utf-8-sig")
    for name, phrase in (("old", "你找…4自己想办法"), ("new", "投诉去吧")):
        rubric = rubric_text({**RUDE, "any_of": [phrase]}, privacy={"mask_customer_names": request.param})
        (folder / f"{name}.yaml").write_text(rubric, encoding="utf-8")
    listed = ("--calls", folder / "calls.csv", "--rubric", folder / "old.yaml", "--engine", "sidecar", "--workers", 0)
    printed("run", folder, *listed, "--out", folder / "out")
    return folder, request.param


def printed(*arguments: object) -> str:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize(
    "command",
    ["show n1", "show n1 --json", "roles n1", "backtest old.yaml new.yaml", "backtest old.yaml new.yaml --json"],
)
def test_no_name_and_no_number_is_printed(night: tuple[Path, bool], command: str) -> None:
    folder, hidden = night
    name, *arguments = [folder / word if word.endswith(".yaml") else word for word in command.split()]
    text = printed(name, *arguments, *(("--store", folder / "out" / "qa.sqlite")))

    assert "自己想办法" in text or name == "roles"
    assert NUMBER not in text
    assert ("建国" in text) is not hidden


def test_unmasked_shows_both(night: tuple[Path, bool]) -> None:
    text = printed("show", "n1", "--unmasked", "--store", night[0] / "out" / "qa.sqlite")

    assert "王建国" in text
    assert NUMBER in text

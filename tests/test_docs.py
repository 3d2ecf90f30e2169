"""What is documented exists, and what exists is documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from qa.cli.app import app
from qa.cli.show import messages

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = get_command(app).commands  # type: ignore[attr-defined]


def slugs_in_code() -> set[str]:
    found: set[str] = set()
    for path in (ROOT / "qa").rglob("*.py"):
        found |= set(re.findall(r"slug=\"([a-z-]+)\"", path.read_text(encoding="utf-8")))
    return found


def test_every_slug_in_the_code_is_explained_and_every_explained_slug_is_used() -> None:
    used = slugs_in_code()
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "qa").rglob("*.py"))
    used |= {slug for slug in messages() if f'"{slug}"' in code}
    assert used == set(messages())


def test_every_message_says_what_it_means_and_what_to_do() -> None:
    for slug, text in messages().items():
        assert "办法：" in text, slug


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help_and_stands_in_both_readmes(command: str) -> None:
    assert COMMANDS[command].help
    for readme in ("README.md", "README.zh-CN.md"):
        assert f"qa {command}" in (ROOT / readme).read_text(encoding="utf-8"), readme


def test_every_option_has_help() -> None:
    for name, command in COMMANDS.items():
        for parameter in command.params:
            if parameter.param_type_name == "option" and parameter.name != "help":
                assert parameter.help, f"{name} {parameter.name}"


def test_lock_files_name_no_registry() -> None:
    for lock in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / lock).read_text(encoding="utf-8")
        assert "://" not in text
        # Whatever points pip elsewhere is an option; a list of packages has one only.
        assert {line.split("=")[0] for line in map(str.strip, text.splitlines()) if line.startswith("-")} == {"--hash"}
        assert text.count("--hash=sha256:") > 100


def test_modules_open_with_one_sentence_and_stay_small() -> None:
    for path in (ROOT / "qa").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith('"""'), path
        assert len(text.splitlines()) <= 400, path

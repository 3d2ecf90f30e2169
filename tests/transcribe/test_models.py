"""The model is found, joined once and checked; what cannot be had says how to get it."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from qa.cache import cache_dir
from qa.errors import UsageError
from qa.transcribe import models
from qa.transcribe.engine import ENGINES, EngineOptions, build, identity, prepare
from qa.transcribe.setup import settle


@pytest.fixture
def carved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Two packages with the parts of a small model, and a cache of their own."""
    content = bytes(range(256)) * 40
    for number, part in ((1, content[:6000]), (2, content[6000:])):
        data = tmp_path / "site" / f"carved_model_{number}" / "data"
        data.mkdir(parents=True)
        (data.parent / "__init__.py").touch()
        (data / f"model.bin.part{number}").write_bytes(part)
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        (data / name).write_text("{}", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.setenv("QA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(
        models, "_PARTS", (("carved_model_1", "model.bin.part1"), ("carved_model_2", "model.bin.part2"))
    )
    monkeypatch.setattr(models, "EMBEDDED_SHA256", hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(models, "EMBEDDED_BYTES", len(content))
    return content


def test_the_parts_are_joined_once_and_nothing_else_is_left(carved: bytes) -> None:
    home = models.locate("embedded")
    assert (home / "model.bin").read_bytes() == carved
    assert sorted(path.name for path in home.iterdir()) == [
        "config.json",
        "model.bin",
        "tokenizer.json",
        "vocabulary.json",
    ]
    assert [path.name for path in home.parent.iterdir()] == [home.name]
    made = (home / "model.bin").stat().st_mtime_ns
    assert models.locate("embedded") == home
    assert (home / "model.bin").stat().st_mtime_ns == made


def test_a_half_deleted_model_is_joined_again(carved: bytes) -> None:
    home = models.locate("embedded")
    (home / "model.bin").write_bytes(carved[:10])
    (home / "config.json").unlink()
    assert (models.locate("embedded") / "model.bin").read_bytes() == carved
    assert [path.name for path in home.parent.iterdir()] == [home.name]


def test_many_at_once_get_the_same_whole_model(carved: bytes) -> None:
    found: list[bytes] = []

    def take() -> None:
        found.append((models.locate("embedded") / "model.bin").read_bytes())

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [carved] * 8
    assert len(list(cache_dir().iterdir())) == 1


def test_a_damaged_package_is_named_and_leaves_nothing_behind(carved: bytes, tmp_path: Path) -> None:
    part = tmp_path / "site/carved_model_2/data/model.bin.part2"
    part.write_bytes(part.read_bytes()[:-1] + b"x")
    with pytest.raises(UsageError) as caught:
        models.locate("embedded")
    assert caught.value.slug == "model-damaged"
    assert list(cache_dir().iterdir()) == []


def test_without_the_packages_the_ways_out_are_told(carved: bytes, tmp_path: Path) -> None:
    (tmp_path / "site/carved_model_1/data/model.bin.part1").unlink()
    with pytest.raises(UsageError) as caught:
        models.locate("embedded")
    assert caught.value.slug == "model-not-installed"
    assert "pip install" in caught.value.message
    assert "--model" in caught.value.message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_cache_that_cannot_be_written_is_named(carved: bytes, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(mode=0o500)
    with pytest.raises(UsageError) as caught:
        models.locate("embedded")
    assert caught.value.slug == "cache-unwritable"


def test_a_cache_path_that_is_a_file_is_named(carved: bytes, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        models.locate("embedded")
    assert caught.value.slug == "cache-unwritable"
    assert "QA_CACHE_DIR" in caught.value.message


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("larg-v3", "model-not-found"),
        ("/没有/这个/文件夹", "model-not-found"),
        ("./also-not-here", "model-not-found"),
        ("large-v3-turbo", "model-not-downloaded"),
    ],
)
def test_a_model_that_cannot_be_had_says_so(
    name: str, slug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(UsageError) as caught:
        models.locate(name)
    assert caught.value.slug == slug
    assert name in caught.value.message


def _folder(path: Path, weights: bytes) -> str:
    path.mkdir()
    (path / "model.bin").write_bytes(weights)
    (path / "config.json").write_text("{}", encoding="utf-8")
    return str(path)


def test_a_folder_is_a_model_if_it_has_the_files(tmp_path: Path) -> None:
    assert models.locate(_folder(tmp_path / "mine", b"w" * 100)) == tmp_path / "mine"
    (tmp_path / "mine/config.json").unlink()
    with pytest.raises(UsageError) as caught:
        models.locate(str(tmp_path / "mine"))
    assert "config.json" in caught.value.message


def test_identity_follows_content_and_options_and_not_place_or_threads(tmp_path: Path) -> None:
    weights = bytes(200_000)
    mine = _folder(tmp_path / "mine", weights)
    copied = _folder(tmp_path / "copied", weights)
    changed = _folder(tmp_path / "changed", weights[:-70_000] + b"x" * 70_000)

    def name(**options: object) -> str:
        return identity("whisper", EngineOptions(**{"device": "cpu", "model": mine, **options}))  # type: ignore[arg-type]

    assert name() == name(threads=7)
    assert name() == name(model=copied)
    assert name() == name(compute_type="int8"), "what the default comes to"
    different = [name(), name(model=changed), name(beam_size=1), name(second_pass=False)]
    different += [name(compute_type="float32"), name(language="yue")]
    assert len(set(different)) == len(different)


def test_identity_of_the_embedded_model_needs_no_join(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_CACHE_DIR", str(tmp_path / "never"))
    assert models.EMBEDDED_SHA256[:16] in identity("whisper", EngineOptions())
    assert not (tmp_path / "never").exists()


def test_device_and_compute_type_are_checked_before_the_night_begins() -> None:
    import ctranslate2

    assert settle(EngineOptions(device="cpu")) == ("cpu", "int8")
    for options, slug in [
        (EngineOptions(device="tpu"), "device-unavailable"),
        (EngineOptions(device="cpu", compute_type="int3"), "compute-type-unsupported"),
    ]:
        with pytest.raises(UsageError) as caught:
            prepare("whisper", options)
        assert caught.value.slug == slug
    if not ctranslate2.get_cuda_device_count():
        with pytest.raises(UsageError) as caught:
            prepare("whisper", EngineOptions(device="cuda"))
        assert caught.value.slug == "device-unavailable"
        assert settle(EngineOptions(device="auto"))[0] == "cpu"


def test_an_unknown_engine_names_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        build("whispr", EngineOptions())
    assert caught.value.slug == "engine-unknown"
    assert all(name in caught.value.message for name in ENGINES)


def test_options_travel_to_workers() -> None:
    options = EngineOptions(model="x", beam_size=1, threads=3)
    assert pickle.loads(pickle.dumps(options)) == options


def test_naming_an_engine_imports_no_recogniser() -> None:
    code = (
        "import sys, qa.transcribe.engine; sys.exit(any(m in sys.modules for m in ('faster_whisper', 'numpy', 'av')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.model
def test_the_embedded_model_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_CACHE_DIR", str(tmp_path))
    model = models.locate("embedded") / "model.bin"
    assert model.stat().st_size == models.EMBEDDED_BYTES
    assert hashlib.sha256(model.read_bytes()).hexdigest() == models.EMBEDDED_SHA256

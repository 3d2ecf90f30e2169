"""Settles device and compute type for CTranslate2 and says what a Whisper engine's results depend on."""

from __future__ import annotations

import hashlib

import msgspec

from qa import sound
from qa.errors import UsageError
from qa.transcribe import VERSION, models
from qa.transcribe.engine import EngineOptions

_DEFAULT_COMPUTE = {"cpu": "int8", "cuda": "float16"}


def settle(options: EngineOptions) -> tuple[str, str]:
    """(device, compute type) that will be used. Raises `UsageError`: device-unavailable, compute-type-unsupported."""
    import ctranslate2

    if options.device not in ("auto", "cpu", "cuda"):
        raise UsageError(f"--device 不认识“{options.device}”，可用：auto、cpu、cuda", slug="device-unavailable")
    gpus = 0 if options.device == "cpu" else ctranslate2.get_cuda_device_count()
    if options.device == "cuda" and not gpus:
        raise UsageError(
            "没有可用的 NVIDIA 显卡（或者没装驱动和 CUDA 库）。可以改用 --device cpu，或 --device auto 让程序自己选",
            slug="device-unavailable",
        )
    device = "cuda" if gpus else "cpu"
    compute = _DEFAULT_COMPUTE[device] if options.compute_type == "default" else options.compute_type
    supported = ctranslate2.get_supported_compute_types(device)
    if compute not in supported:
        raise UsageError(
            f"{device} 上不能用 --compute-type {compute}，可用：{'、'.join(sorted(supported))}",
            slug="compute-type-unsupported",
        )
    return device, compute


def identity(options: EngineOptions) -> str:
    """`whisper:<version>.<version of the sound layer>:<model>:<rest>`; threads and the kind of device are left out, the compute type is in."""
    _, compute = settle(options)
    rest = msgspec.structs.replace(options, threads=0, device="", model="", compute_type=compute)
    digest = hashlib.sha256(msgspec.json.encode(rest)).hexdigest()[:12]
    return f"whisper:{VERSION}.{sound.VERSION}:{models.fingerprint(options.model)}:{digest}"


def prepare(options: EngineOptions) -> None:
    """Everything that can go wrong before the first call."""
    settle(options)
    models.locate(options.model)

"""What a speech recognition engine must do, and the table of engines."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import msgspec

from qa.errors import UsageError
from qa.model import Recording, Transcript
from qa.transcribe.models import EMBEDDED


class EngineOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an engine may be told. Travels to worker processes; engines ignore what does not concern them."""

    model: str = EMBEDDED
    """`embedded`, a folder, or a name that faster-whisper knows."""
    device: str = "auto"
    """auto, cpu or cuda."""
    compute_type: str = "default"
    """CTranslate2's name (int8, float16 …); default: int8 on cpu, float16 on cuda."""
    threads: int = 0
    """CPU threads of one engine; 0: as many as there are cores. Does not change results, so not part of the identity."""
    beam_size: int = 5
    language: str = "zh"
    second_pass: bool = True
    """Decode again what the first pass was unsure of or left without words."""


class Engine(Protocol):
    def transcribe(self, recording: Recording) -> Transcript:
        """Never asks who is who. Raises `CallError` where this recording cannot be done."""
        ...


class EngineKind(NamedTuple):
    build: Callable[[EngineOptions], Engine]
    """Loads what it needs: slow. Raises `UsageError`."""
    identity: Callable[[EngineOptions], str]
    """Name, version, model content and every option that changes results; without loading the model."""
    prepare: Callable[[EngineOptions], None]
    """Checks what can be checked before the night begins (model at hand, device, compute type); `UsageError`."""


def _whisper(options: EngineOptions) -> Engine:
    from qa.transcribe.whisper import WhisperEngine

    return WhisperEngine(options)


def _whisper_identity(options: EngineOptions) -> str:
    from qa.transcribe.setup import identity

    return identity(options)


def _whisper_prepare(options: EngineOptions) -> None:
    from qa.transcribe.setup import prepare

    prepare(options)


def _peer(*, batched: bool) -> EngineKind:
    """faster-whisper as it comes, for comparison."""

    def build_peer(options: EngineOptions) -> Engine:
        from qa.transcribe.plain import PlainEngine

        return PlainEngine(options, batched=batched)

    def peer_identity(options: EngineOptions) -> str:
        from qa.transcribe.plain import plain_identity

        return plain_identity(options, batched=batched)

    return EngineKind(build_peer, peer_identity, _whisper_prepare)


def _sherpa(options: EngineOptions) -> Engine:
    from qa.transcribe.sherpa import SherpaEngine

    return SherpaEngine(options)


def _sherpa_identity(options: EngineOptions) -> str:
    from qa.transcribe.sherpa_model import identity

    return identity(options)


def _sherpa_prepare(options: EngineOptions) -> None:
    from qa.transcribe.sherpa import prepare

    prepare(options)


def _sidecar(options: EngineOptions) -> Engine:
    from qa.transcribe.sidecar import SidecarEngine

    return SidecarEngine(options)


def _sidecar_identity(_options: EngineOptions) -> str:
    from qa.transcribe import VERSION

    return f"sidecar:{VERSION}"


def _sidecar_prepare(_options: EngineOptions) -> None:
    """A transcript that is missing is one call's problem, found when its turn comes."""


ENGINES: dict[str, EngineKind] = {
    "whisper": EngineKind(_whisper, _whisper_identity, _whisper_prepare),
    "sherpa": EngineKind(_sherpa, _sherpa_identity, _sherpa_prepare),
    "sidecar": EngineKind(_sidecar, _sidecar_identity, _sidecar_prepare),
    "plain": _peer(batched=False),
    "batched": _peer(batched=True),
}


def build(name: str, options: EngineOptions) -> Engine:
    """The engine, loaded. Raises `UsageError` for an unknown name or a model that cannot be had."""
    return kind(name).build(options)


def identity(name: str, options: EngineOptions) -> str:
    """Changes whenever the engine's results may; goes into fingerprints."""
    return kind(name).identity(options)


def prepare(name: str, options: EngineOptions) -> None:
    """Raises `UsageError` now rather than at the first call."""
    kind(name).prepare(options)


def kind(name: str) -> EngineKind:
    if name not in ENGINES:
        raise UsageError(f"没有叫“{name}”的转写引擎，可用：{'、'.join(ENGINES)}", slug="engine-unknown")
    return ENGINES[name]

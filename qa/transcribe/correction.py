"""What a person says about who is who in one call: the record that the store keeps."""

from __future__ import annotations

import msgspec

from qa.model import Role
from qa.span import Span


class NamedVoice(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a person heard: a channel of a two-channel call, or in a mono call whoever speaks in `speech`."""

    channel: int
    speech: tuple[Span, ...]
    role: Role


class RoleCorrection(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says about who is who. Tied to the sound and not to track numbers: those may change."""

    sha256: str
    """Of the recording that was heard; another recording under the same call id is not meant."""
    voices: tuple[NamedVoice, ...]
    """Empty: the person takes back what they said before."""

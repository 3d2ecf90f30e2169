"""What taking in a night's recordings leaves behind."""

from __future__ import annotations

from datetime import datetime

import msgspec

from qa.model import Failure, Recording, Role


class AudioFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a file is, whoever it belongs to. `size` and `mtime_ns` tell whether it must be looked at again."""

    size: int
    mtime_ns: int
    sha256: str
    duration_ms: int
    sample_rate_hz: int
    channel_count: int
    codec: str = ""


class Problem(msgspec.Struct, frozen=True):
    """Something a person should mend; the night goes on without it."""

    where: str
    """`calls.csv:12`, or a file."""
    message: str
    """What is wrong and what was done about it, in Chinese."""

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class Duplicate(msgspec.Struct, frozen=True):
    """A file with the same content as one that is scored."""

    path: str
    call_id: str
    """The call that stands for both."""


class CallListRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the call list (or what a file name says); empty where it says nothing usable."""

    line: int = 0
    call_id: str = ""
    file: str = ""
    agent_id: str | None = None
    agent_name: str = ""
    team: str = ""
    started_at: datetime | None = None
    channel_roles: tuple[Role, ...] | None = None
    is_mono: bool = False
    """The list says that there is one channel."""
    business: str = ""
    tags: tuple[str, ...] = ()


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """A night's recordings, each call_id once, in the order of their paths."""

    recordings: tuple[Recording, ...]
    failures: tuple[tuple[Recording, Failure], ...] = ()
    """Files that cannot be opened: their recordings have no duration and no channels."""
    problems: tuple[Problem, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    facts: dict[str, AudioFacts] = {}
    """By `Recording.path`, for whoever remembers them until the next night."""

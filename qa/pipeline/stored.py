"""Streams the calls that a store holds, as measured: what a rubric is tried on without any audio."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from qa.model import Call, Recording
from qa.store import Store


class StoredCall(msgspec.Struct, frozen=True):
    """One call as the store keeps it: still JSON, so that a worker process decodes it and not the parent."""

    measured: bytes
    recording: bytes | None

    def call(self) -> Call:
        """With what the call list says now, not when it was measured."""
        call = msgspec.json.decode(self.measured, type=Call)
        if self.recording is None:
            return call
        return msgspec.structs.replace(call, recording=msgspec.json.decode(self.recording, type=Recording))


def stored_calls(store: Store) -> Iterator[StoredCall]:
    """Every call of any night that has been measured, by call id; one at a time."""
    measured = sorted(
        call_id for (call_id, stage), (_, ok, _) in store.fingerprints().items() if stage == "measure" and ok
    )
    for call_id in measured:
        step = store.step(call_id, "measure")
        if step is not None and step.payload is not None:
            yield StoredCall(step.payload, store.recording(call_id))

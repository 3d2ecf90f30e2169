"""Errors that qa shows to its users.

QaError
 ├─ UsageError     the command, rubric or call list is wrong; nothing was run (exit 2)
 └─ CallError      one call could not be done; the night goes on (the call is listed, exit 1)

`slug` names the paragraph of `qa/messages.md` that `qa explain SLUG` prints.
"""

from __future__ import annotations


class QaError(Exception):
    """Something a person can mend. `str(error)` is Chinese and says what is wrong and what would be right."""

    def __init__(self, message: str, *, slug: str) -> None:
        super().__init__(message)
        self.slug = slug

    @property
    def message(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword-only arguments do not survive the way back from a worker process otherwise.
        return _rebuild, (type(self), self.message, self.slug)


def _rebuild(kind: type[QaError], message: str, slug: str) -> QaError:
    return kind(message, slug=slug)


class UsageError(QaError):
    """The command, the rubric or the call list is wrong, and nothing was run."""


class CallError(QaError):
    """This call cannot be done; the others can."""

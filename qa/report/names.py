"""Makes safe, unique file names out of ids that may contain anything."""

from __future__ import annotations

import hashlib
import re

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_DEVICES = re.compile(r"con|prn|aux|nul|com\d|lpt\d")
_KEPT_CHARS = 40


def page_name(identifier: str) -> str:
    """A file name without its ending: ASCII, never a path, one for each id.

    Plain lower-case ids stay as they are. Any other keeps what can be read of it and gets a hash after `~`, which no
    plain id can contain; so `A1` and `a1` stay apart on file systems that do not tell capitals from small letters.
    """
    if _PLAIN.fullmatch(identifier) and not _DEVICES.fullmatch(identifier):
        return identifier
    digest = hashlib.sha256(identifier.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    readable = _UNSAFE.sub("-", identifier).strip("-")[:_KEPT_CHARS]
    return f"{readable or 'id'}~{digest}"


def call_page(call_id: str) -> str:
    """Address of a call's page, from the report's root."""
    return f"calls/{page_name(call_id)}.html"


def agent_page(agent_id: str) -> str:
    """Address of an agent's page, from the report's root."""
    return f"agents/{page_name(agent_id)}.html"


def rule_place(rule_id: str) -> str:
    """Address of a rule on the page of all rules, from the report's root."""
    return f"rules.html#r-{page_name(rule_id)}"


def team_page(team: str) -> str:
    """Address of a team's page, from the report's root."""
    return f"teams/{page_name(team)}.html"

"""Reads from the environment which large language model the centre runs, if it runs one.

Not in the rubric: a rubric is shared and printed, an address belongs to a machine and a key to nobody's eyes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from qa.errors import UsageError

URL, MODEL, KEY, TIMEOUT = "QA_LLM_URL", "QA_LLM_MODEL", "QA_LLM_KEY", "QA_LLM_TIMEOUT"
USUAL_TIMEOUT_S = 60.0
LONGEST_TIMEOUT_S = 300.0
"""A worker that is silent for ten minutes is taken for hung."""
_PATH = "/chat/completions"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to ask, and whom. Hashable; equal settings are one endpoint."""

    url: str
    """Of the chat completions."""
    model: str
    key: str = field(default="", repr=False)
    timeout_s: float = USUAL_TIMEOUT_S
    """For one answer."""

    @property
    def identity(self) -> str:
        """Model and address, without the key: another one may answer differently."""
        return f"{self.model}@{hashlib.sha256(self.url.encode()).hexdigest()[:8]}"


def settings(environ: Mapping[str, str] = os.environ) -> Settings | None:
    """None where neither address nor model is set. Raises `UsageError` where they make no sense."""
    url, model, key = (environ.get(name, "").strip() for name in (URL, MODEL, KEY))
    if not url and not model:
        return None
    if not url or not model:
        raise _wrong(f"{URL} 和 {MODEL} 要一起设置，现在只有 {URL if url else MODEL}")
    return Settings(_endpoint(url), _header_safe(model, MODEL), _header_safe(key, KEY), _timeout(environ))


def _endpoint(url: str) -> str:
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        known = False
    if not known:
        raise _wrong(f"{URL} 应当是 http:// 或 https:// 开头的地址，例如 http://127.0.0.1:8000/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise _wrong(f"{URL} 里不要写用户名、密码、问号后面的参数；密钥写在 {KEY}")
    bare = url.rstrip("/")
    return bare if bare.endswith(_PATH) else bare + _PATH


def _header_safe(text: str, name: str) -> str:
    if not text.isprintable() or (name == KEY and not text.isascii()):
        raise _wrong(f"{name} 里有不能用的字符")
    return text


def _timeout(environ: Mapping[str, str]) -> float:
    text = environ.get(TIMEOUT, "").strip()
    if not text:
        return USUAL_TIMEOUT_S
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= LONGEST_TIMEOUT_S:
        raise _wrong(f"{TIMEOUT} 是等一次回答最多几秒，1 到 {LONGEST_TIMEOUT_S:g}")
    return seconds


def _wrong(message: str) -> UsageError:
    return UsageError(message, slug="llm-settings")

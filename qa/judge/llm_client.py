"""Asks a chat model over the OpenAI protocol, and gives up in time where nobody answers.

One POST with the standard library: the base install has no HTTP client of its own (what huggingface-hub brings along
changes with its versions), and two things must be as they are here. The transcript goes straight to the given address:
no proxy, no redirect. And what an endpoint says when it fails is neither logged nor shown, for it may repeat the key.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from functools import cache
from http.client import HTTPException
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from qa.judge.llm_settings import Settings

logger = logging.getLogger(__name__)

TRIES = 3
WAITS_S = (1.0, 4.0)
"""Before the second and the third try."""
LONGEST_WAIT_S = 30.0
"""A server that asks for more patience (Retry-After) gets no more than this."""
WORTH_ANOTHER_TRY = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
FAILURES_IN_A_ROW = 3
"""Then the model is left alone: a dead endpoint must not cost every call of the night its timeout."""
LEFT_ALONE_S = 600.0
"""After which one call tries again."""
MOST_BYTES = 1_000_000
MOST_TOKENS = 2000
KEPT = 64
"""Answers remembered by a worker: two rubrics compared on one call (`qa backtest`) must not get two opinions."""


class NoAnswer(Exception):  # noqa: N818 - told to people
    """Nobody answered; the message says why, in Chinese. Another night may do better."""


class Unreadable(Exception):  # noqa: N818 - told to people
    """It answered, but not what was asked for."""


class Opener(Protocol):
    def open(self, fullurl: Request, data: None = None, timeout: float | None = None) -> Any: ...


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class Client:
    """One endpoint as one worker process knows it: how often it failed in a row, and what it answered last."""

    def __init__(
        self,
        settings: Settings,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self._sleep = sleep
        self._clock = clock
        self._opener: Opener = build_opener(ProxyHandler({}), _NoRedirect)
        self._failures = 0
        self._alone_until = 0.0
        self._takes_schema = True
        self._kept: dict[bytes, str] = {}

    def ask(self, system: str, user: str, schema: dict[str, Any]) -> str:
        """The model's answer as text. Raises `NoAnswer` and `Unreadable`."""
        question = json.dumps([system, user], ensure_ascii=False).encode()
        if question in self._kept:
            return self._kept[question]
        if self._clock() < self._alone_until:
            raise NoAnswer(f"接连 {FAILURES_IN_A_ROW} 次没有回答，暂时不再问")
        try:
            reply = self._reply(system, user, schema)
        except NoAnswer as reason:
            self._failures += 1
            if self._failures >= FAILURES_IN_A_ROW:
                self._alone_until = self._clock() + LEFT_ALONE_S
            logger.warning("大模型没有回答（接连第 %d 次）：%s", self._failures, reason)
            raise
        self._failures = 0
        text = _text_of(reply)
        self._kept[question] = text
        if len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        return text

    def _reply(self, system: str, user: str, schema: dict[str, Any]) -> bytes:
        tries = 1 if self._failures >= FAILURES_IN_A_ROW else TRIES
        for number in range(1, tries + 1):
            try:
                return self._post(self._body(system, user, schema))
            except HTTPError as error:
                error.close()
                if error.code in (400, 422) and self._takes_schema:
                    # Not every server knows response_format; the prompt asks for the same in words.
                    self._takes_schema = False
                    return self._reply(system, user, schema)
                if error.code not in WORTH_ANOTHER_TRY or number == tries:
                    raise NoAnswer(_told(error.code)) from None
                self._sleep(_wait(error, number))
            except TimeoutError:
                raise NoAnswer(f"{self.settings.timeout_s:g} 秒没有答完") from None
            except (OSError, HTTPException) as error:
                if isinstance(error, URLError) and isinstance(error.reason, TimeoutError):
                    raise NoAnswer(f"{self.settings.timeout_s:g} 秒没有答完") from None
                if number == tries:
                    raise NoAnswer(f"连不上（{_kind(error)}）") from None
                self._sleep(WAITS_S[number - 1])
        raise AssertionError("unreachable")

    def _body(self, system: str, user: str, schema: dict[str, Any]) -> bytes:
        body: dict[str, Any] = {
            "model": self.settings.model,
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
            "temperature": 0,
            "seed": 0,
            "max_tokens": MOST_TOKENS,
            "stream": False,
        }
        if self._takes_schema:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": schema},
            }
        return json.dumps(body, ensure_ascii=False).encode()

    def _post(self, body: bytes) -> bytes:
        """The reply's body. The timeout holds for the whole of it, not for each of its pieces."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.settings.key:
            headers["Authorization"] = f"Bearer {self.settings.key}"
        due = self._clock() + self.settings.timeout_s
        request = Request(self.settings.url, data=body, headers=headers, method="POST")
        read = bytearray()
        with self._opener.open(request, timeout=self.settings.timeout_s) as response:
            while piece := response.read1(65_536):
                read += piece
                if len(read) > MOST_BYTES:
                    raise Unreadable("回答太长")
                if self._clock() > due:
                    raise TimeoutError
        return bytes(read)


def _text_of(reply: bytes) -> str:
    """`choices[0].message.content`. Raises `Unreadable`."""
    try:
        choice = json.loads(reply)["choices"][0]
        text, finish = choice["message"]["content"], choice.get("finish_reason")
    except (ValueError, LookupError, TypeError, AttributeError):
        raise Unreadable("不是 OpenAI 格式的回答") from None
    if finish == "length":
        raise Unreadable("回答太长，没有说完")
    if not isinstance(text, str) or not text.strip():
        raise Unreadable("回答是空的")
    return text


def _wait(error: HTTPError, number: int) -> float:
    asked = error.headers.get("Retry-After", "") if error.headers else ""
    return min(float(asked), LONGEST_WAIT_S) if asked.isdigit() else WAITS_S[number - 1]


def _told(status: int) -> str:
    why = {401: "密钥不对", 403: "密钥不对", 404: "地址或模型名不对", 429: "太忙"}.get(status, "")
    if 300 <= status < 400:
        why = "要转到别的地址，没有跟去"
    return f"HTTP {status}" + (f"，{why}" if why else "")


def _kind(error: BaseException) -> str:
    reason = error.reason if isinstance(error, URLError) and isinstance(error.reason, BaseException) else error
    return type(reason).__name__


@cache
def client_of(settings: Settings) -> Client:
    """The same one for the same settings, as long as this process lives: it remembers failures."""
    return Client(settings)

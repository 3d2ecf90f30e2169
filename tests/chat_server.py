"""A chat model's server: real HTTP on this machine, speaking the OpenAI protocol, answering what a test tells it to."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


@dataclass
class Reply:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    """Before the first byte."""
    between_s: float = 0.0
    """Between the bytes of the body."""


@dataclass
class Asked:
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def system(self) -> str:
        return str(self.body["messages"][0]["content"])

    @property
    def user(self) -> str:
        return str(self.body["messages"][1]["content"])

    @property
    def turns(self) -> list[dict[str, Any]]:
        """The transcript as a model reads it."""
        return [json.loads(line) for line in self.user.splitlines() if line.startswith('{"turn"')]


def completion(content: object, finish: str = "stop") -> Reply:
    """A chat completion; what is no text is sent as JSON."""
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "test",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
    return Reply(body=json.dumps(body, ensure_ascii=False).encode())


def quoting(pattern: str, reason: str = "推给客户") -> Callable[[Asked], Reply]:
    """A model that reads the transcript it is given and quotes the agent's first words that match."""

    def answer(asked: Asked) -> Reply:
        for turn in asked.turns:
            found = re.search(pattern, turn["text"])
            if turn["role"] == "坐席" and found:
                return completion({"violated": True, "turn": turn["turn"], "quote": found.group(), "reason": reason})
        return completion({"violated": False, "turn": 0, "quote": "", "reason": ""})

    return answer


class ChatServer:
    """`with ChatServer(answer) as server:`; `answer` gets each request and may be a list of replies, the last repeated."""

    def __init__(self, answer: Callable[[Asked], Reply] | list[Reply] | Reply) -> None:
        self.asked: list[Asked] = []
        replies = [answer] if isinstance(answer, Reply) else answer
        if isinstance(replies, list):
            self._answer: Callable[[Asked], Reply] = lambda _: replies[min(len(self.asked), len(replies)) - 1]
        else:
            self._answer = replies
        handler = self._handler()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> ChatServer:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"{}")
                server.asked.append(Asked(self.path, dict(self.headers), body))
                reply = server._answer(server.asked[-1])
                time.sleep(reply.delay_s)
                try:
                    self.send_response(reply.status)
                    for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    for place in range(0, len(reply.body), 1 if reply.between_s else max(1, len(reply.body))):
                        step = 1 if reply.between_s else len(reply.body)
                        self.wfile.write(reply.body[place : place + step])
                        self.wfile.flush()
                        time.sleep(reply.between_s)
                except OSError:
                    pass  # the client gave up, as it should

            def do_GET(self) -> None:
                self.do_POST()  # what a client that followed a redirect would send

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler

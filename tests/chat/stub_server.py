"""A server of OpenAI's protocol on loopback that misbehaves as it is told, and keeps count."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CHAT = "/v1/chat/completions"


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one try.

    Attributes:
        kind: `status`, `hang`, `drip`, `cut`, `close` or `text` (sent with status 200).
        status: of the response.
        content: of the response.
        headers: of the response.
    """

    kind: str
    status: int = 200
    content: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


QUIET = 0.5
"""Seconds without a request after which none is on its way any more."""


def status(code: int, message: str = "stub", error: str = "", **headers: str) -> Fault:
    """Answer with an error as OpenAI's server words it; `retry_after="1"` becomes a header."""
    content = json.dumps({"error": {"message": message, "type": "x", "code": error or None}})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault("status", code, content, named)


class StubServer(ThreadingHTTPServer):
    """The server; `faults` says what goes wrong with the n-th try (from 0) of a prompt."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.faults: Callable[[str, int], Fault | None] = lambda prompt, tried: None
        self.message: Callable[[dict[str, Any]], dict[str, Any]] = _echo
        self.change: Callable[[dict[str, Any]], dict[str, Any]] = lambda body: body
        self.latency = 0.0
        self.tries: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.peak = self._under_way = 0
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.finish_batch: Callable[[StubServer, dict[str, Any]], None] = answer_batch
        self.batch_calls: Counter[str] = Counter()
        self.batch_faults: Callable[[str, int], Fault | None] = lambda call, tried: None
        self.lock = threading.Lock()
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up."""

    @contextmanager
    def counted(self, body: dict[str, Any], headers: Message) -> Iterator[int]:
        prompt = body["messages"][-1]["content"]
        with self.lock:
            self._under_way += 1
            self.peak = max(self.peak, self._under_way)
            tried = self.tries[prompt]
            self.tries[prompt] += 1
            self.bodies.append(body)
            self.headers.append({name.lower(): value for name, value in headers.items()})
        try:
            yield tried
        finally:
            with self.lock:
                self._under_way -= 1

    def settle(self) -> None:
        """Wait until all that a killed client has sent has been dealt with."""
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < QUIET:
            with self.lock:
                seen = self.tries.total()
                busy = bool(self._under_way)
            time.sleep(0.02)
            if busy or self.tries.total() != seen:
                quiet_since = time.monotonic()

    def keep_file(self, lines: bytes | list[dict[str, Any]]) -> str:
        data = lines
        if isinstance(data, list):
            data = b"".join(json.dumps(line).encode() + b"\n" for line in data)
        with self.lock:
            name = f"file-{len(self.files)}"
            self.files[name] = data
        return name

    def completion(self, body: dict[str, Any]) -> dict[str, Any]:
        prompt = body["messages"][-1]["content"]
        message = self.message(body)
        return self.change(
            {
                "id": f"cmpl-{prompt[:20]}",
                "object": "chat.completion",
                "model": f"{body['model']}-snapshot",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
            }
        )


def _echo(body: dict[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": f"to {body['messages'][-1]['content']}"}


def answer_batch(server: StubServer, batch: dict[str, Any]) -> None:
    """Answer every line of a batch, in reverse order."""
    lines = [json.loads(line) for line in server.files[batch["input_file_id"]].splitlines()]
    batch["output_file_id"] = server.keep_file(
        [batch_answer(server, line) for line in reversed(lines)]
    )
    batch["status"] = "completed"


def batch_answer(server: StubServer, line: dict[str, Any]) -> dict[str, Any]:
    prompt = line["body"]["messages"][-1]["content"]
    server.answered[prompt] += 1
    response = {"status_code": 200, "request_id": "r", "body": server.completion(line["body"])}
    return {"id": "b", "custom_id": line["custom_id"], "response": response, "error": None}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: StubServer

    def log_message(self, *arguments: Any) -> None:
        pass

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == CHAT:
            self._chat(json.loads(content))
        elif not self._spoilt(self.path):
            make = {"/v1/files": self._make_file, "/v1/batches": self._make_batch}[self.path]
            self._send(200, json.dumps(make(content)))

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        call = "list" if path == "/v1/batches" else "content" if "content" in path else "batch"
        if self._spoilt(call):
            return
        if call == "list":
            found = list(self.server.batches.values())[::-1]
            self._send(200, json.dumps({"object": "list", "data": found, "has_more": False}))
        elif call == "content":
            self._send(200, self.server.files[path.split("/")[-2]].decode())
        else:
            batch = self.server.batches[path.split("/")[-1]]
            if batch["status"] == "in_progress":
                self.server.finish_batch(self.server, batch)
            self._send(200, json.dumps(batch))

    def _chat(self, body: dict[str, Any]) -> None:
        with self.server.counted(body, self.headers) as tried:
            if self.server.latency:
                time.sleep(self.server.latency)
            prompt = body["messages"][-1]["content"]
            fault = self.server.faults(prompt, tried)
            if fault is None:
                with self.server.lock:
                    self.server.answered[prompt] += 1
                self._send(200, json.dumps(self.server.completion(body)))
            else:
                self._fail(fault)

    def _fail(self, fault: Fault) -> None:
        whole = json.dumps(self.server.completion({"model": "m", "messages": [{"content": "x"}]}))
        if fault.kind in ("status", "text"):
            self._send(fault.status, fault.content, fault.headers)
        elif fault.kind == "hang":
            while not self.server.closing.is_set():
                readable, _, _ = select.select([self.connection], [], [], 0.05)
                if readable and not self.connection.recv(1, socket.MSG_PEEK):
                    break  # the client has given up
            self.close_connection = True
        elif fault.kind == "drip":
            self._start(200, len(whole), {})
            for letter in whole:
                if self.server.closing.wait(0.05):
                    break
                self.wfile.write(letter.encode())
                self.wfile.flush()
            self.close_connection = True
        else:
            if fault.kind == "cut":
                self._start(200, len(whole), {})
                self.wfile.write(whole[: len(whole) // 2].encode())
            self.close_connection = True

    def _spoilt(self, call: str) -> bool:
        with self.server.lock:
            tried = self.server.batch_calls[call]
            self.server.batch_calls[call] += 1
            self.server.headers.append({n.lower(): v for n, v in self.headers.items()})
        fault = self.server.batch_faults(call, tried)
        if fault is not None:
            self._fail(fault)
        return fault is not None

    def _make_file(self, content: bytes) -> dict[str, Any]:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        parts = BytesParser(policy=HTTP).parsebytes(head + content).iter_parts()
        (data,) = (part.get_payload(decode=True) for part in parts if part.get_filename())
        assert isinstance(data, bytes)
        return {"id": self.server.keep_file(data), "object": "file", "purpose": "batch"}

    def _make_batch(self, content: bytes) -> dict[str, Any]:
        made = json.loads(content)
        with self.server.lock:
            name = f"batch_{len(self.server.batches)}"
            self.server.batches[name] = {
                "id": name,
                "object": "batch",
                "status": "in_progress",
                "output_file_id": None,
                "error_file_id": None,
                **made,
            }
        return self.server.batches[name]

    def _send(self, code: int, content: str, headers: Mapping[str, str] | None = None) -> None:
        data = content.encode()
        self._start(code, len(data), headers or {})
        self.wfile.write(data)

    def _start(self, code: int, length: int, headers: Mapping[str, str]) -> None:
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


@contextmanager
def running() -> Iterator[StubServer]:
    """Run a stub until the end of a `with` block."""
    server = StubServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()

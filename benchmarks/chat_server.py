"""A server of OpenAI's protocol on loopback that answers at once, with all tokens asked for."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import Any

from isogloss.chat.budget import BYTES_PER_TOKEN


def lengthen(text: str, size: int) -> str:
    """Repeat a text of ASCII until it has so many bytes."""
    return (text * (size // len(text) + 1))[:size]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # The answer leaves in one piece.
    wbufsize = -1

    def log_message(self, *arguments: Any) -> None:
        pass

    def do_POST(self) -> None:
        """Answer a request with its own message, again and again until the answer is as long."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        tokens = body["max_tokens"]
        message = {
            "role": "assistant",
            "content": lengthen(body["messages"][-1]["content"], BYTES_PER_TOKEN * tokens),
        }
        usage = {
            "prompt_tokens": 10, "completion_tokens": tokens, "total_tokens": 10 + tokens,
        }  # fmt: skip
        answer = {
            "id": "cmpl-0",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": usage,
        }
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def serve(told: Connection) -> None:
    """Serve until the process is ended.

    Args:
        told: is sent the port.
    """
    server = _Server(("127.0.0.1", 0), _Handler)
    told.send(server.server_address[1])
    server.serve_forever()

"""An S3 server on the loopback interface, which counts requests and can be told to fail."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

ACCESS_KEY = "AKIASENTINELKEY00001"
SECRET_KEY = "sentinel-secret-that-nobody-may-see"
REGION = "us-east-1"
THROTTLED = (
    b"<?xml version='1.0'?><Error><Code>SlowDown</Code>"
    b"<Message>Please reduce your request rate.</Message></Error>"
)
FORBIDDEN = (
    b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
)

Environment = dict[str, Any]


class ObjectStore:
    """A running server.

    Attributes:
        requests: how many came, by method; listings, which are dearer, as LIST.
        fault: given method and path of a request, says with which status it is refused, or None.
    """

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.fault: Callable[[str, str], int | None] = lambda method, path: None
        self._application = DomainDispatcherApplication(create_backend_app)
        self._server = make_server(
            "127.0.0.1", 0, self._answer, threaded=True, request_handler=MotoRequestHandler
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def credentials(self) -> dict[str, Any]:
        """Options for fsspec."""
        return {"key": ACCESS_KEY, "secret": SECRET_KEY, "endpoint_url": self.url}

    @property
    def environment(self) -> dict[str, str]:
        """Variables that a process finds it by."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": REGION,
        }

    def make_bucket(self) -> str:
        """Make an empty bucket, and give its address."""
        name = f"bucket-{uuid4().hex}"
        self.filesystem().mkdir(name)
        return f"s3://{name}"

    def filesystem(self) -> Any:
        """Give a client of its own, as another process would have."""
        import s3fs

        return s3fs.S3FileSystem(
            **self.credentials, use_listings_cache=False, skip_instance_cache=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, environ: Environment, start: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        listing = method == "GET" and "list-type" in environ.get("QUERY_STRING", "")
        self.requests["LIST" if listing else method] += 1
        status = self.fault(method, path)
        if status is None:
            answer: Iterable[bytes] = self._application(environ, start)
            return answer
        body = THROTTLED if status == 503 else FORBIDDEN
        # What is sent along must be read, or the connection breaks.
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start(f"{status} Refused", [("Content-Type", "application/xml")])
        return [b"" if method == "HEAD" else body]


@contextmanager
def running() -> Iterator[ObjectStore]:
    """Run a server while the block lasts."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    store = ObjectStore()
    store.start()
    try:
        yield store
    finally:
        store.stop()

"""Headless Chromium for tests, spoken to over a pipe: nothing but the program itself is needed."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The browser reads its commands from descriptor 3 and answers on descriptor 4.
_LAUNCH = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); "
    "os.execvp(sys.argv[3], sys.argv[3:])"
)
_SEPARATOR = b"\0"
_FAULTS = {"Runtime.exceptionThrown", "Log.entryAdded"}


class Browser:
    """A page in a browser, and what happened in it.

    Attributes:
        requests: addresses that the page asked for.
        faults: exceptions, and errors and warnings of the console.
    """

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._rest = b""
        self._number = 0
        self._session = ""
        self.requests: list[str] = []
        self.faults: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Give a command of the DevTools protocol and wait for its answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + _SEPARATOR)
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self._note(answer)

    def open(self, page: Path, width: int = 1200, height: int = 900) -> None:
        """Open a file and wait until it has loaded."""
        self.resize(width, height)
        self.call("Page.navigate", url=page.as_uri())
        while self.run("document.readyState") != "complete":
            continue

    def resize(self, width: int, height: int) -> None:
        """Give the window a size in pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip

    def prefer(self, **features: str) -> None:
        """Set what the reader prefers, such as `prefers_color_scheme="dark"`."""
        wanted = [{"name": name.replace("_", "-"), "value": of} for name, of in features.items()]
        self.call("Emulation.setEmulatedMedia", features=wanted)

    def run(self, program: str) -> Any:
        """Give the value of an expression of JavaScript in the page."""
        answer = self.call(
            "Runtime.evaluate", expression=program, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key, such as `Tab` or `ArrowRight`."""
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, **text)

    def point(self, selector: str) -> None:
        """Move the pointer to the middle of an element, and scroll there first."""
        middle = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " e.scrollIntoView({block: 'center', behavior: 'instant'});"
            " const b = e.getBoundingClientRect();"
            " return [b.left + b.width / 2, b.top + b.height / 2]; })()"
        )
        # Until all that comes with scrolling has come.
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=middle[0], y=middle[1])

    def screenshot(self, *, whole: bool = False) -> bytes:
        """Give a PNG of what is seen, or of the whole page."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        return base64.b64decode(shot["data"])

    def print(self) -> bytes:
        """Give the page as a PDF."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    def _read(self) -> dict[str, Any]:
        while _SEPARATOR not in self._rest:
            piece = os.read(self._answers, 1 << 20)
            assert piece, "the browser has closed"
            self._rest += piece
        text, _, self._rest = self._rest.partition(_SEPARATOR)
        message: dict[str, Any] = json.loads(text)
        return message

    def _note(self, event: dict[str, Any]) -> None:
        method, content = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(content["request"]["url"])
        elif method in _FAULTS:
            self.faults.append(json.dumps(content))
        elif method == "Runtime.consoleAPICalled" and content["type"] in ("error", "warning"):
            self.faults.append(json.dumps(content["args"]))


@contextmanager
def browse(folder: Path) -> Iterator[Browser]:
    """Start a browser; the test is skipped where there is none.

    Args:
        folder: for its profile.
    """
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"no Chromium here (looked for {', '.join(PROGRAMS)})")
    theirs_in, ours_out = _pipe()
    ours_in, theirs_out = _pipe()
    arguments = [
        *(program, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"),
        *("--no-first-run", "--hide-scrollbars", "--disable-background-networking"),
        f"--user-data-dir={folder / 'profile'}",
    ]
    with subprocess.Popen(
        [sys.executable, "-c", _LAUNCH, str(theirs_in), str(theirs_out), *arguments],
        pass_fds=(theirs_in, theirs_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            yield Browser(ours_out, ours_in)
        finally:
            process.terminate()
            os.close(ours_out)
            os.close(ours_in)


def _pipe() -> tuple[int, int]:
    """Make a pipe whose ends are not 3 or 4, where the browser wants them."""
    ends = os.pipe()
    moved = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return moved[0], moved[1]

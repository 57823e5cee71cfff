"""A headless Chromium to look at pages with, driven through a pipe; the standard library suffices.

The DevTools protocol is JSON, one message after another with a zero byte between. Chromium reads it
on file descriptor 3 and answers on 4, so there is no port, no socket and no driver to install.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--disable-extensions", "--hide-scrollbars", "--mute-audio",
    "--no-default-browser-check", "--force-color-profile=srgb", "--remote-debugging-pipe",
)  # fmt: skip
MODIFIERS = {"Alt": 1, "Control": 2, "Meta": 4, "Shift": 8}


def find() -> str | None:
    """Return where Chromium is, or None."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Browser(contextlib.ExitStack):
    """A browser with a fresh profile, which is deleted with it."""

    def __init__(self, timeout: float = 60.0) -> None:
        super().__init__()
        self.timeout = timeout
        program = find()
        if program is None:
            raise FileNotFoundError(f"none of {', '.join(NAMES)} is on the path; install chromium")
        profile = self.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        self._process = subprocess.Popen(
            # The shell puts the ends of the pipes where Chromium looks for them.
            ["bash", "-c", f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}', program, *FLAGS,
             f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(theirs_in, theirs_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.callback(self._end)
        os.close(theirs_in)
        os.close(theirs_out)
        self._held = b""
        self._last = 0
        self.pages: dict[str, Page] = {}

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._out)
        os.close(self._in)

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Ask for something and wait for the answer; events that come in between are kept."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        end = time.monotonic() + self.timeout
        while (answer := self._read(end)).get("id") != self._last:
            self._event(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return dict(answer["result"])

    def wait(self, seconds: float) -> None:
        """Take events for a while."""
        end = time.monotonic() + seconds
        with contextlib.suppress(TimeoutError):
            while True:
                self._event(self._read(end))

    def _read(self, end: float) -> dict[str, Any]:
        while b"\0" not in self._held:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._in], [], [], left)[0]:
                raise TimeoutError("Chromium did not answer in time")
            part = os.read(self._in, 1 << 20)
            if not part:
                raise ConnectionError("Chromium has ended")
            self._held += part
        message, _, self._held = self._held.partition(b"\0")
        return dict(json.loads(message))

    def _event(self, message: dict[str, Any]) -> None:
        page = self.pages.get(message.get("sessionId", ""))
        if page is not None:
            page.event(message["method"], message["params"])

    def page(
        self, width: int = 1280, height: int = 900, *, dark: bool = False, touch: bool = False
    ) -> Page:
        """Open an empty page of this size."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self.pages[session] = Page(self, session, target)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.size(width, height, touch)
        page.dark(dark)
        return page


class Page:
    """One page: go, run, press, drag; `errors` is what its console complained of."""

    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self._browser, self._session, self._target = browser, session, target
        self.errors: list[str] = []
        self.requests: list[str] = []
        self._loaded = False

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **parameters)

    def event(self, method: str, told: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "assert"):
            self.errors.append(" ".join(str(a.get("value", a)) for a in told["args"]))
        elif method == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.errors.append(f"{told['entry']['text']} {told['entry'].get('url', '')}".strip())
        elif method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Page.loadEventFired":
            self._loaded = True

    def size(self, width: int, height: int, touch: bool = False) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=touch,
        )  # fmt: skip
        self.call("Emulation.setTouchEmulationEnabled", enabled=touch)

    def dark(self, on: bool) -> None:
        feature = {"name": "prefers-color-scheme", "value": "dark" if on else "light"}
        self.call("Emulation.setEmulatedMedia", features=[feature])

    def go(self, url: str | os.PathLike[str], until: str = "true") -> None:
        """Load a page and wait until an expression is true there."""
        self._loaded = False
        url = str(url) if "://" in str(url) else pathlib.Path(url).resolve().as_uri()
        self.call("Page.navigate", url=url)
        end = time.monotonic() + self._browser.timeout
        while not self._loaded:
            if time.monotonic() > end:
                raise TimeoutError(f"{url} did not load: {self.errors}")
            self._browser.wait(0.02)
        self.until(until)

    def until(self, expression: str) -> None:
        end = time.monotonic() + self._browser.timeout
        while not self.run(expression):
            if time.monotonic() > end:
                raise TimeoutError(f"never true: {expression}; errors: {self.errors}")
            self._browser.wait(0.02)

    def run(self, expression: str) -> Any:
        """Return the value of an expression; a promise is waited for."""
        told = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in told:
            details = told["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description", details["text"]))
        return told["result"].get("value")

    def settle(self) -> None:
        """Wait until what was asked for is drawn."""
        self.run("new Promise(f => requestAnimationFrame(() => requestAnimationFrame(() => f(1))))")

    def key(self, key: str, *modifiers: str) -> None:
        text = key if len(key) == 1 else ""
        flags = sum(MODIFIERS[m] for m in modifiers)
        code = {"Enter": 13, "Tab": 9, " ": 32}.get(key, 0)
        text = "\r" if key == "Enter" else text
        down = {"key": key, "modifiers": flags, "windowsVirtualKeyCode": code}
        extra = {"text": text} if text else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **down, **extra)
        self.call("Input.dispatchKeyEvent", type="keyUp", **down)
        self.settle()

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def move(self, x: float, y: float) -> None:
        self.mouse("mouseMoved", x, y)
        self.settle()

    def drag(self, start: tuple[float, float], end: tuple[float, float], steps: int = 4) -> None:
        held: dict[str, Any] = {"button": "left", "buttons": 1}
        self.mouse("mouseMoved", *start)
        self.mouse("mousePressed", *start, **held, clickCount=1)
        for k in range(1, steps + 1):
            at = [a + (b - a) * k / steps for a, b in zip(start, end, strict=True)]
            self.mouse("mouseMoved", at[0], at[1], **held)
        self.mouse("mouseReleased", *end, button="left", clickCount=1)
        self.settle()

    def click(self, x: float, y: float) -> None:
        self.drag((x, y), (x, y), steps=0)

    def middle(self, query: str) -> tuple[float, float]:
        """Return the middle of an element, scrolled into view."""
        x, y = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(query)});"
            "e.scrollIntoView({block: 'center'}); const b = e.getBoundingClientRect();"
            "return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        return x, y

    def picture(self, path: str | os.PathLike[str] | None = None, whole: bool = False) -> bytes:
        """Return a PNG of what is seen, or of the whole page."""
        told = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        data = base64.b64decode(told["data"])
        if path is not None:
            pathlib.Path(path).write_bytes(data)
        return data

    def close(self) -> None:
        self._browser.call("Target.closeTarget", targetId=self._target)
        del self._browser.pages[self._session]

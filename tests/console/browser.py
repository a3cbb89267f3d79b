"""A real Chromium, driven over the WebDriver protocol (W3C) by plain HTTP: nothing to install beside Debian's chromium and its driver."""

import base64
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
TAB, ENTER, SPACE, ESCAPE = "\ue004", "\ue007", "\ue00d", "\ue00c"


def programs() -> tuple[str, str] | None:
    """Return Chromium and its driver, None where one is missing."""
    browser, driver = shutil.which("chromium") or shutil.which("chromium-browser"), shutil.which("chromedriver")
    return None if browser is None or driver is None else (browser, driver)


class Browser:
    def __init__(self, client: httpx.Client, session: str) -> None:
        self._client = client
        self._base = f"/session/{session}"

    def ask(self, method: str, path: str, **body: Any) -> Any:
        answer = self._client.request(method, self._base + path, json=body if method == "POST" else None)
        value = answer.json()["value"]
        assert answer.status_code == 200, value
        return value

    def open(self, url: str) -> Self:
        self.ask("POST", "/url", url=url)
        return self

    @property
    def url(self) -> str:
        return str(self.ask("GET", "/url"))

    @property
    def title(self) -> str:
        return str(self.ask("GET", "/title"))

    def arrives(self, title: str = "", says: str = "") -> None:
        """Wait for a page with such a title and text: a click or a key answers before the page it leads to is there."""
        ready = "return document.readyState === 'complete' && document.title.startsWith(arguments[0])"
        ready += " && document.body.innerText.includes(arguments[1])"
        if not any(self.run(ready, title, says) for _ in range(2_000)):
            raise AssertionError(f"still at {self.title!r}")

    def until(self, script: str) -> None:
        """Wait for a script of the test's own to say true."""
        if not any(self.run(script) for _ in range(2_000)):
            raise AssertionError(script)

    def find(self, css: str) -> str:
        return str(self.ask("POST", "/element", using="css selector", value=css)[ELEMENT])

    def all(self, css: str) -> list[str]:
        return [one[ELEMENT] for one in self.ask("POST", "/elements", using="css selector", value=css)]

    def text(self, css: str = "body") -> str:
        return str(self.ask("GET", f"/element/{self.find(css)}/text"))

    def click(self, css: str) -> None:
        self.ask("POST", f"/element/{self.find(css)}/click")

    def type(self, css: str, text: str) -> None:
        element = self.find(css)
        self.ask("POST", f"/element/{element}/clear")
        self.ask("POST", f"/element/{element}/value", text=text)

    def press(self, keys: str) -> None:
        """Press keys where the focus is, as a person at the keyboard does."""
        steps = [step for key in keys for step in ({"type": "keyDown", "value": key}, {"type": "keyUp", "value": key})]
        self.ask("POST", "/actions", actions=[{"type": "key", "id": "keyboard", "actions": steps}])

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script of the test's own: the page's policy forbids the page's, not ours."""
        return self.ask("POST", "/execute/sync", script=script, args=list(arguments))

    def focused(self) -> str:
        """Return tag, name or text of what has the focus."""
        return str(
            self.run("const e = document.activeElement; return e.tagName + ':' + (e.id || e.name || e.getAttribute('href') || e.innerText)")
        )

    def cookies(self) -> list[dict[str, Any]]:
        return list(self.ask("GET", "/cookie"))

    def screenshot(self, path: Path, whole: bool = False) -> None:
        if whole:
            height = int(self.run("return document.documentElement.scrollHeight"))
            self.size(1280, min(height + 20, 4_000))
        path.write_bytes(base64.b64decode(self.ask("GET", "/screenshot")))

    def size(self, width: int, height: int) -> None:
        self.ask(
            "POST",
            "/goog/cdp/execute",
            cmd="Emulation.setDeviceMetricsOverride",
            params={"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )

    def cdp(self, command: str, **parameters: Any) -> Any:
        return self.ask("POST", "/goog/cdp/execute", cmd=command, params=parameters)


@contextmanager
def browsing(javascript: bool = True, scheme: str = "light") -> Iterator[Browser]:
    """Start Chromium without a screen and with a profile that goes away."""
    found = programs()
    assert found is not None
    browser, driver = found
    with tempfile.TemporaryDirectory(prefix="console-browser-") as folder:
        port = _free_port()
        log = Path(folder) / "driver.log"
        process = subprocess.Popen(
            [driver, f"--port={port}", f"--log-path={log}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"HOME": folder},
        )
        try:
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}", timeout=60.0, trust_env=False, transport=httpx.HTTPTransport(retries=8)
            ) as client:
                preferences = {} if javascript else {"profile.managed_default_content_settings.javascript": 2}
                options = {
                    "binary": browser,
                    "args": [
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--hide-scrollbars",
                        "--ignore-certificate-errors",
                        f"--user-data-dir={folder}/profile",
                        "--window-size=1280,900",
                        "--force-color-profile=srgb",
                        "--lang=en",
                    ],
                    "prefs": preferences,
                }
                made = client.post("/session", json={"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}).json()["value"]
                assert "sessionId" in made, made
                one = Browser(client, made["sessionId"])
                try:
                    one.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
                    yield one
                finally:
                    client.delete(f"/session/{made['sessionId']}")  # ends the browser; the driver's own end would leave it
        finally:
            process.terminate()
            process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

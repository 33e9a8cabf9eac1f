"""Browser automation: runs the app on a free port and opens its pages in headless Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from playwright.sync_api import Browser, Page, sync_playwright

from recsys.paths import ROOT

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


@dataclass(frozen=True, slots=True)
class Server:
    """A running app.

    Attributes:
        url: address of the app.
        pid: id of its process.
        started: time of its launch, in seconds since 1970.
    """

    url: str
    pid: int
    started: float


def chrome() -> str:
    """Return the path of Chrome or Chromium; the variable ``CHROME`` sets another.

    Raises:
        FileNotFoundError: neither is installed.
    """
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = os.environ.get("CHROME") or next(filter(None, map(shutil.which, names)), None)
    if path is None and Path(MAC).exists():
        path = MAC
    if path is None:
        raise FileNotFoundError("Chrome or Chromium is not installed; set CHROME=/path/to/it")
    return path


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(folder: Path, script: Path | None = None, **environment: str) -> Iterator[Server]:
    """Run the app with its own user data until the ``with`` block ends.

    Args:
        folder: folder of the user data, the profiles database and the server's log.
        script: another script to serve instead of the app.
        environment: further variables, such as ``ANIME_CHECKPOINT``.

    Yields:
        The running app.
    """
    port = free_port()
    variables = {
        **os.environ,
        "ANIME_PROFILES_URL": f"sqlite:///{folder / 'profiles.sqlite'}",
        "ANIME_LOCAL": str(folder),
        "OMP_NUM_THREADS": "1",
        **environment,
    }
    command = [
        sys.executable, "-m", "streamlit", "run", str(script or "app.py"), f"--server.port={port}",
        "--server.headless=true",
    ]  # fmt: skip
    with (folder / "server.log").open("wb") as log:
        started = time.time()
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=log, stderr=log)
        try:
            _wait_until_ready(port, process)
            yield Server(f"http://127.0.0.1:{port}", process.pid, started)
        finally:
            process.terminate()
            process.wait(10)


def _wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.02)
    raise RuntimeError("the app did not start; see server.log")


@contextmanager
def browser() -> Iterator[Browser]:
    """Yield a headless Chromium, which is closed when the ``with`` block ends."""
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chrome(), args=list(FLAGS))
        try:
            yield opened
        finally:
            opened.close()


def open_page(
    opened: Browser, url: str, *, width: int = 1440, dark: bool = False, height: int = 0
) -> Page:
    """Return a page of an address, in a new context without cookies or cache of other pages."""
    page = new_page(opened, width=width, dark=dark, height=height)
    page.goto(url, wait_until="commit")
    return page


def new_page(opened: Browser, *, width: int = 1440, dark: bool = False, height: int = 0) -> Page:
    """Return an empty page in a new context."""
    context = opened.new_context(
        viewport={"width": width, "height": height or (844 if width < 600 else 900)},
        color_scheme="dark" if dark else "light",
        device_scale_factor=1,
        locale="en-US",
    )
    return context.new_page()

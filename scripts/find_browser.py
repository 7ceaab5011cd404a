"""Print the path of a Chromium or Chrome for the browser tests.

In this order: one that is there, Playwright's own, and with ``--install`` Playwright's download or, as root on Debian,
a package. Without any: one sentence on standard error and exit code 1.

First comes Chromium without windows, menus and extensions, which nobody sees in a test: pages are the same, and take a
seventh less processor time.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

DEBIAN_PACKAGES = ("chromium-headless-shell", "chromium")
NAMES = (*DEBIAN_PACKAGES, "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
SENTENCE = (
    "No Chromium or Chrome was found and none could be installed; install one (on Debian: apt install chromium) "
    "or name it in DIGITLAB_BROWSER, and run the command again."
)


def find_browser(install: bool = False) -> Path | None:
    """Look for a browser, cheapest way first; ``install`` permits to download one."""
    ways: list[Callable[[], Path | None]] = [_named, _on_path, _in_applications, _of_playwright]
    if install:
        ways += [_download_with_playwright, _install_debian_package]
    return next((path for way in ways if (path := way()) is not None), None)


def _named() -> Path | None:
    path = Path(os.environ.get("DIGITLAB_BROWSER", ""))
    return path if path.is_file() else None


def _on_path() -> Path | None:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


def _in_applications() -> Path | None:
    homes = [Path("/"), Path.home()]
    candidates = (home / app.lstrip("/") for home in homes for app in MAC_APPS)
    return next((path for path in candidates if path.is_file()), None)


def _of_playwright() -> Path | None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.is_file() else None


def _download_with_playwright() -> Path | None:
    return _of_playwright() if _run(sys.executable, "-m", "playwright", "install", "chromium") else None


def _install_debian_package() -> Path | None:
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    _run("apt-get", "update")
    for package in DEBIAN_PACKAGES:
        if _run("apt-get", "install", "-y", "--no-install-recommends", package):
            return _on_path()
    return None


def _run(*command: str) -> bool:
    """Run it with its output on standard error, in at most ten minutes; tell whether it ended well."""
    print(f"Running: {' '.join(command)}", file=sys.stderr)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(command, stdout=sys.stderr, env=environment, timeout=600, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def main() -> int:
    """Print the path and return 0, or say what to do and return 1."""
    parser = argparse.ArgumentParser(description="Print the path of a Chromium or Chrome.")
    parser.add_argument("--install", action="store_true", help="download one if there is none")
    path = find_browser(install=parser.parse_args().install)
    if path is None:
        print(SENTENCE, file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())

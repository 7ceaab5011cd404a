"""One browser session for many tests: what it has loaded and compiled once, it need not load and compile again.

A page of a session of its own costs three times the processor time of one more page here: it fetches and compiles
Streamlit and plotly first. What is about a browser that has never been here, or about two, opens sessions of its own.
"""

from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

TO_SHARE = (
    "--process-per-site",
    "--js-flags=--no-flush-bytecode --no-opt --no-maglev --single-threaded-gc",
    "--disable-features=ScriptStreaming,V8ConcurrentSparkplug,ConsumeCodeCacheOffThread",
)
"""
Flags of Chromium: the tabs of a session share the process that has compiled the scripts, which forgets none of them,
does not compile for speed what runs once a test, and does nothing ahead of need on a core that others wait for.
"""
COARSE = 0.5
"""Pixels of the screen to one of the page: the layout is the same, and there is a quarter to paint."""
DESK = (1280, 900)


class Session:
    """A browser session that forgets each test, all but what it has in its cache.

    Parameters
    ----------
    browser
        Started with ``TO_SHARE``.
    patience
        Milliseconds that an action or a page may take.
    """

    def __init__(self, browser: Browser, patience: float) -> None:
        # What moves is drawn by the processor, 60 times a second: a tenth of all that a page costs.
        self.context = browser.new_context(reduced_motion="reduce", device_scale_factor=COARSE)
        self.context.set_default_timeout(patience)
        self._origins: set[str] = set()
        self._keeper: Page | None = None

    def new_page(self, url: str, size: tuple[int, int] = DESK) -> Page:
        """Open a tab for this address, which is still to be loaded."""
        address = urlsplit(url)
        origin = f"{address.scheme}://{address.netloc}"
        self._origins.add(origin)
        if self._keeper is None:
            # The process ends with the last tab of its site: this one stays.
            self._keeper = self.context.new_page()
            self._keeper.goto(f"{origin}/_stcore/health")
        page = self.context.new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        return page

    def forget(self) -> None:
        """Close what is open, and leave no cookie, no stored choice and no permission behind."""
        for page in self.context.pages:
            if page is not self._keeper:
                page.close()
        self.context.clear_cookies()
        self.context.clear_permissions()
        if self._keeper is not None:
            protocol = self.context.new_cdp_session(self._keeper)
            for origin in self._origins:
                protocol.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "local_storage"})
            protocol.detach()

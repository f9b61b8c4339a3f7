"""Somebody who visits the page with a browser, and everything that they must never see happen."""

import re
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from service_client import RunningService

_SERIOUS = ("serious", "critical")
_VIOLATIONS = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.__violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""
_CHANGED = """() => {
  if (!window.__watched) {
    window.__watched = new MutationObserver(() => { window.__changed = performance.now(); });
    window.__watched.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    window.__changed = performance.now();
  }
  return performance.now() - window.__changed;
}"""
_STILL_MS = 300


def until(page: Any, words: str, arg: Any = None, seconds: float = 30) -> None:
    """Wait until an expression, or a function of `arg`, is true on the page.

    Playwright's own `wait_for_function` evaluates text within the page, which our content security policy forbids.
    """
    end = time.monotonic() + seconds
    while not page.evaluate(words, arg):
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s for: {words}")
        page.wait_for_timeout(40)


class Visitor:
    """A browser context of its own with a page in it, and what went wrong there."""

    def __init__(self, context: Any, service: RunningService) -> None:
        self.service = service
        self.context = context
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.violations: list[str] = []
        self._forgiven: list[str] = []
        self._pending: set[Any] = set()
        context.add_init_script(_VIOLATIONS)
        context.on("page", self._listen)
        context.on("request", self._asked)
        context.on("requestfinished", self._answered)
        context.on("requestfailed", self._answered)
        self.page = context.new_page()

    @classmethod
    def of(cls, browser: Any, service: RunningService, width: int = 1280, height: int = 800, **options: Any) -> Self:
        """Open a context; further options are Playwright's."""
        told = {"color_scheme": "dark", "viewport": {"width": width, "height": height}, **options}
        return cls(browser.new_context(**told), service)

    def __enter__(self) -> Self:
        self.page.goto(f"{self.service.url}/?token={self.service.token}")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for page in self.context.pages:
            self.violations += page.evaluate("window.__violations ?? []")
        self.context.close()
        if kind is None:
            self.check()

    def check(self) -> None:
        """See that nothing has gone wrong."""
        wrong = [one for one in self.errors if not any(re.search(words, one) for words in self._forgiven)]
        assert not wrong, wrong
        assert not self.outside, f"asked others: {self.outside}"
        assert not self.violations, f"broke the content security policy: {self.violations}"

    def forgive(self, words: str) -> None:
        """Expect errors in the console that match a regular expression."""
        self._forgiven.append(words)

    def open(self, path: str, wait_for: str = "h1") -> Any:
        """Go to a view, and wait until it is there."""
        self.page.goto(self.service.url + path)
        self.page.wait_for_selector(wait_for, timeout=30_000)
        return self.page

    def quiet(self, page: Any = None, seconds: float = 5) -> None:
        """Wait until a view has come to rest: nothing is asked for any more and nothing changes; or long enough."""
        page = page or self.page
        page.wait_for_selector("h1")
        end = time.monotonic() + seconds
        while (page.evaluate(_CHANGED) < _STILL_MS or self._pending) and time.monotonic() < end:
            page.wait_for_timeout(40)

    def axe(self) -> list[str]:
        """Give what hinders people: serious and critical findings of axe."""
        import axe_playwright_python

        script = Path(axe_playwright_python.__file__).parent / "axe.min.js"
        self.page.evaluate(script.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        return [
            f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in found
            if one["impact"] in _SERIOUS
            for node in one["nodes"]
        ]

    @contextmanager
    def no_shift(self):
        """Nothing may jump while something happens: the sum of layout shifts stays below 0.02."""
        self.page.evaluate(
            """() => {
              window.__shift = 0;
              new PerformanceObserver((list) => {
                for (const one of list.getEntries()) if (!one.hadRecentInput) window.__shift += one.value;
              }).observe({ type: "layout-shift", buffered: false });
            }"""
        )
        yield
        shift = self.page.evaluate("window.__shift")
        assert shift < 0.02, shift

    def _asked(self, request: Any) -> None:
        # Nothing is intercepted: Chromium falls over a film of 5 GB that it shall show to somebody first. It is
        # started so that it finds no other machine.
        if not request.url.startswith((self.service.url, "blob:", "data:")):
            self.outside.append(request.url)
        # Events and long questions are answered when something happens, which may be never; so are films.
        if request.resource_type not in ("eventsource", "media") and "wait=" not in request.url:
            self._pending.add(request)

    def _answered(self, request: Any) -> None:
        self._pending.discard(request)

    def _listen(self, page: Any) -> None:
        page.on("console", lambda message: self._heard(message.type, f"{message.text} {message.location}"))
        page.on("pageerror", lambda error: self.errors.append(f"error: {error}"))

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error":
            self.errors.append(f"{kind}: {text}")

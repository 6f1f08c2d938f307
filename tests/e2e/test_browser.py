"""What a newcomer does in the first minutes, in a real browser on the real thing: `tagboat run` in an empty directory, and the pages it serves.

Nothing of ours is imported and nothing is stepped: time is the machine's. Screenshots of each stage, wide and narrow, are left in pytest's
directory, or where TAGBOAT_SCREENSHOTS points, for people to look at.
"""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, Response, expect, sync_playwright

from tests.running import tagboat

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDE, NARROW = 1280, 400
READY_SECONDS = 60
SETTLED_SECONDS = 40


@dataclass
class Browser:
    """A page of the browser, and everything that went wrong in it."""

    page: Page
    pictures: Path
    wrong: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        self.page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.wrong.append(f"{response.status}: {response.url}")

    def picture(self, name: str) -> None:
        """The whole page as it is now, at both widths; nothing may stick out of the narrow one."""
        for width in (NARROW, WIDE):
            self.page.set_viewport_size({"width": width, "height": 850})
            self.page.evaluate("window.scrollTo(0, 0)")
            self.page.screenshot(path=self.pictures / f"{name}-{width}.png", full_page=True)
            assert self.page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than {width}"

    def open_pull_request(self, home: str) -> None:
        self.page.goto(home)
        self.page.get_by_role("button", name="Open a pull request").click()
        expect(self.page).to_have_url(re.compile(r"/harbour/shop/pull/\d+$"))
        expect(self.page.locator("[data-live=merge]")).to_contain_text("5 successful", timeout=SETTLED_SECONDS * 1000)

    def comment(self, text: str) -> None:
        box = self.page.get_by_label("Comment")
        box.press_sequentially(text)
        self.page.get_by_role("button", name="Comment", exact=True).click()
        expect(self.page.locator("article.said", has_text=text).last).to_be_visible()

    def reactions(self) -> str:
        return " ".join(self.page.locator(".reaction").all_inner_texts())

    def living_comment(self) -> str:
        return str(self.page.locator("article.from-app .markdown").first.inner_text())

    def shares(self) -> list[float]:
        """Of production's traffic, as the page draws it: the candidate's share in per cent (empty while there is none)."""
        told = self.page.locator("#side-production svg.share").get_attribute("aria-label") or ""
        return [float(share) for share in re.findall(r"([\d.]+)% candidate", told)]

    def production(self) -> str:
        return str(self.page.locator("#side-production header").inner_text())


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(
            f"there is no browser: none of {', '.join(BROWSERS)} is on the PATH. On Debian: apt install chromium"
        )
    pictures = Path(os.environ.get("TAGBOAT_SCREENSHOTS") or tmp_path / "screenshots")
    pictures.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        # Chromium's own sandbox needs user namespaces, which containers mostly refuse. It only visits what we serve here.
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
        opened = Browser(chromium.new_page(), pictures)
        opened.watch()
        yield opened
        chromium.close()


def watched(see: Callable[[], str], until: str, seconds: float, each: Callable[[], None] = lambda: None) -> list[str]:
    """The different things that were to be seen, in order, until `until` was among them."""
    seen: list[str] = []
    deadline = time.monotonic() + seconds
    while until not in (now := see()):
        if not seen or seen[-1] != now:
            seen.append(now)
        each()
        assert time.monotonic() < deadline, f"never saw {until!r}, but:\n" + "\n".join(seen)
        time.sleep(0.1)
    return [*seen, now]


@pytest.mark.timeout(240)
def test_the_first_minutes(browser: Browser, tmp_path: Path) -> None:
    with tagboat(tmp_path / "state") as running:
        assert running.until_ready(READY_SECONDS) < READY_SECONDS
        home = running.address("The sandbox, a GitHub to play with:")
        page = browser.page
        page.goto(home)
        browser.picture("1-front")

        browser.open_pull_request(home)
        browser.comment("/deploy canary")
        reactions = watched(browser.reactions, "🚀", 20)
        # The page looks once a second, so it may see both at once, but never the answer alone.
        assert "👀" in reactions[-1], reactions

        shares: list[float] = []

        def note_share() -> None:
            shares.extend(share for share in browser.shares() if share not in shares[-1:])

        watched(lambda: str(browser.shares()), "50.0", 60, note_share)
        note_share()
        browser.picture("2-on-its-way")
        rollout = page.locator(".happened", has_text="started a rollout")
        watched(lambda: str(rollout.inner_text()), "success", 60, note_share)
        assert [share for share in shares if share in (5, 25, 50, 100)] == [5, 25, 50, 100], shares
        assert "live" in browser.production()
        browser.picture("3-deployed")

        page.get_by_role("button", name="Merge", exact=True).click()
        expect(page.locator(".pull-head")).to_contain_text("Merged")
        browser.open_pull_request(home)
        page.locator("#side-switches").get_by_role("button", name="Break the canary").click()
        expect(page.locator("#side-switches")).to_contain_text("Mend the canary")
        browser.comment("/deploy canary")
        watched(lambda: str(browser.shares()), "5.0", 30)
        told = watched(browser.living_comment, "rolled back", 60)[-1]
        assert re.search(r"errors [\d.,]+ % \(\d[\d,]* of \d[\d,]*\)", told), f"no evidence in:\n{told}"
        expect(rollout).to_contain_text("failed", timeout=30_000)
        watched(browser.production, "rolled back", 30)
        assert browser.shares() == [0.0]
        browser.picture("4-rolled-back")
        page.goto(f"{home}/harbour/shop/deployments")
        browser.picture("5-deployments")
        page.goto(f"{running.address('Tagboat:')}/harbour/shop")
        expect(page.locator("#production summary").first).to_contain_text("The last rollout: RolledBack")
        page.locator("#production summary").first.click()
        expect(page.locator("#production td.bad").first).to_have_text("bad")
        browser.picture("6-standing")

        assert browser.wrong == []
        assert running.interrupt() == 0
        assert running.left_behind() == []

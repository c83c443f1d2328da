"""A browser for the tests of the report, and a page in it that nothing may disturb without a word."""

import importlib.util
import shutil

import pytest
import toy_question

from neurosim.lab import run
from neurosim.lab.claims import COLUMNS
from neurosim.report import build_report

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

CLAIMED = (
    (
        'yield report("pictures"',
        """yield judge("A0-06", needed("end", ends(t), above(1.0), "Hz", possible=(-9, 9)), why="it grows")
    yield report("pictures\"""",
    ),
    ("above, check,", "above, check, judge, needed,"),
)
CLAIMS = f"""{",".join(COLUMNS)}
A0-06,A0,曲线上升,,The curve grows,mechanism,true by theory,supported 1,yes,,,,
A1-07,A1,,,Never measured,existence,unknown,supported 1,yes,,,,
A1-08,A1,,,Out of reach,history,,,no,,,,
"""


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None or importlib.util.find_spec("playwright") is None:
        pytest.skip("no browser: install Chromium from your system's packages, and pip install -e '.[browser]'")
    return CHROMIUM


@pytest.fixture(scope="module")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def page_file(chromium, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "experiments").mkdir()
    (folder / "experiments" / "claims.csv").write_text(CLAIMS, encoding="utf-8")
    for name in ("first", "second"):
        path = toy_question.write(folder / "experiments", name, *CLAIMED)
        run(path, quick=name == "second", out=folder / "results", progress=False)
    return build_report(folder / "results", folder / "experiments")


@pytest.fixture
def opened(browser, page_file):
    """A function that opens the page; whatever the console says or is asked of a network fails the test."""
    said, contexts = [], []

    def open_page(width=1280, height=800, scheme="light", address="", **options):
        size = {"width": width, "height": height}
        contexts.append(browser.new_context(viewport=size, color_scheme=scheme, **options))
        page = contexts[-1].new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda r: said.append(r.url) if not r.url.startswith(("file:", "data:", "blob:")) else None)
        page.goto(page_file.as_uri() + address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []

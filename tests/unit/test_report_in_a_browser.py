"""The report as a reader uses it, in Chromium: found, filtered, enlarged, printed, on a phone, in the dark, silent."""

import re

import pytest

pytestmark = pytest.mark.xdist_group("browser")


def test_claims_are_filtered_and_counted(opened):
    page = opened()
    page.select_option("select[name=article]", "A1")
    assert page.text_content(".filter output") == "2 of 3 claims"
    page.fill("input[name=text]", "reach")
    assert page.text_content(".filter output") == "1 of 3 claims"
    assert [card.get_attribute("id") for card in page.query_selector_all(".card") if card.is_visible()] == ["A1-08"]
    page.click(".matrix button[data-article=A0]")
    assert page.text_content(".filter output") == "1 of 3 claims"
    assert page.is_visible("#A0-06")


def test_the_address_of_a_claim_opens_its_card(opened):
    page = opened(address="#A0-06")
    assert page.is_visible("#A0-06 .conditions")
    assert page.is_visible("#A0-06 svg.line circle")
    page.wait_for_function(
        "() => { const y = document.querySelector('#A0-06').getBoundingClientRect().y; return 0 <= y && y < 800; }"
    )


def test_a_figure_is_enlarged_panel_by_panel_from_the_keyboard(opened):
    page = opened()
    page.focus(".enlarge >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_selector("#zoom .view img[alt='All panels']")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#zoom .view img[alt='Panel A']")
    assert page.text_content("#zoom .words") == "A: points of all replicates."
    width = "document.querySelector('#zoom .view img').naturalWidth"
    page.wait_for_function(f"{width} > 0")
    panel = page.evaluate(width)
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector("#zoom .view img[alt='All panels']")
    page.wait_for_function(f"{width} > 0")
    assert panel < 0.6 * page.evaluate(width)  # half of a figure with two panels side by side
    page.keyboard.press("Escape")
    assert not page.is_visible("#zoom")


def test_a_table_is_downloaded_from_the_page(opened, page_file):
    page = opened()
    page.click("section >> nth=0 >> text=Data")
    with page.expect_download() as download:
        page.click("a[data-packed] >> nth=0")
    found = download.value.path().read_bytes()
    assert found in [file.read_bytes() for file in page_file.parent.glob("*/first/*/*.csv")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_nothing_is_cut_and_nothing_keeps_anybody_out(opened, width, height, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install -e '.[browser]' brings axe")
    page = opened(width, height, scheme)
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = axe.Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_on_a_phone_the_panels_stand_below_each_other(opened):
    page = opened(390, 844)
    images = page.locator("figure >> nth=0 >> img")
    assert [images.nth(i).get_attribute("alt") for i in range(images.count())] == ["Panel A", "Panel B"]
    first, second = (images.nth(i).bounding_box() for i in range(2))
    assert second["y"] >= first["y"] + first["height"]
    assert min(first["width"], second["width"]) > 300
    assert not page.is_visible("nav ul")
    page.click(".back")
    assert page.is_visible("nav ul")


def test_on_paper_the_checks_are_open_and_the_data_are_not(opened, tmp_path):
    page = opened()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.is_visible("section >> nth=0 >> .findings")
    assert not page.is_visible("table.data >> nth=0")
    paper = page.pdf(path=tmp_path / "report.pdf")
    assert 1 <= len(re.findall(rb"/Type\s*/Page[^s]", paper)) <= 4

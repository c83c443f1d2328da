"""The live panels of the report: their numbers are those of the package, and a reader can move all of them."""

import base64
import re
from pathlib import Path

import numpy as np
import pytest

import neurosim as ns
from experiments.neurons._curves import fitted
from neurosim import metrics
from neurosim.activations import Siegert
from neurosim.engines.static import Static
from neurosim.lab.question_files import name_of, questions
from neurosim.ladder import fit
from neurosim.params import ParameterError
from neurosim.plasticity import STDP, TripletSTDP
from neurosim.report import live
from neurosim.report.live import sparse
from neurosim.theory import mach_band

pytestmark = pytest.mark.xdist_group("browser")
EXPERIMENTS = Path(__file__).parents[2] / "experiments"
NAMES = [panel.name for panel in live.panels()]
CURVES = [
    {"sigma": 0.05},
    {"sigma": 0.25, "t_ref": 5e-3, "v_reset": 0.4},
    {"sigma": 0.9, "tau_m": 0.03, "t_ref": 0.0},
    {"sigma": 0.3, "t_ref": 1e-3, "v_reset": -0.7, "dt": 1e-4},
    {"sigma": 0.0, "t_ref": 3e-3, "v_reset": 0.2},
]


def test_every_panel_stands_with_a_question_and_has_a_file_of_its_own():
    known = {name_of(path) for path in questions(EXPERIMENTS)}
    assert {panel.beside for panel in live.panels()} <= known
    assert len({panel.beside for panel in live.panels()}) == len(NAMES) >= 4


def test_a_panel_that_does_not_say_where_it_belongs_is_named(tmp_path):
    (tmp_path / "mine.js").write_text("// title: Mine\nlive.add('mine', {});\n", encoding="utf-8")
    with pytest.raises(ParameterError, match=r"mine\.js: a panel begins with .* got \['title'\]"):
        live.panels(tmp_path)


def test_code_and_data_are_small():
    folder = Path(live.__file__).parent
    assert sum(path.stat().st_size for path in folder.glob("*.js")) < 45_000  # with comments and indentation
    code = re.sub(r"Object\.assign\(live\.given, .*\);", "", live.script())
    assert 10_000 < len(code.encode()) <= 40_000
    assert len(live.script().encode()) - len(code.encode()) <= 20_000


@pytest.fixture(scope="module")
def ask(browser, page_file):
    """A function of the page's numbers: ask("neuron", "spikes", 1.2, {...})."""
    page = browser.new_page()
    page.goto(page_file.as_uri())
    yield lambda panel, name, *values: page.evaluate(
        """([panel, name, values]) => (panel ? live.panels[panel].numbers : live.numbers)[name](...values)""",
        [panel, name, list(values)],
    )
    page.close()


def siegert(sigma=0.0, **parameters):
    return Siegert(sigma_stat=sigma, **parameters)


def test_the_curve_is_siegerts_formula(ask):
    drives = np.linspace(-1.0, 4.0, 41)
    for parameters in CURVES:
        found = np.array([ask("", "siegert", drive, parameters) for drive in drives.tolist()])
        curve = siegert(**parameters)
        np.testing.assert_allclose(found[:, 0], curve(drives), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(found[:, 1], curve.derivative(drives), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize(("drive", "t_ref", "v_reset"), [(1.3, 3e-3, 0.3), (2.45, 0.0, -0.5), (1.05, 10e-3, 0.0)])
def test_every_spike_of_a_neuron_without_noise_is_that_of_the_compiled_engine(ask, drive, t_ref, v_reset):
    dt, steps = live._given()["neuron"]["dt"], 20_000
    found = ask("neuron", "spikes", drive, {"t_ref": t_ref, "v_reset": v_reset}, steps)
    cell = ns.LIF(t_ref=t_ref, v_reset=v_reset)
    run = cell.run(drive, duration=steps * dt, settle=0.0, dt=dt, engine="compiled", record=("spikes",))
    assert found == np.rint(run.spikes["cell"].times / dt).astype(int).tolist()
    assert len(found) >= 5


@pytest.mark.parametrize(("drive", "sigma", "t_ref", "v_reset"), [(0.8, 0.4, 4e-3, 0.0), (1.5, 0.2, 2e-3, -0.5)])
def test_with_noise_the_count_is_that_of_the_formula(ask, drive, sigma, t_ref, v_reset):
    dt, seconds = live._given()["neuron"]["dt"], 40.0
    parameters = {"sigma": sigma, "t_ref": t_ref, "v_reset": v_reset}
    count = len(ask("neuron", "spikes", drive, parameters, round(seconds / dt), 5))
    curve = siegert(**parameters, dt=dt)
    expected = seconds * float(curve(np.array(drive)))
    error = float(curve.cv(np.array(drive))) * np.sqrt(expected)
    assert abs(count - expected) < 4 * error  # the interval in which all but one in 16,000 counts lie
    assert error < 0.05 * expected


@pytest.mark.parametrize("parameters", [{"sigma": 0.5 / 2**0.5}, {"sigma": 0.15, "t_ref": 6e-3, "v_reset": 0.5}])
def test_the_fits_are_those_of_the_package(ask, parameters):
    found = ask("neuron", "curves", parameters)
    x = np.linspace(-1.0, 3.0, 161)
    y = siegert(**parameters)(x)
    for name in ("ReLU", "Softplus", "GELU"):
        best = fit(getattr(ns.activations, name), x, y)
        assert found["fits"][name]["nrmse"] == pytest.approx(metrics.nrmse(best(x), y), rel=1e-5)
        # In a corner the width is at its least, whatever that is, and gain over width is the slope.
        slope = found["fits"][name]["gain"] / found["fits"][name]["width"]
        assert slope == pytest.approx(best.gain / getattr(best, "width", 1.0), rel=1e-3)
        assert found["fits"][name]["threshold"] == pytest.approx(best.threshold, abs=1e-3)
    if len(parameters) == 1:  # that of the question's figure
        published = fitted("GELU", 0.5, x)[0]
        assert found["fits"]["GELU"]["nrmse"] == pytest.approx(metrics.nrmse(published(x), y), rel=1e-5)


def drives_of(digit, threshold):
    """Drive of every unit, by plain NumPy from what the page is given."""
    given = live._given()["sparse"]
    filters = np.frombuffer(base64.b64decode(given["filters"]), dtype=np.int8).reshape(sparse.UNITS, 64).astype(float)
    plain = filters @ np.array(given["digits"][digit], dtype=float)
    return np.array(given["bias"]) + np.array(given["scale"]) * plain - threshold


@pytest.mark.parametrize(
    ("digit", "threshold", "strength", "noise"), [("3", 0.0, 2.0, 0.1), ("8", -0.4, 16.0, 0.05), ("5", 0.35, 5.5, 0.45)]
)
def test_the_steady_states_are_those_of_the_static_engine(ask, digit, threshold, strength, noise):
    given = live._given()["sparse"]
    pixels, setting = given["digits"][digit], {"threshold": threshold, "strength": strength, "noise": noise}
    drive = drives_of(digit, threshold)
    np.testing.assert_allclose(ask("sparse", "drives", pixels, threshold), drive, rtol=0, atol=1e-12)
    rungs = ns.ladder(ns.LIF(sigma_stat=noise))
    relu = rungs["artificial"].activation
    tangent = ask("sparse", "tangent", noise)
    assert tangent["gain"] == pytest.approx(relu.gain, rel=1e-4)
    assert tangent["threshold"] == pytest.approx(relu.threshold, abs=1e-4)
    circuit = sparse.circuit(strength / (given["slope"] * (sparse.UNITS - 1)), -50.0)
    stimulus = ns.stimulus.constant(drive + 50.0, "drive")
    for rung in ("artificial", "curve"):
        found = ask("sparse", "steady", rung, pixels, setting, {"gain": relu.gain, "threshold": relu.threshold})
        run = ns.simulate(circuit, rungs[rung], stimulus, engine=Static(tolerance=1e-12), progress=False)
        rates = run.checked_rates("hidden")[0]
        np.testing.assert_allclose(found, rates, rtol=0, atol=1e-9 * rates.max())
        assert rates.max() > 0
        assert ask("", "activeFraction", found, 1.25) == metrics.active_fraction(rates, above=1.25)
        assert ask("", "trevesRolls", found) == pytest.approx(float(metrics.treves_rolls(rates)), rel=1e-9)
        scores = np.array(given["reader"]["weights"]) @ (rates / 100.0) + given["reader"]["offset"]
        assert ask("sparse", "guess", found) == int(np.argmax(scores))


@pytest.mark.parametrize(("digit", "threshold", "strength"), [("3", 0.0, 2.0), ("0", -0.5, 16.0), ("7", 0.4, 0.0)])
def test_every_spike_of_the_population_without_noise_is_that_of_the_compiled_engine(ask, digit, threshold, strength):
    given, steps = live._given()["sparse"], 1500
    drive, weight = drives_of(digit, threshold), strength / (given["slope"] * (sparse.UNITS - 1))
    found = ask("sparse", "spikes", drive.tolist(), weight, 0.0, steps)
    hidden = ns.Population("hidden", sparse.UNITS, bias=drive)
    lateral = [ns.lateral(hidden, weight, tau=sparse.TAU_INHIBITION)] if weight else []
    schedule = ns.Schedule(duration=steps * sparse.DT, settle=0.0, dt=sparse.DT)
    circuit = ns.Circuit(populations=[hidden], projections=lateral)
    run = ns.simulate(circuit, ns.LIF(), schedule=schedule, record=["spikes"], engine="compiled", progress=False)
    spikes = run.spikes["hidden"]
    assert found == [[round(t / sparse.DT), int(u)] for t, u in zip(spikes.times, spikes.units, strict=True)]
    assert len(found) > 50


@pytest.mark.parametrize(("strength", "length"), [(0.35, 2.5), (1.5, 6.0), (1.2, 1.0)])
def test_the_response_of_the_ring_is_that_of_the_package(ask, strength, length):
    light = ns.randomness.stream(3, "noise").uniform(0.0, 2.5, 100)  # darkness beside it silences units
    retina = ns.Population("retina", 100)
    lateral = ns.lateral(retina, strength, kernel=ns.kernels.Exponential(length=length), per="total")
    sight = ns.Projection("sight", "light", "retina", np.eye(100), tau=0.0)
    circuit = ns.Circuit({"light": 100}, [retina], [sight, lateral])
    stimulus = ns.stimulus.constant(light[np.newaxis], "light")
    run = ns.simulate(circuit, ns.Unit(), stimulus, engine=Static(tolerance=1e-12), progress=False)
    np.testing.assert_allclose(
        ask("bands", "response", light.tolist(), strength, length), run.checked_rates("retina")[0], rtol=0, atol=1e-9
    )
    assert ask("bands", "closed", strength, length) == pytest.approx(mach_band(strength, length), rel=1e-12)


PAIR = STDP(A_plus=0.012, A_minus=0.009, tau_plus=17e-3, tau_minus=34e-3)
TRIPLET = TripletSTDP(A2_plus=5e-3, A2_minus=6e-3, A3_plus=9e-3, A3_minus=2e-3, tau_x=60e-3)


@pytest.mark.parametrize("rule", [PAIR, TRIPLET], ids=["pair", "triplet"])
def test_a_weight_changes_as_on_the_compiled_engine(ask, rule):
    dt, largest = 1e-4, 1e-12
    pre, post = [12, 30, 75, 140], [18, 30, 70, 155, 156]  # ms; two at the same time
    rule = rule.replace(w_max=largest)
    cell = ns.LIF(t_ref=0.0)
    relay = ns.Projection("relay", "driver", "post", [[2.0 / cell.impulse]], tau=0.0)
    plastic = ns.Projection("plastic", "pre", "post", [[0.5 * largest]], tau=0.0, rule=rule)
    circuit = ns.Circuit({"pre": 1, "driver": 1}, [ns.Population("post", 1)], [relay, plastic])
    # The cell fires one step after its driver.
    times = {"pre": 1e-3 * np.array(pre), "driver": 1e-3 * np.array(post) - dt}
    trains = [ns.stimulus.spikes(t, np.zeros(len(t), dtype=int), input=name) for name, t in times.items()]
    stimulus = ns.stimulus.combine(*trains)
    schedule = ns.Schedule(duration=0.2, settle=0.0, dt=dt)
    run = ns.simulate(circuit, cell, stimulus, schedule, record=["spikes"], engine="compiled", progress=False)
    np.testing.assert_allclose(run.spikes["post"].times, 1e-3 * np.array(post), atol=1e-9)
    numbers = {name: value for name, value in rule.as_dict().items() if name.startswith(("A", "tau"))}
    found = ask("timing", "change", pre, post, numbers)
    assert found == pytest.approx(run.weights["plastic"].item() / largest - 0.5, abs=1e-9)
    assert abs(found) > 1e-3
    assert ask("timing", "drift", 15.0, 40.0, numbers) == pytest.approx(rule.drift(15.0, 40.0) / largest, rel=1e-12)
    single = ask("timing", "change", [50], [50 + 13], numbers)
    assert single > 0 > ask("timing", "change", [50 + 13], [50], numbers)


def test_the_panel_of_the_recipe_works(opened, tmp_path):
    recipe = (EXPERIMENTS.parent / "docs" / "extending.md").read_text(encoding="utf-8")
    code = re.search(r"```js\n(.*?)```", recipe, re.DOTALL)[1]
    (tmp_path / "line.js").write_text(code, encoding="utf-8")
    (panel,) = live.panels(tmp_path)
    assert panel.beside in {name_of(path) for path in questions(EXPERIMENTS)}
    page = opened()
    page.evaluate(
        """(code) => {
          (0, eval)(code);
          document.querySelector("#try").insertAdjacentHTML("afterend",
            "<details data-live=line open><summary>Try it</summary><div class=stage></div></details>");
          live.begin();
        }""",
        code,
    )
    assert page.locator("details[data-live=line] dd").text_content() == "1.00"
    page.locator("details[data-live=line] input").focus()
    page.keyboard.press("ArrowRight")
    relu = ns.ReLU(threshold=0.1)
    assert float(page.locator("details[data-live=line] dd").text_content()) == float(relu(np.array(1.0)))


def open_panel(page, name):
    panel = page.locator(f"details[data-live={name}]")
    panel.locator("> summary").click()
    panel.locator(".values dd").first.wait_for()  # it is made when it is opened
    return panel


@pytest.mark.parametrize("name", NAMES)
def test_every_slider_is_moved_from_the_keyboard_and_changes_what_is_said(opened, name):
    page = opened(reduced_motion="reduce")
    panel = open_panel(page, name)
    before, start = panel.locator(".values").text_content(), panel.locator(".stage a").get_attribute("href")
    sliders = panel.locator(".control input")
    assert sliders.count() >= 2
    for k in range(sliders.count()):
        said = panel.locator(".control output").nth(k + panel.locator("select").count())
        value, drawn = said.text_content(), panel.locator(".drawings").inner_html()
        sliders.nth(k).focus()
        for _ in range(4):
            page.keyboard.press("ArrowRight")
        assert said.text_content() != value
        assert panel.locator(".drawings").inner_html() != drawn
    assert panel.locator(".values").text_content() != before
    shown, address = panel.locator(".values").text_content(), panel.locator(".stage a").get_attribute("href")
    assert address.startswith(f"#try-{name}?")
    panel.locator("button", has_text="Reset").click()
    assert panel.locator(".stage a").get_attribute("href") == start
    page.evaluate("address => { location.hash = address; }", address)
    page.wait_for_function("([name, address]) => live.stages[name].link.hash === address", arg=[name, address])
    if name in ("bands", "timing"):  # where nothing is drawn at random
        assert panel.locator(".values").text_content() == shown


def test_an_address_opens_a_panel_with_its_setting(opened):
    page = opened(address="#try-bands?profile=ramp&strength=1.25&length=x&other=1")
    setting = page.evaluate("live.stages.bands.setting")
    assert setting == {"profile": "ramp", "strength": 1.25, "length": 3}
    assert page.locator("details[data-live=bands]").is_visible()
    page = opened(address="#try-timing?trains=dragged&pre=20+60&post=25&ratio=99")
    assert page.locator(".train").first.locator("input").count() == 2
    assert page.evaluate("live.stages.timing.setting.ratio") == 2  # the highest that the slider has


def test_light_is_drawn_with_a_pointer_and_from_the_keyboard(opened):
    page = opened()
    panel = open_panel(page, "bands")
    drawing = panel.locator("svg")
    box = drawing.bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.6 * box["height"], steps=3)
    page.mouse.up()
    assert panel.locator("select").input_value() == "drawn"
    said = drawing.get_attribute("aria-valuetext")
    drawing.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    place, light = (float(drawing.get_attribute("aria-valuetext").split()[k].rstrip(",")) for k in (1, 3))
    assert place == float(said.split()[1].rstrip(",")) + 1
    assert light == pytest.approx(float(drawing.get_attribute("aria-valuenow")))
    address = panel.locator(".stage a").get_attribute("href")
    drawn = drawing.locator("path.wide").get_attribute("d")
    panel.locator("button", has_text="Reset").click()
    assert drawing.locator("path.wide").get_attribute("d") != drawn
    page.evaluate("address => { location.hash = address; }", address)
    page.wait_for_function("live.stages.bands.setting.profile === 'drawn'")
    again = drawing.locator("path.wide").get_attribute("d")
    heights = [np.array(re.findall(r" ([\d.]+)", path), dtype=float) for path in (drawn, again)]
    np.testing.assert_allclose(*heights, atol=0.7)  # an 80th of the unit of light, which is half a pixel


def test_a_spike_is_dragged_and_the_weight_changes(opened):
    page = opened()
    panel = open_panel(page, "timing")
    before = panel.locator(".values").text_content()
    box = panel.locator(".train").nth(1).bounding_box()
    spike = panel.locator(".train").nth(1).locator("input").first
    x = box["x"] + 4.5 + (box["width"] - 9) * float(spike.input_value()) / 200
    page.mouse.move(x, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(x - 60, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    assert float(spike.input_value()) < 30
    assert panel.locator(".values").text_content() != before
    assert panel.locator("select").input_value() == "dragged"
    panel.locator("button[aria-label='One postsynaptic spike more']").click()
    assert panel.locator(".train").nth(1).locator("input").count() == 4


def test_panels_run_only_while_they_are_seen(opened):
    page = opened()
    panel = open_panel(page, "neuron")
    frames = "live.stages.neuron.frames"
    page.wait_for_function(f"{frames} > 3")
    panel.locator("button", has_text="Pause").click()
    stopped = page.evaluate(frames)
    page.wait_for_timeout(100)
    assert page.evaluate(frames) <= stopped + 1
    panel.locator("button", has_text="Run").click()
    page.wait_for_function(f"{frames} > {stopped + 3}")
    page.evaluate("document.body.style.paddingBottom = '200vh'; scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_function("!live.stages.neuron.seen")
    left = page.evaluate(frames)
    page.wait_for_timeout(100)
    assert page.evaluate(frames) <= left + 1


def test_nothing_moves_for_those_who_want_it_still(opened):
    page = opened(reduced_motion="reduce")
    panel = open_panel(page, "sparse")
    assert panel.locator("button", has_text="Run").is_visible()
    page.wait_for_timeout(100)
    assert page.evaluate("live.stages.sparse.frames") == 0
    assert "active" in panel.locator(".values").text_content()


def test_on_a_phone_a_panel_fits_and_its_drawings_stay_in_sight(opened):
    page = opened(390, 844)
    for name in NAMES:
        panel = open_panel(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        panel.locator(".control input").last.scroll_into_view_if_needed()
        box = panel.locator(".drawings").bounding_box()
        assert box["height"] < 0.6 * 844
        assert box["y"] + box["height"] > 0
        panel.locator("summary").click()

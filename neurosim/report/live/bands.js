// title: Mach bands
// beside: inhibition/mach_bands
// about: Draw a light profile with finger or mouse: a ring of units that inhibit their neighbours responds with bright and dark bands at its edges.
live.add("bands", (() => {
  const PLACES = 100, EDGE = 25;
  // Inhibition at distance 1, 2, ... up to half the ring, so that all of a unit's neighbours add up to the strength.
  const kernel = (n, strength, length) => {
    const fall = Array.from({ length: n }, (_, k) => (k ? Math.exp(-Math.min(k, n - k) / length) : 0));
    const sum = fall.reduce((a, b) => a + b, 0);
    return fall.map((value) => strength * value / sum);
  };
  // Steady state of rectified units, r = max(0, light - W r), unit by unit until nothing moves.
  const response = (light, strength, length) => {
    const n = light.length, w = kernel(n, strength, length), rates = Float64Array.from(light, (value) => value / (1 + strength));
    for (let round = 0; round < 2000; round++) {
      let moved = 0;
      for (let i = 0; i < n; i++) {
        let drive = light[i];
        for (let j = 0; j < n; j++) drive -= w[i > j ? i - j : j - i] * rates[j];
        const next = Math.max(0, drive);
        moved = Math.max(moved, Math.abs(next - rates[i]));
        rates[i] = next;
      }
      if (moved < 1e-13) break;
    }
    return Array.from(rates);
  };
  // The bright band over the step of the response, of units without rectification on an endless line.
  const closed = (strength, length) => {
    const q = Math.exp(-1 / length), share = strength * (1 - q) / (2 * q);
    if (strength * (1 - q) >= 1 + q) return NaN;
    const a = 1 + q * q - 2 * share * q * q, b = q * (1 - share), root = 2 * b / (a + Math.sqrt(a * a - 4 * b * b));
    return (1 + strength) * (q - b / (1 + strength)) / (a + b - b * root);
  };
  const profiles = {
    step: (i) => (i >= EDGE && i < PLACES - EDGE ? 2 : 1),
    ramp: (i) => 1 + Math.min(1, Math.max(0, (Math.min(i, PLACES - 1 - i) - EDGE + 8) / 16)),
    bar: (i) => (Math.abs(i - 49.5) < 3 ? 2 : 1),
    stripes: (i) => (Math.floor(i / 10) % 2 ? 2 : 1),
    even: () => 1,
  };
  const words = (light) => btoa(String.fromCharCode(...light.map((value) => Math.round(value * 80))));
  const read = (text) => {
    try {
      const found = [...atob(text)].map((letter) => Math.min(2.5, letter.charCodeAt(0) / 80));
      return found.length === PLACES ? found : null;
    } catch { return null; }
  };
  return {
    numbers: { response, closed },
    settings: {
      profile: { label: "Light", options: [["step", "a step"], ["ramp", "a ramp"], ["bar", "a bar"], ["stripes", "stripes"], ["even", "even"], ["drawn", "as drawn"]], start: "step" },
      strength: { label: "Total inhibition", unit: "(loop gain)", low: 0, high: 1.5, step: 0.05, start: 0.5 },
      length: { label: "Kernel length", unit: "places", low: 1, high: 8, step: 0.5, start: 3 },
    },
    same: "The same numbers as the package: the response is the steady state of ns.lateral on a ring of ns.ReLU units to 1e-9, the closed form is neurosim.theory.mach_band.",
    start(stage) {
      let light = Array.from({ length: PLACES }, (_, i) => profiles.step(i)), place = EDGE, last = null;
      const plot = stage.plot("Light along the ring and the response to it. Draw here.", 290), svg = plot.svg;
      for (const [name, value] of Object.entries({ role: "slider", tabindex: 0, class: "drawable", "aria-valuemin": 0, "aria-valuemax": 2.5 })) svg.setAttribute(name, value);
      stage.drawings.prepend(live.make("p", { className: "muted hint", textContent: "Draw in the picture. Keys: ← → choose a place, ↑ ↓ change its light." }));
      const to = (i, value) => {
        place = Math.min(PLACES - 1, Math.max(0, i));
        light[place] = Math.min(2.5, Math.max(0, value));
      };
      const changed = () => { stage.set("profile", "drawn"); stage.draw("light"); };
      const touch = (event) => {
        const box = svg.getBoundingClientRect(), [x, y] = plot.back(event.clientX - box.left, event.clientY - box.top);
        const here = Math.round(x), from = last ?? here, way = Math.sign(here - from) || 1, before = light[place];
        for (let i = from; ; i += way) { to(i, from === here ? y : before + (y - before) * (i - from) / (here - from)); if (i === here) break; }
        last = here;
        changed();
      };
      svg.onpointerdown = (event) => { svg.setPointerCapture(event.pointerId); last = null; touch(event); };
      svg.onpointermove = (event) => { if (svg.hasPointerCapture(event.pointerId)) touch(event); };
      svg.onkeydown = (event) => {
        const [aside, up] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[event.key] ?? [0, 0];
        if (!aside && !up) return;
        event.preventDefault();
        place = (place + aside + PLACES) % PLACES;
        to(place, light[place] + up);
        if (up) changed(); else stage.draw("place");
      };
      return {
        take({ light: given }) { light = (given && read(given)) || light; },
        more: () => (stage.setting.profile === "drawn" ? { light: words(light) } : {}),
        draw({ profile, strength, length }) {
          if (profiles[profile]) light = Array.from({ length: PLACES }, (_, i) => profiles[profile](i));
          const rates = response(light, strength, length), places = light.map((_, i) => i);
          const high = Math.max(...rates), low = Math.min(...rates), scaled = rates.map((rate) => rate * (1 + strength));
          plot.draw({ x: [0, PLACES - 1], y: [0, 3], xName: "place on the ring", yName: "light; response × (1 + inhibition)" }, ["place", place, "thin"],
            ["line", places, light, "wide"], ["line", places, scaled, "answer"], ["dots", [place], [light[place]], "spot", 5]);
          svg.setAttribute("aria-valuenow", light[place].toFixed(2));
          svg.setAttribute("aria-valuetext", `place ${place}, light ${light[place].toFixed(2)}, response ${rates[place].toFixed(3)}`);
          const rows = [["Light", `${light[place].toFixed(2)} at place ${place}`, "key-wide"], ["Response", `${rates[place].toFixed(3)} there; ${low.toFixed(3)} to ${high.toFixed(3)} on the ring`, "key-answer"]];
          if (profile === "step") {
            // Of a place in the middle of either side: the plateaus.
            const dark = rates[0], bright = rates[PLACES / 2];
            rows.push(["Bright band", `${((high - bright) / (bright - dark)).toFixed(3)} of the step of the response`], ["Closed form", `${closed(strength, length).toFixed(3)} (infinite line, no unit silenced)`]);
          }
          stage.values(rows);
        },
      };
    },
  };
})());

// title: Inhibition makes it sparse
// beside: sparsity/digits_on_four_rungs
// about: Sixty units see a digit: as ReLU units, as f-I curves and as spiking neurons. Raise their inhibition, threshold or noise and see which stay active, and whether the digit can still be read.
live.add("sparse", (() => {
  const { Cells, siegert, fitted, settled, activeFraction, trevesRolls } = live.numbers, given = live.given.sparse, { constants, reader } = given;
  const UNITS = given.bias.length, WINDOW = 0.4;
  const filters = Int8Array.from(atob(given.filters), (letter) => letter.charCodeAt(0));
  const drives = (pixels, threshold) => given.bias.map((bias, i) => {
    let sum = 0;
    for (let j = 0; j < pixels.length; j++) sum += filters[i * pixels.length + j] * pixels[j];
    return bias + given.scale[i] * sum - threshold;
  });
  const weight = (strength) => strength / (given.slope * (UNITS - 1));
  const line = Array.from({ length: 201 }, (_, k) => -1 + k / 50);
  // The ReLU that lies closest to the curve of the neuron with this noise.
  const tangent = (sigma) => fitted("ReLU", line, line.map((x) => siegert(x, { sigma })[0]));
  const relu = ({ gain, threshold }) => (x) => (x > threshold ? [gain * (x - threshold), gain] : [0, 0]);
  const steady = (rung, pixels, { threshold, strength, noise }, fit) =>
    settled(rung === "curve" ? (x) => siegert(x, { sigma: noise }) : relu(fit), drives(pixels, threshold), weight(strength));
  const guess = (rates) => reader.weights.map((row, d) => row.reduce((sum, value, i) => sum + value * rates[i] / 100, reader.offset[d])).reduce((best, score, d, all) => (score > all[best] ? d : best), 0);
  // Step and unit of every spike from rest.
  const spikes = (drive, w, sigma, steps) => {
    const cells = new Cells(UNITS, constants), found = [];
    for (let t = 0; t < steps; t++) { cells.step(drive, { sigma, w }); for (const i of cells.fired) found.push([t, i]); }
    return found;
  };
  const rungs = { artificial: "ReLU units", curve: "f-I curves", spiking: "Spiking neurons" };
  return {
    numbers: { drives, weight, tangent, steady, guess, spikes },
    reset: "Reset",
    settings: {
      digit: { label: "Digit", options: Object.keys(given.digits).map((d) => [d, `a ${d}`]), start: "3" },
      strength: { label: "Lateral inhibition", unit: "(loop gain)", low: 0, high: 16, step: 0.5, start: 2 },
      threshold: { label: "Threshold raised by", low: -0.5, high: 1.5, step: 0.05, start: 0 },
      noise: { label: "Membrane noise", unit: "(threshold 1)", low: 0.05, high: 0.6, step: 0.05, start: 0.1 },
    },
    same: `The same numbers as the package: without noise every spike of ns.simulate on the compiled engine, steady states of its static engine to 1e-9; noise differs from run to run. One linear read-out reads all three rungs; it was trained on the ReLU units' responses to 400 other digits at inhibition 2 and classifies ${(100 * reader.accuracy).toFixed(0)} % of 200 new ones correctly.`,
    start(stage) {
      const picture = live.make("canvas", { width: 8, height: 8, className: "digit", role: "img" });
      stage.controls.prepend(picture);
      const bars = stage.plot("Rates of the sixty units on three rungs", 200), raster = stage.plot("Spikes of the sixty units in the last 0.4 s", 190);
      let cells = new Cells(UNITS, constants, 1), seen = [], drive, fit, noise, steadyRates, order, digit;
      const advance = (seconds, { noise: sigma, strength }) => {
        const w = weight(strength);
        for (let k = Math.round(seconds / constants.dt); k > 0; k--) { cells.step(drive, { sigma, w }); for (const i of cells.fired) seen.push([cells.t, i]); }
        const from = cells.t - WINDOW / constants.dt;
        seen = seen.filter(([t]) => t > from);
      };
      const counted = () => {
        const rates = new Array(UNITS).fill(0);
        for (const [, i] of seen) rates[i] += 1 / WINDOW;
        return rates;
      };
      const show = () => {
        const rates = { ...steadyRates, spiking: counted() }, from = cells.t - WINDOW / constants.dt, place = [];
        order.forEach((unit, k) => { place[unit] = k; });
        const across = order.map((_, k) => k + 1), of = (name) => order.map((unit) => rates[name][unit]);
        const top = Math.max(40, ...Object.values(rates).flat()) * 1.05;
        bars.draw({ x: [0, UNITS + 1], y: [0, top], xName: "units, ordered by drive", yName: "rate (Hz)" },
          ["bars", across, across.map(() => 0), of("spiking"), "spiking thick"], ["dots", across, of("artificial"), "artificial full", 2.5], ["line", across, of("curve"), "curve"]);
        raster.draw({ x: [0, 1e3 * WINDOW], y: [0, UNITS + 1], xName: "time (ms)", yName: "unit, by drive" },
          ["bars", seen.map(([t]) => (t - from) * constants.dt * 1e3), seen.map(([, i]) => place[i] + 0.2), seen.map(([, i]) => place[i] + 1.8), "spiking thick"]);
        // A unit is active that fires half a spike in the window: what rounds to at least one.
        stage.values(Object.entries(rungs).map(([name, label]) => {
          const found = rates[name], read = guess(found);
          return [label, `${(100 * activeFraction(found, 0.5 / WINDOW)).toFixed(0)} % active, Treves-Rolls ${trevesRolls(found).toFixed(2)}, reads ${read} ${read === digit ? "✓" : "✗"}`, `key-${name}`];
        }));
      };
      return {
        draw(setting) {
          const pixels = given.digits[setting.digit], context = picture.getContext("2d"), image = context.createImageData(8, 8);
          pixels.forEach((value, k) => image.data.set([...Array(3).fill(255 - Math.round(255 * value / 16)), 255], 4 * k));
          context.putImageData(image, 0, 0);
          picture.ariaLabel = `The digit as the units see it, a ${setting.digit}`;
          digit = +setting.digit;
          drive = drives(pixels, setting.threshold);
          if (noise !== setting.noise) fit = tangent(noise = setting.noise);
          steadyRates = Object.fromEntries(["artificial", "curve"].map((rung) => [rung, steady(rung, pixels, setting, fit)]));
          order = drive.map((_, i) => i).sort((a, b) => drive[b] - drive[a]);
          advance(cells.t ? 0.1 : WINDOW + 0.1, setting);
          if (!stage.going) advance(WINDOW, setting);
          show();
        },
        frame(setting) { advance(0.004, setting); show(); },
      };
    },
  };
})());

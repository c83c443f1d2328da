// title: A neuron and its curve
// beside: neurons/activation_fits
// about: A leaky integrate-and-fire neuron, live: change its drive, noise, refractory period and reset, and compare its rate with the closed form and with three fitted activations.
live.add("neuron", (() => {
  const { Cells, siegert, fitted } = live.numbers, given = live.given.neuron;
  const WINDOW = 0.25, MOST = 200, LOW = -1, HIGH = 3, POINTS = 161;
  const cell = ({ noise, period, reset }) => ({ sigma: noise / Math.SQRT2, t_ref: period * 1e-3, v_reset: reset });
  // Steps in which the neuron spikes.
  const spikes = (drive, parameters, steps, seed = 1, dt = given) => {
    const one = new Cells(1, dt, seed), found = [], drives = [drive];
    for (let t = 0; t < steps; t++) { one.step(drives, parameters); if (one.fired.length) found.push(t); }
    return found;
  };
  const drives = Array.from({ length: POINTS }, (_, k) => LOW + (HIGH - LOW) * k / (POINTS - 1));
  const curves = (parameters) => {
    const rates = drives.map((x) => siegert(x, parameters)[0]);
    return { drives, rates, fits: Object.fromEntries(["ReLU", "Softplus", "GELU"].map((name) => [name, fitted(name, drives, rates)])) };
  };
  return {
    numbers: { spikes, curves },
    settings: {
      drive: { label: "Drive", unit: "(threshold 1)", low: -0.5, high: 3, step: 0.05, start: 1.2 },
      noise: { label: "Noise σ_B", unit: "(threshold 1)", low: 0, high: 1, step: 0.05, start: 0.3 },
      period: { label: "Refractory period", unit: "ms", low: 0, high: 10, step: 0.5, start: 2 },
      reset: { label: "Reset potential", unit: "(threshold 1)", low: -1, high: 0.8, step: 0.1, start: 0 },
    },
    same: "The same numbers as the package: without noise every spike of ns.LIF on the compiled engine, the rates of ns.activations.Siegert to 1e-9, and the least-squares fits of the figure. Noise differs from run to run.",
    start(stage) {
      const trace = stage.plot("Potential of the neuron over the last quarter of a second", 130);
      const curve = stage.plot("Firing rate against drive: closed form, count, and fitted activations", 220);
      const misses = stage.plot("Distance of the fitted activations from the closed form", 140);
      const every = Math.round(5e-4 / given.dt);
      // One neuron is watched, slowly; another one like it runs ahead, and its spikes are counted.
      let watched, counted, count, times, potentials, shown, later;
      const advance = (seconds, { drive, ...rest }) => {
        const parameters = cell(rest), drives = [drive];
        for (let k = Math.round(seconds / given.dt); k > 0; k--) {
          watched.step(drives, parameters);
          const now = watched.t * given.dt;
          if (watched.fired.length) { times.push(now); potentials.push([now, 1]); }
          if (watched.t % every === 0) potentials.push([now, watched.v[0]]);
        }
        const from = watched.t * given.dt - WINDOW;
        potentials = potentials.filter(([t]) => t >= from);
        times = times.filter((t) => t >= from);
      };
      const run = (seconds, { drive, ...rest }) => {
        const parameters = cell(rest), drives = [drive];
        for (let k = Math.round(seconds / given.dt); k > 0; k--) { counted.step(drives, parameters); count += counted.fired.length; }
      };
      const watch = ({ reset }) => {
        const from = watched.t * given.dt - WINDOW, ms = (t) => 1e3 * (t - from);
        trace.draw({ x: [0, 1e3 * WINDOW], y: [Math.min(-0.4, reset - 0.2), 1.9], xName: "time (ms)", yName: "potential" }, ["level", 1, "thin"],
          ["line", potentials.map(([t]) => ms(t)), potentials.map(([, v]) => v), "spiking"], ["bars", times.map(ms), times.map(() => 1), times.map(() => 1.7), "spiking"],
          ["word", 2, 1.12, "threshold", "small"]);
      };
      const compare = ({ drive, ...rest }) => {
        const { rates, fits } = shown, seconds = counted.t * given.dt, rate = count / seconds, error = Math.sqrt(Math.max(count, 1)) / seconds, theory = siegert(drive, cell(rest))[0];
        const line = (name) => ["line", drives, drives.map(fits[name].at), name.toLowerCase()];
        const top = Math.max(20, rates.at(-1) * 1.05);
        curve.draw({ x: [LOW, HIGH], y: [-0.08 * top, top], xName: "drive (threshold 1)", yName: "rate (Hz)" }, ["place", drive, "thin"],
          ["line", drives, rates, "wide"], line("Softplus"), line("GELU"), line("ReLU"), ["bars", [drive], [Math.max(0, rate - 2 * error)], [rate + 2 * error], "spiking"], ["dots", [drive], [rate], "spot", 5]);
        const names = Object.keys(fits), apart = names.map((name) => drives.map((x, k) => fits[name].at(x) - rates[k]));
        const most = 1.1 * Math.max(0.5, ...apart.flat().map(Math.abs));
        misses.draw({ x: [LOW, HIGH], y: [-most, most], xName: "drive (threshold 1)", yName: "fit error (Hz)" }, ["place", drive, "thin"],
          ["level", 0, "thin"], ...names.map((name, k) => ["line", drives, apart[k], name.toLowerCase()]));
        const percent = (name) => `error ${(100 * fits[name].nrmse).toFixed(2)} % of the range`;
        stage.values([["Counted", `${rate.toFixed(1)} ± ${error.toFixed(1)} Hz (${count} spikes in ${seconds.toFixed(1)} s)`, "key-spot"],
          ["Closed form", `${theory.toFixed(2)} Hz`, "key-wide"], ["ReLU", percent("ReLU"), "key-relu"], ["Softplus", percent("Softplus"), "key-softplus"], ["GELU", percent("GELU"), "key-gelu"]]);
      };
      return {
        draw(setting, key) {
          watched = new Cells(1, given, 1); counted = new Cells(1, given, 2); count = 0; times = []; potentials = [];
          advance(WINDOW, setting);
          run(0.5, setting);
          if (key !== "drive" || !shown) shown = curves(cell(setting));
          watch(setting);
          compare(setting);
          // Where nothing runs, the count is completed once the slider rests.
          clearTimeout(later);
          if (!stage.going) later = setTimeout(() => { run(19.5, setting); compare(setting); }, 200);
        },
        frame(setting) {
          advance(0.0025, setting);
          watch(setting);
          if (counted.t * given.dt > MOST) return;
          run(0.05, setting);
          if (stage.frames % 10 === 0) compare(setting);
        },
      };
    },
  };
})());

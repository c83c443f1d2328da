// title: Hebb and STDP
// beside: learning/stdp_drift
// about: Drag the spikes of two trains: see how the pair rule and the triplet rule change the weight, and what the rates alone would do.
live.add("timing", (() => {
  const LENGTH = 200, given = live.given.timing;
  // Change of a weight in shares of the largest, far from its bounds: traces that decay between spikes (times in ms). Of two
  // spikes at the same time the presynaptic one comes first. `steps` gets time and change after every spike.
  const change = (pre, post, p, steps = null) => {
    const { A2_plus = p.A_plus, A2_minus = p.A_minus, A3_plus = 0, A3_minus = 0, tau_plus, tau_minus, tau_x = 1, tau_y = 1 } = p;
    const events = [...pre.map((t) => [t, 0]), ...post.map((t) => [t, 1])].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    let x1 = 0, x2 = 0, y1 = 0, y2 = 0, sum = 0, last = 0;
    for (const [t, side] of events) {
      const passed = 1e-3 * (t - last);
      x1 *= Math.exp(-passed / tau_plus); y1 *= Math.exp(-passed / tau_minus);
      x2 *= Math.exp(-passed / tau_x); y2 *= Math.exp(-passed / tau_y);
      steps?.push([t, sum]);
      if (side) { sum += x1 * (A2_plus + A3_plus * y2); y1++; y2++; } else { sum -= y1 * (A2_minus + A3_minus * x2); x1++; x2++; }
      steps?.push([t, sum]);
      last = t;
    }
    return sum;
  };
  // Mean change per second between Poisson spikes of these rates: what is left where only rates count, as in Hebb's rule.
  const drift = (pre, post, p) => {
    const { A2_plus = p.A_plus, A2_minus = p.A_minus, A3_plus = 0, A3_minus = 0, tau_plus, tau_minus, tau_x = 0, tau_y = 0 } = p;
    return pre * post * (A2_plus * tau_plus + A3_plus * tau_plus * tau_y * post - A2_minus * tau_minus - A3_minus * tau_minus * tau_x * pre);
  };
  const trains = { one: [[90], [100]], reverse: [[110], [100]], burst: [[40, 60, 80, 100], [45, 65, 85, 105]], slow: [[30, 90, 150], [40, 100, 160]], mixed: [[30, 75, 140], [50, 70, 155]] };
  return {
    numbers: { change, drift },
    reset: "Reset to the published rules",
    settings: {
      trains: { label: "Spikes", options: [["one", "one pair, before then after"], ["reverse", "one pair, after then before"], ["slow", "three pairs, 60 ms apart"], ["burst", "four pairs, 20 ms apart"], ["mixed", "a mixture"], ["dragged", "as dragged"]], start: "slow" },
      ratio: { label: "Pairs: depression / potentiation", low: 0.5, high: 2, step: 0.05, start: 1.05 },
      tau: { label: "Pairs: time constant", unit: "ms", low: 5, high: 50, step: 1, start: 20 },
      triplet: { label: "Triplets: potentiation A3+", unit: "× 10⁻³", low: 0, high: 20, step: 0.5, start: 6.5 },
    },
    same: "The same numbers as the package: the weight of ns.plasticity.STDP and TripletSTDP on the compiled engine after these spikes to 1e-9 of the largest weight, and their drift between Poisson spikes.",
    start(stage) {
      const names = ["Presynaptic", "Postsynaptic"], both = live.make("div", { className: "trains" });
      let times = structuredClone(trains.slow);
      stage.drawings.append(both);
      const course = stage.plot("Change of the weight over time under both rules", 150);
      const shift = stage.plot("Change of the weight if the postsynaptic train came earlier or later", 220);
      const changed = () => { stage.set("trains", "dragged"); stage.draw("times"); };
      // A spike is a slider of its own on the line of its train, so that keys and touch move it.
      const show = () => both.replaceChildren(...names.map((name, side) => {
        const line = live.make("div", { className: "train" });
        times[side].forEach((time, k) => {
          const spike = live.make("input", { type: "range", min: 0, max: LENGTH, step: 1, value: time, ariaLabel: `${name} spike ${k + 1}` });
          const say = () => spike.setAttribute("aria-valuetext", `${spike.value} ms`);
          spike.oninput = () => { times[side][k] = +spike.value; say(); changed(); };
          say();
          line.append(spike);
        });
        const button = (text, label, act) => live.make("button", { type: "button", textContent: text, ariaLabel: label, onclick: () => { act(); changed(); show(); } });
        const more = button("+", `One ${name.toLowerCase()} spike more`, () => { if (times[side].length < 8) times[side].push(Math.min(LENGTH, Math.max(0, ...times[side]) + 20)); });
        const less = button("−", `One ${name.toLowerCase()} spike less`, () => { times[side].pop(); });
        return live.make("div", { className: "row" }, live.make("span", { textContent: `${name} spikes` }), less, more, line);
      }));
      const rules = ({ ratio, tau, triplet }) => ({
        pair: { ...given.pair, A_minus: given.pair.A_plus * ratio, tau_plus: 1e-3 * tau, tau_minus: 1e-3 * tau },
        triplet: { ...given.triplet, A3_plus: 1e-3 * triplet },
      });
      const listed = (text) => (text ?? "").split(" ").filter(Boolean).map(Number).filter((t) => t >= 0 && t <= LENGTH).slice(0, 8);
      return {
        take({ pre, post }) { if (pre || post) { times = [listed(pre), listed(post)]; show(); } },
        more: () => (stage.setting.trains === "dragged" ? { pre: times[0].join(" "), post: times[1].join(" ") } : {}),
        draw(setting, key) {
          if (trains[setting.trains] && (!key || key === "trains")) { times = structuredClone(trains[setting.trains]); show(); }
          const found = rules(setting), [pre, post] = times, rates = times.map((train) => train.length / LENGTH * 1e3);
          const courses = Object.entries(found).map(([name, rule]) => {
            const steps = [[0, 0]], sum = change(pre, post, rule, steps);
            steps.push([LENGTH, sum]);
            return { name, sum, steps, alone: drift(...rates, rule) * LENGTH * 1e-3 };
          });
          const around = (values) => { const most = Math.max(0.2, ...values.map(Math.abs)) * 1.15; return [-most, most]; };
          course.draw({ x: [0, LENGTH], y: around(courses.flatMap(({ steps }) => steps.map(([, sum]) => 100 * sum))), xName: "time (ms)", yName: "change (%)" }, ["level", 0, "thin"],
            ...courses.map(({ name, steps }) => ["line", steps.map(([t]) => t), steps.map(([, sum]) => 100 * sum), name]));
          const delays = Array.from({ length: 201 }, (_, k) => k - 100), moved = (rule) => delays.map((d) => 100 * change(pre, post.map((t) => t + d), rule));
          const windows = Object.values(found).map(moved);
          shift.draw({ x: [-100, 100], y: around([...windows.flat(), ...courses.map(({ alone }) => 100 * alone)]), xName: "shift of the postsynaptic train (ms)", yName: "change (%)" }, ["level", 0, "thin"], ["place", 0, "thin"],
            ...courses.flatMap(({ name, sum, alone }, k) => [["line", [-100, 100], [100 * alone, 100 * alone], `${name} dashed`], ["line", delays, windows[k], name], ["dots", [0], [100 * sum], `${name} full`, 5]]));
          const percent = (value) => `${live.short(+(100 * value).toFixed(3))} %`;
          stage.values([...courses.map(({ name, sum, alone }) => [name === "pair" ? "Pairs (STDP)" : "Triplets", `${percent(sum)} of the largest weight; from rates alone ${percent(alone)}`, `key-${name}`]),
            ["Dotted: the rates alone", `independent Poisson trains of ${rates[0].toFixed(0)} Hz before and ${rates[1].toFixed(0)} Hz after the synapse`]]);
        },
      };
    },
  };
})());

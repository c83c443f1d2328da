// The arithmetic of the package: the time steps of its compiled engine, its curves, its steady states.
Object.assign(live.numbers, (() => {
  const { nodes, weights } = live.given._numbers;

  // Uniform numbers (mulberry32) and normal ones (Box and Muller's polar method) from a seed.
  const random = (seed) => {
    let state = seed >>> 0, kept = null;
    const uniform = () => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
    return () => {
      if (kept !== null) { const value = kept; kept = null; return value; }
      for (;;) {
        const a = 2 * uniform() - 1, b = 2 * uniform() - 1, square = a * a + b * b;
        if (square >= 1 || square === 0) continue;
        const factor = Math.sqrt(-2 * Math.log(square) / square);
        kept = b * factor;
        return a * factor;
      }
    };
  };

  // LIF cells that inhibit each other alike; every step in the order and with the constants of the compiled engine.
  class Cells {
    constructor(n, { dt, tau_m, keep, tau = 1, share = 0, fall = 0 }, seed = 1) {
      Object.assign(this, { n, dt, tau_m, keep, tau, share, fall, t: 0, normal: random(seed), root: dt ** 0.5 });
      this.v = new Float64Array(n); this.s = new Float64Array(n); this.ready = new Float64Array(n).fill(-1e9);
      this.fired = [];
    }
    // One step; afterwards `fired` holds the units that spiked.
    step(drive, { sigma = 0, t_ref = 2e-3, v_reset = 0, w = 0 }) {
      const { n, v, s, ready, keep, dt, t, fired } = this;
      const silent = t_ref ? Math.max(1, Math.floor((t_ref + 1e-3 * dt) / dt)) : 0;
      fired.length = 0;
      if (sigma) {
        const rate = 1 / this.tau_m, noise = sigma * Math.sqrt(2 / this.tau_m), decay = -dt / this.tau;
        for (let i = 0; i < n; i++) {
          const total = rate * drive[i] + rate * s[i];
          s[i] = decay * s[i] + s[i];
          const moved = (dt * (total - rate * v[i]) + noise * (this.root * this.normal())) + v[i];
          if (t < ready[i]) continue;
          v[i] = moved;
          if (moved > 1) fired.push(i);
        }
      } else {
        for (let i = 0; i < n; i++) {
          const total = drive[i] + this.share * s[i];
          s[i] = this.fall * s[i];
          if (t < ready[i]) continue;
          v[i] = (total + keep * v[i]) - keep * drive[i];
          if (v[i] > 1) fired.push(i);
        }
      }
      if (w && fired.length) this.inhibit(-w / this.tau, fired);
      for (const i of fired) { v[i] = v_reset; if (silent) ready[i] = t + silent; }
      this.t++;
    }
    inhibit(jump, fired) {
      const { n, s } = this, own = fired.map((i) => {
        let value = s[i];
        for (let k = 1; k < fired.length; k++) value += jump;
        return value;
      });
      for (let k = 0; k < fired.length; k++) for (let i = 0; i < n; i++) s[i] += jump;
      fired.forEach((i, k) => { s[i] = own[k]; });
    }
  }

  // Rate of a LIF cell at a constant drive, and its slope: Siegert's integral in the form that Brunel's appendix gives it,
  // of exp(-z²)(exp(2bz) - exp(2az))/z over z > 0, by Gauss's rule on pieces that double.
  const siegert = (drive, { tau_m = 0.02, t_ref = 2e-3, v_reset = 0, sigma = 0, dt = 0 } = {}) => {
    const rest = Math.max(t_ref - dt, 0);
    if (!sigma) {
      if (!(drive > 1)) return [0, 0];
      const rate = 1 / (rest + tau_m * Math.log1p((1 - v_reset) / (drive - 1)));
      return [rate, rate * rate * tau_m * (1 - v_reset) / ((drive - 1) * (drive - v_reset))];
    }
    const spread = Math.SQRT2 * sigma, threshold = 1 + 0.5825971579390107 * spread * Math.sqrt(dt / tau_m);
    const b = (threshold - drive) / spread, length = (threshold - v_reset) / spread, top = Math.max(b, 0);
    const end = b > 0 ? b + 6.5 : 42 / (Math.sqrt(b * b + 42) - b);
    let low = Math.max(0, b - 6.5), width = low ? 1.9 : Math.min(end, 1 / length), whole = 0, slope = 0;
    while (low < end) {
      width = Math.min(width, end - low);
      for (let k = 0; k < nodes.length; k++) {
        const z = low + width * nodes[k];
        const part = -weights[k] * width * Math.exp(b > 0 ? -((z - b) ** 2) : z * (2 * b - z)) * Math.expm1(-2 * length * z);
        slope += part;
        whole += part / z;
      }
      low += width;
      width = Math.min(2 * width, 1.9);
    }
    const scale = Math.exp(-top * top), interval = rest * scale + tau_m * whole;
    return [scale / interval, scale * tau_m * 2 / spread * slope / (interval * interval)];
  };

  const erf = (x) => {
    if (Math.abs(x) > 6) return Math.sign(x);
    let term = x, sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) { term *= 2 * x * x / (2 * n + 1); sum += term; }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  };
  const shapes = {
    ReLU: (z) => Math.max(0, z),
    Softplus: (z) => Math.max(0, z) + Math.log1p(Math.exp(-Math.abs(z))),
    GELU: (z) => z * 0.5 * (1 + erf(z / Math.SQRT2)),
  };

  // Nelder and Mead's search, downhill from a start.
  const lowest = (f, start, size) => {
    let found = [start, ...start.map((_, i) => start.map((value, j) => value + (i === j ? size : 0)))].map((x) => [f(x), x]);
    const between = (a, b, share) => a.map((value, i) => value + share * (b[i] - value));
    for (let round = 0; round < 400; round++) {
      found.sort((p, q) => p[0] - q[0]);
      const worst = found.at(-1), best = found[0];
      if (Math.max(...best[1].map((value, i) => Math.abs(value - worst[1][i]))) < 1e-8) break;
      const rest = found.slice(0, -1), centre = start.map((_, i) => rest.reduce((sum, [, x]) => sum + x[i], 0) / rest.length);
      const at = (share) => { const x = between(worst[1], centre, share); return [f(x), x]; };
      let next = at(2);
      if (next[0] < best[0]) { const far = at(3); if (far[0] < next[0]) next = far; }
      else if (next[0] >= found.at(-2)[0]) next = at(next[0] < worst[0] ? 1.5 : 0.5);
      if (next[0] < worst[0]) found[found.length - 1] = next;
      else found = found.map(([, x]) => between(best[1], x, 0.5)).map((x) => [f(x), x]);
    }
    return found.sort((p, q) => p[0] - q[0])[0];
  };

  // The activation of this shape that lies closest to rates at equidistant drives: shift and width are searched, the gain is linear.
  const fitted = (name, xs, ys) => {
    const shape = shapes[name], wide = name !== "ReLU";
    const gained = ([shift, width = 0]) => {
      const scale = Math.exp(width);
      let product = 0, square = 0, own = 0;
      for (let k = 0; k < xs.length; k++) {
        const value = shape((xs[k] - shift) / scale);
        product += value * ys[k]; square += value * value; own += ys[k] * ys[k];
      }
      const gain = square > 0 ? product / square : 0;
      return [gain, own - gain * product];
    };
    const error = (free) => gained(free)[1];
    let best = [Infinity];
    for (let shift = xs[0] - 1; shift < xs.at(-1); shift += 0.2) {
      for (const width of wide ? [-4, -3, -2, -1, 0] : [0]) {
        const free = wide ? [shift, width] : [shift], found = error(free);
        if (found < best[0]) best = [found, free];
      }
    }
    const [rest, free] = lowest(error, best[1], 0.05), width = Math.exp(free[1] ?? 0), gain = gained(free)[0];
    const range = Math.max(...ys) - Math.min(...ys);
    return { gain, threshold: free[0], width, nrmse: Math.sqrt(Math.max(rest, 0) / xs.length) / range,
             at: (x) => gain * shape((x - free[0]) / width) };
  };

  // Steady state of units that inhibit each other alike: r = f(drive - w (sum - own r)), f with its slope. The sum is found by
  // Newton's method inside a bracket, each unit's rate by Newton's method too.
  const settled = (curve, drive, w) => {
    const rates = Array.from(drive, (x) => curve(x)[0]);
    const slopes = rates.map(() => 0);
    let low = 0, high = rates.reduce((a, b) => a + b, 0), sum = high;
    if (!w) return rates;
    for (let round = 0; round < 200; round++) {
      let total = 0, change = 0;
      for (let i = 0; i < rates.length; i++) {
        const outer = drive[i] - w * sum;
        for (let k = 0; k < 60; k++) {
          const [image, slope] = curve(outer + w * rates[i]), gap = image - rates[i];
          slopes[i] = slope;
          if (Math.abs(gap) < 1e-13 * Math.max(1, image)) break;
          const next = rates[i] + gap / (w * slope < 0.95 ? 1 - w * slope : 1);
          rates[i] = Math.max(0, next);
        }
        total += rates[i];
        change -= w * slopes[i] / Math.max(1e-3, 1 - w * slopes[i]);
      }
      const gap = total - sum;
      if (Math.abs(gap) < 1e-11 * Math.max(1, sum)) break;
      if (gap > 0) low = sum; else high = sum;
      const next = sum - gap / (change - 1);
      sum = next > low && next < high ? next : 0.5 * (low + high);
    }
    return rates;
  };

  const activeFraction = (rates, above) => rates.filter((rate) => rate > above).length / rates.length;
  const trevesRolls = (rates) => {
    const sum = rates.reduce((a, r) => a + r, 0), squares = rates.reduce((a, r) => a + r * r, 0);
    return squares ? sum * sum / rates.length / squares : NaN;
  };
  return { random, Cells, siegert, erf, shapes, fitted, settled, activeFraction, trevesRolls };
})());

// What the live panels share: sliders with units, plots that follow the colours of the page, and when to run.
const live = (() => {
  const panels = {}, numbers = {};
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const make = (tag, values = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(values)) name in node ? (node[name] = value) : node.setAttribute(name, value);
    node.append(...children);
    return node;
  };

  // Plots: text keeps its size, so the drawing is made anew for each width.
  const LEFT = 44, RIGHT = 14, TOP = 8, BOTTOM = 34;
  const short = (value) => String(Math.abs(value) < 1e-12 ? 0 : +value.toPrecision(6)).replace("-", "−");
  const ticks = (low, high, most) => {
    const raw = (high - low) / most, power = 10 ** Math.floor(Math.log10(raw));
    const step = power * [1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999), found = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) found.push(k * step);
    return found;
  };
  class Plot {
    constructor(stage, name, height) {
      this.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      this.svg.setAttribute("role", "img");
      this.svg.setAttribute("aria-label", name);
      this.full = height;
      stage.drawings.append(this.svg);
    }
    // marks: line(xs, ys, look), dots(xs, ys, look, radius), bars(xs, ys, look), level(x or y, look), word(x, y, text, look)
    draw({ x, y, xName, yName }, ...marks) {
      const width = this.svg.clientWidth || 320, height = width < 480 ? 0.8 * this.full : this.full;
      const bottom = height - BOTTOM, right = width - RIGHT;
      const across = (value) => LEFT + (value - x[0]) / (x[1] - x[0]) * (right - LEFT);
      const up = (value) => bottom - (value - y[0]) / (y[1] - y[0]) * (bottom - TOP);
      this.back = (px, py) => [x[0] + (px - LEFT) / (right - LEFT) * (x[1] - x[0]), y[0] + (bottom - py) / (bottom - TOP) * (y[1] - y[0])];
      const two = (value) => value.toFixed(1);
      const kinds = {
        line: ([xs, ys, look]) => {
          let path = "", pen = "M";
          for (let k = 0; k < xs.length; k++) {
            if (Number.isFinite(ys[k])) { path += pen + two(across(xs[k])) + " " + two(up(ys[k])); pen = "L"; } else pen = "M";
          }
          return `<path class="${look}" d="${path}"/>`;
        },
        dots: ([xs, ys, look, radius = 3]) => Array.from(xs, (value, k) => `<circle class="${look}" cx="${two(across(value))}" cy="${two(up(ys[k]))}" r="${radius}"/>`).join(""),
        bars: ([xs, lows, highs, look]) => `<path class="${look}" d="${Array.from(xs, (value, k) => `M${two(across(value))} ${two(up(lows[k]))}V${two(up(highs[k]))}`).join("")}"/>`,
        level: ([value, look]) => `<path class="${look}" d="M${LEFT} ${two(up(value))}H${right}"/>`,
        place: ([value, look]) => `<path class="${look}" d="M${two(across(value))} ${TOP}V${bottom}"/>`,
        word: ([px, py, text, look = "", anchor = "start"]) => `<text class="${look}" x="${two(across(px))}" y="${two(up(py))}" text-anchor="${anchor}">${text}</text>`,
      };
      const yTicks = ticks(y[0], y[1], height < 130 ? 3 : 5).map((value) => `<path class="grid" d="M${LEFT} ${two(up(value))}H${right}"/><text x="${LEFT - 5}" y="${two(up(value) + 4)}" text-anchor="end">${short(value)}</text>`);
      const xTicks = ticks(x[0], x[1], width < 420 ? 5 : 8).map((value) => `<text x="${two(across(value))}" y="${bottom + 14}" text-anchor="middle">${short(value)}</text>`);
      const names = `<text x="${right}" y="${height - 4}" text-anchor="end">${xName}</text><text transform="rotate(-90)" x="${-(TOP + bottom) / 2}" y="11" text-anchor="middle">${yName}</text>`;
      this.svg.setAttribute("height", height);
      this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      this.svg.innerHTML = yTicks.join("") + xTicks.join("") + `<path class="axis" d="M${LEFT} ${bottom}H${right}"/>` + names + marks.map(([kind, ...rest]) => kinds[kind](rest)).join("");
    }
  }

  // A panel on the page: controls, drawings, numbers.
  class Stage {
    constructor(name, root) {
      const spec = panels[name];
      this.name = name; this.spec = spec; this.root = root; this.setting = {}; this.shown = {}; this.frames = 0; this.going = false; this.seen = false;
      this.drawings = make("div", { className: "drawings" });
      this.controls = make("div", { className: "controls" });
      this.table = make("dl", { className: "values" });
      for (const [key, slider] of Object.entries(spec.settings)) this.control(key, slider);
      this.link = make("a", { textContent: "Link to this setting" });
      const reset = make("button", { type: "button", textContent: spec.reset ?? "Reset to the published setting", onclick: () => this.take({}) });
      const acts = make("div", { className: "acts" }, reset, this.link);
      this.controls.append(acts);
      root.replaceChildren(this.drawings, make("div", { className: "side" }, this.controls, this.table), make("p", { className: "muted same", textContent: spec.same }));
      this.act = spec.start(this);
      this.take(asked(name) ?? {});
      if (this.act.frame) {
        acts.prepend(this.button = make("button", { type: "button", onclick: () => this.run(!this.going) }));
        this.run(!still.matches);
      }
      new ResizeObserver(() => { if (this.drawn !== this.drawings.clientWidth) this.draw(); }).observe(this.drawings);
      new IntersectionObserver(([entry]) => { this.seen = entry.isIntersecting; this.go(); }).observe(root);
      addEventListener("visibilitychange", () => this.go());
    }
    control(key, { label, unit = "", low, high, step, options }) {
      const id = `live-${this.name}-${key}`, shown = make("output", { htmlFor: id });
      const input = options ? make("select", { id }, ...options.map(([value, text]) => make("option", { value, textContent: text })))
        : make("input", { id, type: "range", min: low, max: high, step });
      input.oninput = () => { this.set(key, input.value); this.draw(key); };
      this.shown[key] = (value) => {
        input.value = value;
        shown.textContent = options ? "" : `${short(+value)}${unit && ` ${unit}`}`;
        if (!options) input.setAttribute("aria-valuetext", shown.textContent);
      };
      this.controls.append(make("div", { className: "control" }, make("label", { htmlFor: id, textContent: label }), shown, input));
    }
    set(key, value) {
      const { options, low, high, start } = this.spec.settings[key];
      if (options) this.setting[key] = options.some(([known]) => String(known) === String(value)) ? String(value) : String(start);
      else this.setting[key] = Number.isFinite(+value) && value !== "" ? Math.min(high, Math.max(low, +value)) : start;
      this.shown[key](this.setting[key]);
    }
    take(wanted) {
      for (const [key, { start }] of Object.entries(this.spec.settings)) this.set(key, wanted[key] ?? start);
      this.act.take?.(wanted);
      this.draw();
    }
    draw(key) {
      this.drawn = this.drawings.clientWidth;
      this.act.draw(this.setting, key);
      this.link.href = `#try-${this.name}?${new URLSearchParams({ ...this.setting, ...this.act.more?.() })}`;
    }
    plot(name, height) { return new Plot(this, name, height); }
    values(rows) {
      const cells = rows.flatMap(([name, value, look = ""]) => [make("dt", { className: look, textContent: name }), make("dd", { textContent: value })]);
      this.table.replaceChildren(...cells);
    }
    run(going) {
      this.going = going;
      this.button.textContent = going ? "Pause" : "Run";
      this.go();
    }
    go() {
      if (this.waiting || !this.going || !this.seen || document.hidden || !this.act) return;
      this.waiting = requestAnimationFrame(() => {
        this.waiting = 0;
        if (!this.going || !this.seen || document.hidden) return;
        this.frames++;
        this.act.frame(this.setting);
        this.go();
      });
    }
  }

  // A setting in the address: #try-neuron?drive=1.2&noise=0.5
  const asked = (name) => {
    const [place, query] = location.hash.split("?");
    return place === `#try-${name}` && query ? Object.fromEntries(new URLSearchParams(query)) : null;
  };
  const stages = {};
  const begin = () => document.querySelectorAll("details[data-live]").forEach((fold) => {
    const name = fold.dataset.live, start = () => {
      if (fold.open) stages[name] ??= new Stage(name, fold.querySelector(".stage"));
    };
    fold.addEventListener("toggle", start);
    start();
  });
  addEventListener("hashchange", () => { for (const [name, stage] of Object.entries(stages)) if (asked(name)) stage.take(asked(name)); });
  return { LEFT, RIGHT, panels, numbers, stages, make, short, begin, given: {}, add: (name, spec) => { panels[name] = spec; } };
})();

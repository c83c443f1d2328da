"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);

  // Drawings and tables are carried compressed: unpacked when they are wanted.
  const unpacked = async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  };
  const address = (text, type) => URL.createObjectURL(new Blob([text], { type }));

  // A panel is the same drawing with another view box.
  const seen = async (figure, place) => {
    figure.svg ??= await unpacked(figure.dataset.drawing);
    if (!place) return address(figure.svg, "image/svg+xml");
    const [, width, height] = figure.svg.match(/viewBox="0 0 ([\d.]+) ([\d.]+)"/).map(Number);
    const [left, top, w, h] = place;
    const box = [left * width - 3, top * height - 3, w * width + 6, h * height + 6];
    const head = figure.svg.match(/<svg[^>]*>/)[0];
    const cut = head.replace(/viewBox="[^"]*"/, `viewBox="${box.join(" ")}"`)
      .replace(/ width="[^"]*"/, ` width="${box[2]}pt"`).replace(/ height="[^"]*"/, ` height="${box[3]}pt"`);
    return address(figure.svg.replace(head, cut), "image/svg+xml");
  };
  const panelsOf = (figure) => JSON.parse(figure.dataset.panels);
  const narrow = matchMedia("(max-width: 40rem)");

  // On a phone the panels stand below each other. Their room is kept from the start, so that an address stays where it is.
  const EMPTY = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
  const stack = (figure) => {
    const image = one("img", figure);
    figure.places = panelsOf(figure).map((panel) => panel.place);
    one(".enlarge", figure).replaceChildren(...panelsOf(figure).map((panel) => {
      const copy = new Image(panel.place[2] * image.width, panel.place[3] * image.height);
      copy.style.aspectRatio = `${copy.width} / ${copy.height}`;
      return Object.assign(copy, { alt: `Panel ${panel.letter}`, src: EMPTY });
    }));
  };
  const show = (figure) => all("img", figure).forEach(async (image, i) => { image.src = await seen(figure, figure.places?.[i]); });
  const figures = all("figure[data-drawing]");
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) { watcher.unobserve(entry.target); show(entry.target); }
  }, { rootMargin: "600px" });
  for (const figure of figures) {
    if (narrow.matches && panelsOf(figure).length > 1) stack(figure);
    watcher.observe(figure);
  }

  // Enlarged, whole or panel by panel.
  const dialog = one("#zoom"), view = one(".view", dialog), choices = one(".panels", dialog);
  let current = null, at = 0;
  const turn = async (to) => {
    const panels = panelsOf(current);
    at = (to + panels.length + 1) % (panels.length + 1);
    all("button", choices).forEach((button, i) => button.setAttribute("aria-pressed", String(i === at)));
    const panel = panels[at - 1], image = new Image();
    image.alt = panel ? `Panel ${panel.letter}` : "All panels";
    image.src = await seen(current, panel?.place);
    view.replaceChildren(image);
    one(".words", dialog).textContent = panel ? `${panel.letter}: ${panel.caption}` : one("figcaption", current).textContent;
  };
  const enlarge = (figure) => {
    current = figure;
    one("h2", dialog).textContent = figure.dataset.title;
    choices.replaceChildren(...(panelsOf(figure).length > 1 ? ["All", ...panelsOf(figure).map((panel) => panel.letter)] : [])
      .map((text, i) => Object.assign(document.createElement("button"), { type: "button", textContent: text, onclick: () => turn(i) })));
    dialog.showModal();
    turn(narrow.matches && panelsOf(figure).length > 1 ? 1 : 0);
  };
  figures.forEach((figure) => { one(".enlarge", figure).onclick = () => enlarge(figure); });
  one(".close", dialog).onclick = () => dialog.close();
  dialog.onclick = (event) => { if (event.target === dialog) dialog.close(); };
  dialog.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step && panelsOf(current).length > 1) { event.preventDefault(); turn(at + step); }
  };

  // A table inside the page is downloaded from it.
  all("a[data-packed]").forEach((link) => {
    link.onclick = async (event) => {
      if (link.href.startsWith("blob:")) return;
      event.preventDefault();
      link.href = address(await unpacked(link.dataset.packed), "text/csv");
      link.click();
    };
  });

  // Claims: filter, sort, open by address.
  const form = one(".filter"), cards = all(".card"), list = one(".all");
  if (form) {
    const order = cards.map((card) => card.id), said = one("output", form);
    const verdicts = all("select[name=verdict] option", form).map((option) => option.value);
    const ways = {
      id: (card) => order.indexOf(card.id),
      verdict: (card) => verdicts.indexOf(card.dataset.verdict) * 1e4 + order.indexOf(card.id),
      surprise: (card) => -Number(card.dataset.surprise),
    };
    const apply = () => {
      const wanted = Object.fromEntries(new FormData(form)), text = wanted.text.trim().toLowerCase();
      let count = 0;
      for (const card of cards) {
        const fits = ["verdict", "article"].every((key) => !wanted[key] || card.dataset[key] === wanted[key]) &&
          (!wanted.chapter || card.dataset.chapter.split(" ").includes(wanted.chapter)) &&
          (!text || card.textContent.toLowerCase().includes(text));
        card.hidden = !fits;
        count += fits;
      }
      const sorted = [...cards].sort((a, b) => ways[wanted.order](a) - ways[wanted.order](b));
      one(".cards", list).append(...sorted);
      list.open = true;
      said.textContent = `${count} of ${cards.length} claims`;
    };
    form.oninput = apply;
    form.onsubmit = (event) => event.preventDefault();
    all(".matrix button").forEach((button) => {
      button.onclick = () => {
        form.reset();
        form.elements.article.value = button.dataset.article;
        form.elements.verdict.value = button.dataset.verdict;
        apply();
        list.scrollIntoView();
      };
    });
  }
  const open = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)).split("?")[0]);
    if (!target) return;
    for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    target.hidden = false;
    target.scrollIntoView();
  };
  addEventListener("hashchange", open);
  open();

  // Contents follow what is read.
  const menu = one(".menu");
  const small = matchMedia("(max-width: 60rem)").matches;
  if (small) menu.open = false;
  one(".back").onclick = () => { menu.open = true; };
  const links = new Map(all("nav a").map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  if (!small) all("nav .chapter").forEach((chapter) => chapter.classList.add("shut"));
  const reading = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const link = links.get(entry.target.id);
      if (!entry.isIntersecting || !link) continue;
      all("nav [aria-current]").forEach((other) => other.removeAttribute("aria-current"));
      link.setAttribute("aria-current", "true");
      if (!small) all("nav .chapter").forEach((chapter) => chapter.classList.toggle("shut", !chapter.contains(link)));
    }
  }, { rootMargin: "-10% 0px -80% 0px" });
  all("section.question, #summary, #try, #claims").forEach((part) => reading.observe(part));

  // On paper the folds that matter are open.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("details.printed:not([open])");
    opened.forEach((fold) => { fold.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((fold) => { fold.open = false; }));
})();

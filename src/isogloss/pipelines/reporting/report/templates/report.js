(() => {
  "use strict";
  const root = document.documentElement;
  const find = (id) => document.getElementById(id);
  const data = JSON.parse(find("data").textContent);
  root.classList.add("js");

  // A page opened from a file may have no storage.
  const remembered = {
    get: () => { try { return localStorage.getItem("isogloss-theme"); } catch { return null; } },
    set: (theme) => { try { localStorage.setItem("isogloss-theme", theme); } catch { /* not kept */ } },
  };
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (prefersDark.matches ? "dark" : "light")) === "dark";
  const themeButton = find("theme");
  const showTheme = () => {
    themeButton.textContent = isDark() ? "Light" : "Dark";
    themeButton.setAttribute("aria-pressed", String(isDark()));
    themeButton.setAttribute("aria-label", isDark() ? "Use light colours" : "Use dark colours");
  };
  if (remembered.get()) root.dataset.theme = remembered.get();
  themeButton.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    remembered.set(root.dataset.theme);
    showTheme();
  });
  prefersDark.addEventListener("change", showTheme);
  showTheme();

  // What is folded away is printed too.
  const folded = [];
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not([open])")) {
      folded.push(details);
      details.open = true;
    }
  });
  addEventListener("afterprint", () => { for (const details of folded.splice(0)) details.open = false; });

  const links = new Map([...document.querySelectorAll(".contents a")].map((a) => [a.hash.slice(1), a]));
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  for (const id of links.keys()) if (find(id)) watcher.observe(find(id));

  const tip = find("tip");
  let told = null;
  const hideTip = () => { tip.hidden = true; told = null; };
  const placeTip = () => {
    if (told === null) return;
    const box = told.getBoundingClientRect();
    // A page that scrolls to a cell gets there a little later.
    tip.style.visibility = box.bottom < 0 || box.top > innerHeight ? "hidden" : "";
    const own = tip.getBoundingClientRect();
    const left = Math.min(box.left + box.width / 2 - own.width / 2, innerWidth - own.width - 8);
    const above = box.top - own.height - 8;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${above > 8 ? above : box.bottom + 8}px`;
  };
  const showTip = (text, element) => {
    tip.textContent = text;
    tip.hidden = false;
    told = element;
    placeTip();
  };
  addEventListener("scroll", placeTip, { passive: true, capture: true });
  addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });

  const orderOf = (cell) => {
    const order = cell.dataset.order;
    if (order === undefined) return null;
    return cell.classList.contains("score") ? Number(order) : order;
  };
  // Cells that are missing come last, whichever way.
  const compare = (first, second, sign) => {
    if (first === null || second === null) return (first === null) - (second === null);
    return sign * (typeof first === "number" ? first - second : first.localeCompare(second));
  };
  const makeSortable = (table) => {
    const heads = [...table.tHead.rows[0].cells];
    const body = table.tBodies[0];
    heads.forEach((head, place) => {
      head.querySelector("button").addEventListener("click", () => {
        const numbers = head.classList.contains("score");
        const before = head.getAttribute("aria-sort");
        const next = before === "none" ? (numbers ? "descending" : "ascending")
          : before === "descending" ? "ascending" : "descending";
        for (const other of heads) other.setAttribute("aria-sort", "none");
        head.setAttribute("aria-sort", next);
        const rows = [...body.rows].map((row) => [orderOf(row.cells[place]), row]);
        rows.sort((a, b) => compare(a[0], b[0], next === "ascending" ? 1 : -1));
        body.append(...rows.map(([, row]) => row));
      });
    });
  };
  const board = find("scoreboard");
  if (board) {
    makeSortable(board);
    const model = find("board-model"), language = find("board-language"), count = find("board-count");
    const choose = () => {
      const wanted = language.value.trim().toLowerCase();
      let shown = 0;
      for (const row of board.tBodies[0].rows) {
        row.hidden = (model.value !== "" && row.dataset.model !== model.value)
          || !row.dataset.language.toLowerCase().includes(wanted);
        shown += !row.hidden;
      }
      count.textContent = `${shown} row${shown === 1 ? "" : "s"}`;
    };
    model.addEventListener("change", choose);
    language.addEventListener("input", choose);
  }

  const parse = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const colours = data.palette.map(parse);
  const mix = (share) => {
    const place = Math.min(1, Math.max(0, share)) * (colours.length - 1);
    const below = Math.min(Math.floor(place), colours.length - 2);
    return colours[below].map((low, at) => Math.round(low + (place - below) * (colours[below + 1][at] - low)));
  };
  const luminance = (rgb) => {
    const [red, green, blue] = rgb.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const write = (value) => (value === null || value === undefined ? "–" : value.toFixed(2).replace(/^(-?)0\./, "$1."));
  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  const drawHeatMap = (models) => {
    const table = find("heat-table"), slider = find("heat-layer"), mean = find("heat-mean");
    const shown = find("heat-shown"), chooser = find("heat-model"), hint = find("heat-hint");
    let model = models[0], cells = [];
    models.forEach((one, place) => chooser.append(element("option", one.label, { value: place })));

    const layer = () => (mean.getAttribute("aria-pressed") === "true" ? null : Number(slider.value));
    const values = (at) => (at === null ? model.mean : { score: model.score[at], low: model.low[at], high: model.high[at] });
    const say = (cell) => {
      const { first, second, pair, at } = cell;
      const one = model.languages[first], other = model.languages[second];
      if (pair < 0) return `${one[1]} with itself: not measured`;
      const found = values(at === undefined ? layer() : at);
      const where = at === undefined && layer() === null ? `mean of layers ${model.range[0]} to ${model.range[1]}`
        : `layer ${model.layers[at === undefined ? layer() : at]}`;
      if (found.score[pair] === null || found.score[pair] === undefined) return `${one[1]} and ${other[1]}\n${where}: not measured`;
      const low = found.low[pair], high = found.high[pair];
      const interval = low === null || high === null ? "no interval" : `[${write(low)}, ${write(high)}]`;
      return `${one[1]} and ${other[1]}\n${model.metric} ${write(found.score[pair])} ${interval}\nn = ${model.n} sentences, ${where}`;
    };
    const paint = () => {
      const [low, high] = model.limits;
      for (const cell of cells) {
        const found = values(cell.at === undefined ? layer() : cell.at);
        const value = cell.pair < 0 ? null : found.score[cell.pair];
        const known = value !== null && value !== undefined;
        const rgb = known ? mix((value - low) / (high - low)) : null;
        cell.td.textContent = known ? write(value) : "";
        cell.td.className = known ? "" : "none";
        cell.td.style.background = known ? `rgb(${rgb.join(" ")})` : "";
        cell.td.style.color = known && luminance(rgb) < 0.2 ? "#ffffff" : "#111111";
        cell.td.setAttribute("aria-label", say(cell).replaceAll("\n", ", "));
      }
      const at = layer();
      shown.textContent = at === null ? `mean of ${model.range[0]} to ${model.range[1]}`
        : `${model.layers[at]} of ${model.layers.at(-1)}${model.layers[at] === 0 ? " (embeddings)" : ""}`;
      table.caption.textContent = model.star ? `${model.label}, with ${model.languages.find(([code]) => code === model.pivot)?.[1] ?? model.pivot}`
        : `${model.label}, ${at === null ? "mean of layers" : "layer"} ${shown.textContent.replace("mean of ", "")}`;
      slider.setAttribute("aria-valuetext", at === null ? "mean of layers" : `layer ${model.layers[at]}`);
    };
    const focusOn = (row, column) => {
      const line = table.tBodies[0].rows[row];
      const next = line && line.cells[column + 1];
      if (!next) return;
      for (const cell of cells) cell.td.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    };
    const addCell = (line, row, column, cell) => {
      const td = element("td", undefined, { role: "gridcell", tabindex: row + column === 0 ? 0 : -1 });
      const own = { ...cell, td };
      const point = () => { td.classList.add("now"); showTip(say(own), td); };
      const leave = () => { td.classList.remove("now"); hideTip(); };
      td.addEventListener("pointerenter", point);
      td.addEventListener("pointerleave", leave);
      td.addEventListener("focus", point);
      td.addEventListener("blur", leave);
      td.addEventListener("keydown", (event) => {
        const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
        if (!step) return;
        event.preventDefault();
        focusOn(row + step[0], column + step[1]);
      });
      line.append(td);
      cells.push(own);
    };
    const pairOf = () => {
      const places = new Map();
      model.pairs.forEach(([a, b], at) => { places.set(`${a} ${b}`, at); places.set(`${b} ${a}`, at); });
      return (first, second) => places.get(`${first} ${second}`) ?? -1;
    };
    const heading = (columns) => {
      const head = element("tr", undefined, { role: "row" });
      head.append(element("td"));
      for (const [text, name] of columns) {
        const th = element("th", undefined, { scope: "col", role: "columnheader", title: name });
        th.append(element("span", text));
        head.append(th);
      }
      const thead = element("thead", undefined, { role: "rowgroup" });
      thead.append(head);
      return thead;
    };
    const build = () => {
      cells = [];
      const pair = pairOf(), body = element("tbody", undefined, { role: "rowgroup" });
      const pivot = model.languages.findIndex(([code]) => code === model.pivot);
      const rows = model.languages.map((_, at) => at).filter((at) => !model.star || at !== pivot);
      rows.forEach((first, row) => {
        const line = element("tr", undefined, { role: "row" });
        const [code, name, family] = model.languages[first];
        line.append(element("th", name, { scope: "row", role: "rowheader", title: `${code}, ${family}` }));
        if (model.star) model.layers.forEach((_, at) => addCell(line, row, at, { first, second: pivot, pair: pair(first, pivot), at }));
        else rows.forEach((second, column) => addCell(line, row, column, { first, second, pair: pair(first, second) }));
        body.append(line);
      });
      const columns = model.star ? model.layers.map((at) => [at, `layer ${at}`]) : rows.map((at) => model.languages[at]);
      table.replaceChildren(element("caption"), heading(columns), body);
      table.classList.toggle("many", rows.length > 30);
      table.setAttribute("aria-label", `${model.label}: ${model.metric}`);
      slider.max = String(model.layers.length - 1);
      for (const control of [slider.parentElement, mean]) control.hidden = model.star;
      hint.textContent = `${model.metric}: ${model.meaning}. n = ${model.n} sentences. `;
      hint.append(element("span", "Point at a cell, or move with the arrow keys, for its interval.", { class: "how" }));
      paint();
    };
    chooser.addEventListener("change", () => {
      model = models[Number(chooser.value)];
      slider.value = String(Math.min(Number(slider.value), model.layers.length - 1));
      build();
      showScale();
    });
    slider.addEventListener("input", () => { mean.setAttribute("aria-pressed", "false"); paint(); });
    mean.addEventListener("click", () => { mean.setAttribute("aria-pressed", String(layer() !== null)); paint(); });
    const showScale = () => {
      find("heat-low").textContent = write(model.limits[0]);
      find("heat-high").textContent = write(model.limits[1]).replace(/\.00$/, "");
      find("heat-bar").style.background = `linear-gradient(90deg, ${data.palette.join(", ")})`;
    };
    build();
    slider.value = String(Math.floor((model.layers.length - 1) / 2));
    showScale();
  };
  if (data.heat_map && data.heat_map.length && find("heat-map")) drawHeatMap(data.heat_map);
})();

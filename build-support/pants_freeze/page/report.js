"use strict";

// Binds the report to the page: text and tables are elements, every chart is drawn by plotly.js.

(() => {
  const report = JSON.parse(document.getElementById("report").textContent);
  const { distribution, machine, components, requirements, files, packed } = report;

  // ---- Numbers and words, as the rest of the plugin writes them: units are powers of ten.

  const UNITS = [["B", 1], ["kB", 1e3], ["MB", 1e6], ["GB", 1e9]];

  function size(bytes) {
    const [unit, factor] = UNITS.find(([, each]) => Math.abs(bytes) < 999.95 * each) ?? UNITS[3];
    return unit === "B" ? `${bytes} B` : `${(bytes / factor).toFixed(1)} ${unit}`;
  }

  const count = (number) => number.toLocaleString("en");
  const exact = (bytes) => `${count(bytes)} bytes (${size(bytes)})`;
  const signed = (bytes) => (bytes < 0 ? `\u2212${size(-bytes)}` : `+${size(bytes)}`);
  const seconds = (time) => (time < 1 ? `${(time * 1000).toFixed(0)} ms` : `${time.toFixed(1)} s`);
  const milliseconds = (micro) => `${(micro / 1000).toFixed(micro < 1e4 ? 2 : 1)} ms`;
  const percent = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(1)} %` : "0 %");
  const inUnit = (value, unit) => (unit === "bytes" ? size(value) : seconds(value));
  const sum = (numbers) => numbers.reduce((total, each) => total + each, 0);
  const plural = (number, word) => `${count(number)} ${word}${number === 1 ? "" : "s"}`;

  // ---- Elements

  const find = (id) => document.getElementById(id);
  const body = (section) => find(section).querySelector(".body");

  /** A new element; attributes that are undefined or null are left out, so are such children. */
  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "onclick") made.addEventListener("click", value);
      else if (name.startsWith("--")) made.style.setProperty(name, value);
      else if (value !== undefined && value !== null) made.setAttribute(name, value);
    }
    made.append(...children.flat().filter((each) => each !== undefined && each !== null));
    return made;
  }

  const empty = (...text) => element("p", { class: "empty" }, ...text);
  const option = (value, text) => element("option", { value }, text);

  function bytesCell(bytes, attributes = {}, text = size(bytes)) {
    return element("td", { "data-bytes": bytes, title: exact(bytes), ...attributes }, text);
  }

  /** A table that scrolls by itself where the page is narrow; *rows* are elements. */
  function table(label, head, rows, foot = [], name = "scroll") {
    const cells = head.map((text) => element("th", { scope: "col" }, text));
    const parts = [
      element("thead", {}, element("tr", {}, cells)),
      element("tbody", {}, rows),
      foot.length ? element("tfoot", {}, foot) : null,
    ];
    const attributes = { class: name, role: "region", "aria-label": label, tabindex: 0 };
    return element("div", attributes, element("table", {}, parts));
  }

  const heading = (text, ...more) => element("th", { scope: "row" }, text, ...more);

  // ---- Colours, from the style sheet

  const color = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  /** The color *name*, *share* of it over the surface, such that text on it stays readable. */
  function tint(name, share = 0.4) {
    const [front, back] = [color(name), color("surface")].map((hex) =>
      [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
    return `rgb(${front.map((each, i) => Math.round(each * share + back[i] * (1 - share)))})`;
  }

  const SERIES = ["blue", "orange", "green", "violet", "teal", "rose"];

  const KINDS = {
    native: { color: "orange", word: "native library" },
    module: { color: "blue", word: "module" },
    executable: { color: "green", word: "executable" },
    data: { color: "grey", word: "data" },
  };

  // ---- Charts

  const shorten = (text) =>
    (text.length > 30 ? `${text.slice(0, 18)}\u2026${text.slice(-10)}` : text);

  /** *text* as plotly.js takes it, which reads labels as a subset of HTML. */
  const plain = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

  function draw(place, traces, layout = {}) {
    const axis = {
      automargin: true, fixedrange: true, gridcolor: color("line"), zerolinecolor: color("grey"),
    };
    return Plotly.react(place, traces, {
      font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: color("text") },
      paper_bgcolor: "transparent",
      plot_bgcolor: "transparent",
      margin: { t: 4, r: 4, b: 4, l: 4 },
      hoverlabel: {
        align: "left", bgcolor: color("surface"), bordercolor: color("grey"),
        font: { color: color("text") },
      },
      ...layout,
      xaxis: { ...axis, ...layout.xaxis },
      yaxis: { ...axis, ...layout.yaxis },
    }, { displayModeBar: false, responsive: true });
  }

  const chart = (label) => element("div", { class: "chart", role: "img", "aria-label": label });

  /** Horizontal bars, one group for each of *names*. */
  function bars(place, names, traces, layout = {}) {
    const perName = layout.barmode === "group" ? traces.length * 11 + 14 : 34;
    draw(place, traces.map((trace) => ({ type: "bar", orientation: "h", ...trace })), {
      height: names.length * perName + 90,
      bargap: 0.3,
      legend: { orientation: "h", y: 1, yanchor: "bottom", x: 0, traceorder: "normal" },
      ...layout,
      yaxis: { type: "category", autorange: "reversed", ticksuffix: "  ", ...layout.yaxis },
    });
  }

  // ---- Header

  function showHeader() {
    const { name, version, bytes, archive } = distribution;
    find("name").textContent = name;
    const facts = [
      ["Version", "version", version],
      ["Size", "bytes", exact(bytes), bytes],
      ["Archive", "archive", archive ? exact(archive.bytes) : "none", archive?.bytes],
      ["Files", "files", count(files.length)],
      ["Measured on", "machine", machine
        ? `${machine.system} ${machine.machine}, ${plural(machine.cpus, "CPU")}`
        : "not measured"],
    ];
    find("facts").replaceChildren(...facts.map(([term, id, text, number]) =>
      element("div", {},
        element("dt", {}, term),
        element("dd", { id: `fact-${id}`, "data-bytes": number }, text))));
  }

  // ---- Components

  const STATES = { ok: "", near: ", near the limit", over: ", over the limit" };

  function budget({ field, unit, limit, value }) {
    const isMeasured = value !== null;
    const used = isMeasured ? value / limit : 0;
    const state = !isMeasured ? "unknown" : used > 1 ? "over" : used > 0.9 ? "near" : "ok";
    return element("div", { class: "budget", "data-field": field, "data-state": state },
      element("span", {}, field),
      element("b", {}, isMeasured ? `${Math.round(used * 100)} %${STATES[state]}` : "not measured"),
      element("div", isMeasured ? {
        class: "bar", "--used": Math.min(used, 1), role: "meter", "aria-label": field,
        "aria-valuemin": 0, "aria-valuemax": limit, "aria-valuenow": value,
      } : { class: "bar" }),
      element("small", {}, isMeasured
        ? `${inUnit(value, unit)} of ${inUnit(limit, unit)}`
        : `limit ${inUnit(limit, unit)}`));
  }

  function startCells({ starts }) {
    const lines = (text) => starts.map((start) => element("div", { class: "start" }, text(start)));
    if (!starts.length) {
      return [element("td", { class: "empty" }, "not measured"), element("td", {})];
    }
    return [
      element("td", { "data-field": "starts" }, lines((start) => [
        element("small", {}, start.what),
        start.problem
          ? element("span", { class: "more" }, start.problem)
          : element("span", {
            "data-seconds": start.seconds,
            title: `${plural(start.runs, "run")}, fastest ${seconds(start.fastest_seconds)}`,
          }, `${count(Math.round(start.seconds * 1000))} ms`),
      ])),
      element("td", {}, lines(({ problem, peak_bytes: peak }) => problem
        ? "–"
        : element("span", { "data-bytes": peak, title: exact(peak) }, size(peak)))),
    ];
  }

  const direction = (bytes) => (bytes > 0 ? "more" : bytes < 0 ? "less" : null);

  function changeCell({ change }) {
    if (!change) return element("td", { class: "empty" }, "no record");
    const { closure_bytes: closure, executable_bytes: executable } = change;
    return bytesCell(closure, { "data-field": "change" }, [
      element("span", { class: direction(closure) }, signed(closure)),
      element("small", { title: exact(executable) }, `executable ${signed(executable)}`),
    ].flat());
  }

  function showComponents() {
    const head = ["Component", "Executable", "Closure", "Own", "Exclusive", "Shared",
      "Since record", "Start (median)", "Peak memory"];
    const fields = ["executable_bytes", "closure_bytes", "own_bytes", "exclusive_bytes",
      "shared_bytes"];
    const rows = components.flatMap((component) => [
      element("tr", { "data-component": component.name },
        heading(component.name, element("small", {}, component.address)),
        fields.map((field) => bytesCell(component[field], { "data-field": field })),
        changeCell(component),
        startCells(component)),
      component.budgets.length
        ? element("tr", { class: "budgets", "data-budgets": component.name },
          element("td", { colspan: head.length },
            element("div", {}, component.budgets.map(budget))))
        : [],
    ].flat());
    body("components").replaceChildren(
      components.length ? table("Components", head, rows) : empty("There are no components."),
      element("p", { class: "note" },
        "A closure is what the program needs: own first-party code, what it needs exclusively, ",
        "and what it shares with other programs of the distribution."),
      ...showPacked());
  }

  /** What UPX made of native files; nothing if no program asks for it. */
  function showPacked() {
    if (!packed.length) return [];
    const kept = packed.filter(({ reason }) => reason);
    const done = packed.filter(({ reason }) => !reason);
    const total = (key) => size(sum(done.map((each) => each[key])));
    const rows = kept.map(({ path, bytes, reason }) => element("tr", { "data-path": path },
      heading(path), bytesCell(bytes), element("td", { class: "words" }, reason)));
    return [element("details", { id: "packed" },
      element("summary", {}, `UPX: packed ${plural(done.length, "file")}, `,
        `${total("bytes_before")} \u2192 ${total("bytes")}; ${count(kept.length)} kept as they were`),
      kept.length ? table("Kept as they were", ["File", "Size", "Reason"], rows) : null)];
  }

  // ---- Treemap: distribution > requirement > folders > files

  const NATIVE = /\.(so(\.\w+)*|dylib|dll|pyd)$/i;
  const MODULE = /\.(py|pyc|pyw)$/i;
  const EXECUTABLES = new Set(components.flatMap(({ name }) => [name, `${name}.exe`]));

  function kindOf(path) {
    if (EXECUTABLES.has(path)) return "executable";
    if (NATIVE.test(path)) return "native";
    return MODULE.test(path) ? "module" : "data";
  }

  /** The dotted name that ends like that of the module at *path*. */
  const dotted = (path) => path
    .replace(/\.(py|pyc|pyw|pyd)$|(\.(cpython|abi3)[^/]*)?\.so$/i, "")
    .replace(/\/__init__$/, "").replace(/\//g, ".");

  function node(parent, name, path) {
    const id = parent ? `${parent.id}/${name}` : name;
    return { id, name, path, parent, bytes: 0, children: new Map(), kinds: {}, file: null };
  }

  function makeTree(shown) {
    const root = node(null, distribution.name, distribution.name);
    const nodes = new Map();
    for (const file of shown) {
      const kind = kindOf(file.path);
      let at = root;
      const enter = (name, path) => {
        if (!at.children.has(name)) at.children.set(name, node(at, name, path));
        at = at.children.get(name);
      };
      enter(file.requirement, file.requirement);
      let path = "";
      for (const part of file.path.split("/")) {
        path += (path && "/") + part;
        enter(part, path);
      }
      at.file = file;
      for (let each = at; each; each = each.parent) {
        each.bytes += file.bytes;
        each.kinds[kind] = (each.kinds[kind] ?? 0) + file.bytes;
      }
    }
    finish(root, nodes);
    return { root, nodes, files: shown.length };
  }

  /** The folder in *at* if *at* holds but one folder. */
  function onlyFolder(at) {
    const [only] = at.children.values();
    return at.children.size === 1 && !only.file ? only : null;
  }

  /** Leave out folders that hold but one folder, sort children by bytes, and index by id. */
  function finish(at, nodes) {
    const isRoot = at.parent === null;
    const isRequirement = at.parent?.parent === null;
    let folder = at;
    // A requirement holds what is in its folder, of which the whole path is known anyway.
    while (isRequirement && onlyFolder(folder)) folder = onlyFolder(folder);
    at.children = [...folder.children.values()].map((child) => {
      let { name } = child;
      for (let only; !isRoot && (only = onlyFolder(child)); child = only) name += `/${only.name}`;
      return Object.assign(child, { name, parent: at });
    });
    at.children.sort((one, other) => other.bytes - one.bytes || (one.id < other.id ? -1 : 1));
    at.kind = Object.entries(at.kinds).sort((one, other) => other[1] - one[1])[0]?.[0] ?? "data";
    at.words = [at.path.toLowerCase(), dotted(at.path).toLowerCase()];
    nodes.set(at.id, at);
    for (const child of at.children) finish(child, nodes);
  }

  const FILTERS = [
    { value: "all", text: "all", keep: () => true },
    {
      value: "shared", text: "shared by several programs",
      keep: (file) => file.components.length > 1,
    },
    ...components.map(({ name }) => ({
      value: `exclusive ${name}`, text: `exclusive to ${name}`,
      keep: (file) => file.components.length === 1 && file.components[0] === name,
    })),
    ...components.map(({ name }) => ({
      value: `of ${name}`, text: `all of ${name}`,
      keep: (file) => file.components.includes(name),
    })),
  ];

  let tree = null;
  let current = null;
  const HITS = 50;
  // How deep tiles lie in tiles, and which share of the whole makes a tile open, or visible.
  const DEPTH = 3;
  const OPEN = 0.015;
  const VISIBLE = 1e-5;

  function applyFilter() {
    const filter = FILTERS[find("treemap-filter").selectedIndex];
    tree = makeTree(files.filter(filter.keep));
    const output = find("filter-sum");
    output.textContent = `${exact(tree.root.bytes)} in ${plural(tree.files, "file")}`;
    output.dataset.bytes = tree.root.bytes;
    zoom(current?.id);
  }

  /** Show the node *id*, or all if the filter leaves nothing of it. */
  function zoom(id) {
    const focused = document.activeElement?.closest("#treemap-path, #treemap-list");
    current = tree.nodes.get(id) ?? tree.root;
    showPath();
    showTiles();
    showList();
    // Its button is gone; the keyboard goes on from the one in its place.
    (focused?.querySelector("[aria-current]") ?? focused?.querySelector("button"))?.focus();
  }

  function pathOf(at) {
    return at ? [...pathOf(at.parent), at] : [];
  }

  function showPath() {
    find("treemap-path").replaceChildren(...pathOf(current).map((each) => element("li", {},
      element("button", {
        type: "button", "aria-current": each === current ? "true" : null,
        onclick: () => zoom(each.id),
      }, each.name))));
    const { name, path, bytes, file, kind } = current;
    const users = file && (file.components.join(", ") || "no program");
    const now = find("treemap-now");
    now.replaceChildren(
      path === name ? "" : `${path}: `,
      element("strong", {}, exact(bytes)),
      `, ${percent(bytes, tree.root.bytes)} of what is shown`,
      file ? `; ${KINDS[kind].word}, needed by ${users}` : "");
    now.dataset.path = path;
    now.dataset.bytes = bytes;
  }

  /** *at* and what is below it, as far as it is large enough of *top* to be seen. */
  function tiles(at, top = at, depth = DEPTH) {
    const isOpen = depth > 0 && at.bytes >= top.bytes * OPEN;
    const below = isOpen ? at.children.filter((each) => each.bytes > top.bytes * VISIBLE) : [];
    return [at, ...below.flatMap((each) => tiles(each, top, depth - 1))];
  }

  function showTiles() {
    // A file has no tiles of its own; it is marked among those beside it.
    const top = current.file ? current.parent : current;
    const shown = tiles(top);
    const ids = new Set(shown.map((each) => each.parent?.id));
    const isOpen = (each) => ids.has(each.id);
    const place = find("treemap");
    draw(place, [{
      type: "treemap",
      branchvalues: "total",
      ids: shown.map((each) => each.id),
      parents: shown.map((each) => (each === top ? "" : each.parent.id)),
      labels: shown.map((each) => plain(each.name)),
      values: shown.map((each) => each.bytes),
      text: shown.map((each) => size(each.bytes)),
      customdata: shown.map((each) => `<b>${plain(each.path)}</b><br>${exact(each.bytes)}`
        + `<br>${each.file ? "" : "mostly "}${KINDS[each.kind].word}`),
      texttemplate: "%{label}<br>%{text}",
      hovertemplate: "%{customdata}<extra></extra>",
      textfont: { color: color("text") },
      marker: {
        colors: shown.map((each) => (isOpen(each)
          ? tint("grey", 0.12)
          : tint(KINDS[each.kind].color))),
        line: {
          color: shown.map((each) => color(each === current && each.file ? "focus" : "surface")),
          width: shown.map((each) => (each === current && each.file ? 4 : 1)),
        },
        pad: { t: 20, r: 3, b: 3, l: 3 },
        depthfade: false,
      },
      pathbar: { visible: false },
      tiling: { pad: 1 },
    }], { margin: { t: 0, r: 0, b: 0, l: 0 }, uniformtext: { minsize: 11, mode: "hide" } });
    if (!place.dataset.ready) {
      place.dataset.ready = "true";
      place.on("plotly_treemapclick", ({ points }) => {
        const clicked = tree.nodes.get(points[0].id);
        // The tile of what is shown is its frame, which leads back.
        zoom(clicked.children.length && isTop(clicked) ? clicked.parent?.id : clicked.id);
        return false;
      });
    }
  }

  const isTop = (each) => each === (current.file ? current.parent : current);

  /** Nodes of which a name matches; those of which a whole name does come first. */
  function search(query) {
    const isWhole = ({ words }) => words.some((word) => word === query
      || word.startsWith(`${query}==`) || word.endsWith(`.${query}`) || word.endsWith(`/${query}`));
    const hits = [...tree.nodes.values()].filter(({ parent, words }) =>
      parent && words.some((word) => word.includes(query)));
    return hits.sort((one, other) => isWhole(other) - isWhole(one) || other.bytes - one.bytes);
  }

  function showList() {
    const query = find("treemap-search").value.trim().toLowerCase();
    const beside = current.file ? current.parent : current;
    const all = query ? search(query) : beside.children;
    const more = all.length > HITS ? `, the first ${HITS} are listed` : "";
    find("treemap-found").textContent = query
      ? `${plural(all.length, "hit")}${more}`
      : `In ${beside.name}: ${plural(all.length, "part")}${more}`;
    find("treemap-list").replaceChildren(...all.slice(0, HITS).map((each) => element("li", {},
      element("button", {
        type: "button", "data-path": each.path, "data-bytes": each.bytes, title: exact(each.bytes),
        "aria-current": each === current ? "true" : null,
        "--tile": color(KINDS[each.kind].color),
        onclick: () => zoom(each.id),
      },
      element("span", {}, query ? each.path : each.name),
      element("span", {}, size(each.bytes)),
      query && each.parent.parent ? element("small", {}, pathOf(each)[1].name) : null))));
  }

  function showLegend() {
    find("treemap-legend").replaceChildren(...Object.values(KINDS).map((kind) =>
      element("li", { "--tile": tint(kind.color) }, kind.word)));
  }

  function startTreemap() {
    const filter = find("treemap-filter");
    filter.append(...FILTERS.map(({ value, text }) => option(value, text)));
    filter.addEventListener("change", applyFilter);
    find("treemap-search").addEventListener("input", showList);
  }

  // ---- Components x requirements

  function showRequirements() {
    const rowsOf = new Map(requirements.map(({ label }) => [label, new Map()]));
    for (const file of files) {
      const row = rowsOf.get(file.requirement);
      for (const name of file.components) row.set(name, (row.get(name) ?? 0) + file.bytes);
    }
    const parts = [...rowsOf.values()];
    const largest = Math.max(1, ...parts.flatMap((row) => [...row.values()]));
    const sorted = [...requirements].sort((one, other) => other.bytes - one.bytes);
    const rows = sorted.map(({ label, bytes }) => element("tr", { "data-requirement": label },
      heading(label),
      components.map(({ name }) => {
        const part = rowsOf.get(label).get(name);
        const share = Math.sqrt((part ?? 0) / largest).toFixed(3);
        return part === undefined
          ? element("td", { "data-component": name })
          : bytesCell(part, { "data-component": name, "--share": share });
      }),
      bytesCell(bytes, { "data-field": "bytes" })));
    const foot = element("tr", {},
      heading("Sum"),
      components.map(({ name }) => bytesCell(
        sum(parts.map((row) => row.get(name) ?? 0)), { "data-component": name })),
      bytesCell(sum(requirements.map((each) => each.bytes)), { "data-field": "bytes" }));
    const head = ["Requirement", ...components.map(({ name }) => name), "In the distribution"];
    body("requirements").replaceChildren(requirements.length
      ? table("Requirements of each component", head, rows, [foot], "matrix")
      : empty("There are no requirements."));
  }

  // ---- Imports at start

  /** The imports of a component as a flat list, each with what it took in all. */
  function flatten(imports, parent, prefix) {
    return imports.flatMap((each, at) => {
      const id = `${prefix}/${at}`;
      const below = flatten(each.imports, id, id);
      const children = below.filter((other) => other.parent === id);
      const total = each.microseconds + sum(children.map((other) => other.total));
      return [{ id, parent, name: each.name, own: each.microseconds, total }, ...below];
    });
  }

  function showImports() {
    const component = components[find("imports-component").selectedIndex];
    const place = body("imports");
    const all = component ? flatten(component.imports, "top", "top") : [];
    const total = sum(all.map(({ own }) => own));
    const output = find("imports-sum");
    output.textContent = all.length
      ? `${milliseconds(total)} in ${plural(all.length, "import")}`
      : "";
    output.dataset.microseconds = total;
    if (!all.length) {
      place.replaceChildren(empty("The imports of this component were not measured."));
      return;
    }
    // The packages that take most have colours of their own.
    const packageOf = ({ name }) => name.split(".")[0];
    const taken = new Map();
    for (const each of all) {
      taken.set(packageOf(each), (taken.get(packageOf(each)) ?? 0) + each.own);
    }
    const first = [...taken.keys()].sort((one, other) => taken.get(other) - taken.get(one));
    const colorOf = (each) => SERIES[first.indexOf(packageOf(each))] ?? "grey";
    const nodes = [{ id: "top", parent: "", name: component.name, own: 0, total }, ...all];
    const flame = chart(`Imports of ${component.name}; the table lists the largest`);
    const slowest = [...all].sort((one, other) => other.own - one.own).slice(0, 12);
    place.replaceChildren(element("div", { class: "aside" },
      flame,
      table("Largest imports", ["Takes most by itself", "self", "with its imports"],
        slowest.map((each) => element("tr", {},
          heading(each.name),
          element("td", { "data-microseconds": each.own }, milliseconds(each.own)),
          element("td", { "data-microseconds": each.total }, milliseconds(each.total)))))));
    draw(flame, [{
      type: "icicle",
      branchvalues: "remainder",
      ids: nodes.map(({ id }) => id),
      parents: nodes.map(({ parent }) => parent),
      labels: nodes.map(({ name }) => plain(name)),
      values: nodes.map(({ own }) => own),
      customdata: nodes.map(({ name, own, total: inAll }) => `<b>${plain(name)}</b>`
        + `<br>${milliseconds(own)} itself<br>${milliseconds(inAll)} with its imports`),
      textinfo: "label",
      hovertemplate: "%{customdata}<extra></extra>",
      textfont: { color: color("text") },
      textposition: "middle left",
      marker: {
        colors: nodes.map((each) => (each.id === "top" ? tint("grey", 0.15) : tint(colorOf(each)))),
        line: { color: color("surface"), width: 1 },
      },
      leaf: { opacity: 1 },
      maxdepth: 12,
      pathbar: { visible: true, textfont: { color: color("text") } },
      tiling: { orientation: "v", pad: 1 },
    }], {
      height: 440,
      margin: { t: 26, r: 0, b: 0, l: 0 },
      uniformtext: { minsize: 10, mode: "hide" },
    });
  }

  function startImports() {
    const select = find("imports-component");
    select.append(...components.map(({ name }) => option(name, name)));
    // Start with one that was measured.
    select.selectedIndex = Math.max(0, components.findIndex(({ imports }) => imports.length));
    select.addEventListener("change", showImports);
  }

  // ---- Steps of the build

  function showSteps() {
    const measured = components.filter(({ steps }) => steps.length);
    if (!measured.length) {
      body("steps").replaceChildren(empty("The steps of the build were not measured."));
      return;
    }
    const names = [...new Set(measured.flatMap(({ steps }) => steps.map(({ step }) => step)))];
    const programs = measured.map(({ name }) => plain(name));
    const [time, memory] = [chart("Time of each step"), chart("Peak memory of each step")];
    const rows = measured.flatMap(({ name, steps }) => steps.map((each) => element("tr", {},
      heading(name),
      element("td", { class: "words" }, each.step),
      element("td", { "data-seconds": each.seconds }, seconds(each.seconds)),
      bytesCell(each.peak_bytes))));
    body("steps").replaceChildren(
      element("div", { class: "pair" },
        element("div", {}, element("h3", {}, "Time"), time),
        element("div", {}, element("h3", {}, "Peak memory"), memory)),
      element("details", {}, element("summary", {}, "As a table"),
        table("Steps of the build", ["Component", "Step", "Time", "Peak memory"], rows)));
    const traces = (field, text, factor) => names.map((step, at) => {
      const found = measured.map(({ steps }) => steps.find((each) => each.step === step)?.[field]);
      return {
        name: plain(step),
        y: programs,
        x: found.map((value) => (value === undefined ? null : value / factor)),
        customdata: found.map((value) => (value === undefined ? "" : text(value))),
        hovertemplate: `%{y}, ${plain(step)}: %{customdata}<extra></extra>`,
        marker: { color: color(SERIES[at] ?? "grey") },
      };
    });
    bars(time, programs, traces("seconds", seconds, 1),
      { barmode: "stack", xaxis: { ticksuffix: " s", rangemode: "tozero" } });
    bars(memory, programs, traces("peak_bytes", exact, 1e6),
      { barmode: "group", xaxis: { ticksuffix: " MB", rangemode: "tozero" } });
  }

  // ---- Changes since the accepted record

  function showChange({ name, address, change }) {
    const place = element("div", { "data-component": name }, element("h3", {}, name));
    if (!change) {
      place.append(empty("No record is accepted. ",
        element("code", {}, `./pants freeze-accept ${address}`), " accepts this build."));
      return [place];
    }
    const changes = Object.entries(change.requirements).sort((one, other) => other[1] - one[1]);
    place.append(element("p", { class: "note" },
      `closure ${signed(change.closure_bytes)}, executable ${signed(change.executable_bytes)}`));
    if (!changes.length) {
      place.append(empty("No requirement changed."));
      return [place];
    }
    const labels = changes.map(([label, each]) => `${plain(shorten(label))}<br>${signed(each)}`);
    const bytes = changes.map(([, each]) => each);
    const words = changes.map(([label, each]) => `${label} ${signed(each)}`);
    const figure = chart(`Changes of ${name}: ${words.join(", ")}`);
    place.append(figure);
    const longest = 1.04 * Math.max(...bytes.map(Math.abs));
    return [place, () => bars(figure, labels, [{
      y: bytes.map((_, at) => at),
      x: bytes,
      width: 0.5,
      customdata: changes.map(([label, each]) =>
        `${plain(label)}: ${each < 0 ? "\u2212" : "+"}${exact(Math.abs(each))}`),
      hovertemplate: "%{customdata}<extra></extra>",
      marker: { color: bytes.map((each) => color(each > 0 ? "orange" : "teal")) },
    }], {
      height: labels.length * 36 + 8,
      xaxis: { showticklabels: false, showgrid: false, range: [-longest, longest] },
      yaxis: {
        type: "linear", tickvals: bytes.map((_, at) => at), ticktext: labels, showgrid: false,
        zeroline: false,
      },
    })];
  }

  function showChanges() {
    const parts = components.map(showChange);
    const places = parts.map(([place]) => place);
    body("changes").replaceChildren(places.length
      ? element("div", { class: "pair" }, places)
      : empty("There are no components."));
    for (const [, drawIt] of parts) drawIt?.();
  }

  // ---- All of it, and again in the other colours

  function showCharts() {
    showLegend();
    applyFilter();
    // The page answers between one and the next.
    for (const show of [showImports, showSteps, showChanges]) setTimeout(show);
  }

  showHeader();
  showComponents();
  showRequirements();
  startTreemap();
  startImports();
  showCharts();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showCharts);
})();

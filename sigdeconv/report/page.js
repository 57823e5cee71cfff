// The page: makes the panels, wires the buttons, draws what the state says.

const panels = [];

function makePanel(figure) {
  const name = figure.dataset.name;
  const box = $(".view", figure);
  const panel = { name, figure, box, canvas: $("canvas", box), tags: {}, handles: {} };
  for (const which of ["data", "method", "truth"]) {
    panel.tags[which] = document.createElement("span");
    panel.tags[which].className = "tag";
    panel.tags[which].textContent = which === "method" ? name : which;
    box.append(panel.tags[which]);
  }
  panel.handles.a = makeHandle(panel, "a");
  if (model.truth) panel.handles.b = makeHandle(panel, "b");
  if (model.excess[name]) {
    const note = document.createElement("span");
    note.className = "note";
    note.textContent = model.excess[name];
    box.append(note);
  }
  $(".enlarge", figure).addEventListener("click", (event) => {
    const large = figure.classList.toggle("large");
    event.currentTarget.setAttribute("aria-pressed", String(large));
  });
  $(".keep", figure).addEventListener("click", () => savePicture(panel));
  listen(panel);
  new ResizeObserver(() => paint(panel)).observe(box);
  panels.push(panel);
}

function shape() {
  const size = plane();
  const ratio = ndim === 1 ? 2.2 : Math.min(Math.max(size.width / size.height, 0.6), 4);
  for (const { box } of panels) box.style.aspectRatio = String(ratio);
}

function renderNow() {
  clampView();
  for (const panel of panels) {
    paint(panel);
    overlay(panel);
  }
  scaleBar();
  profile();
  $("#zoom").textContent = `${text(state.zoom, 2)}×`;
  $("#errors").setAttribute("aria-pressed", String(state.errors));
  if (ndim === 3) stackBar();
}

// What lies over a canvas: the names of the bands and the handles between them.
function overlay({ name, box, tags, handles }) {
  box.classList.toggle("zoomed", state.zoom > 1);
  const drawn = Object.fromEntries(bands(name).map(([n, from, to]) => [n === name ? "method" : n, [from, to]]));
  for (const [which, tag] of Object.entries(tags)) {
    const place = drawn[which];
    tag.hidden = !place || ((place[1] - place[0]) / 100) * box.clientWidth < 12 + 7 * tag.textContent.length;
    if (!tag.hidden) tag.style.left = `${(place[0] + place[1]) / 2}%`;
  }
  for (const [which, handle] of Object.entries(handles)) {
    const value = Math.round(state[which]);
    handle.style.left = `${state[which]}%`;
    handle.hidden = which === "b" && state.errors;
    handle.setAttribute("aria-valuenow", value);
    handle.setAttribute("aria-valuetext", `${value} %`);
  }
}

function where() {
  const [column, row] = state.cross.map((k) => k * model.every);
  if (ndim === 1) return `sample ${column}`;
  if (ndim === 2) return `row ${row}, column ${column}`;
  const labels = ["z", "y", "x"];
  const depth = state.projection ? "largest" : state.slice * model.every;
  const at = { [labels[state.axis]]: depth };
  at[state.axis === 1 ? "z" : "y"] = row;
  at[state.axis === 2 ? "z" : "x"] = column;
  return labels.map((l) => `${l} ${at[l]}`).join(", ");
}

function profile() {
  const size = plane();
  const [column, row] = state.cross;
  $("#where").textContent = where();
  for (const button of $$("#legend button")) {
    const name = button.dataset.name;
    button.hidden = state.errors && name === "truth";
    $("output", button).textContent = text(shown(name)[row * size.width + column], 5);
  }
  if (ndim === 1) return;
  const [count, step, start] = state.down ? [size.height, size.width, column] : [size.width, 1, row * size.width];
  const half = count / state.zoom / 2, middle = state.down ? state.y : state.x;
  const from = Math.max(0, Math.floor(middle - half)), to = Math.min(count, Math.ceil(middle + half));
  const curves = {};
  for (const name of names) {
    if (state.hidden.has(name) || (state.errors && name === "truth")) continue;
    const list = shown(name);
    const at = Array.from({ length: to - from }, (_, k) => from + k);
    curves[name] = { x: at.map((k) => k * model.every), y: at.map((k) => list[start + k * step]) };
  }
  const [low, high] = limits();
  const margin = 0.15 * (high - low);
  chart($("#profile"), curves, {
    x: [from * model.every, Math.max(to - 1, from + 1) * model.every], y: [low - margin, high + margin],
    height: 150, cross: (state.down ? row : column) * model.every,
  });
}

function stackBar() {
  const { count } = plane();
  const slider = $("#slice");
  slider.max = count - 1;
  slider.value = state.slice;
  slider.disabled = state.projection;
  $("#slice-text").textContent = `${state.slice * model.every} of ${(count - 1) * model.every}`;
  $("#projection").setAttribute("aria-pressed", String(state.projection));
  shape();
}

function wire() {
  const on = (query, type, act) => $(query).addEventListener(type, act);
  on("#errors", "click", toggleErrors);
  on("#zoom-in", "click", () => zoomBy(1.5));
  on("#zoom-out", "click", () => zoomBy(1 / 1.5));
  on("#fit", "click", fit);
  on("#save-table", "click", saveTable);
  on("#profile-toggle", "click", () => showProfile($(".profile").hidden));
  on("#profile-close", "click", () => { showProfile(false); $("#profile-toggle").focus(); });
  addEventListener("keydown", anywhere);
  on("#direction", "click", (event) => {
    state.down = !state.down;
    event.currentTarget.setAttribute("aria-pressed", String(state.down));
    render();
  });
  for (const button of $$("[data-bands]")) {
    button.hidden = !model.truth && !["50 100", "0 100"].includes(button.dataset.bands);
    button.addEventListener("click", () => {
      [state.a, state.b] = button.dataset.bands.split(" ").map(Number);
      render();
    });
  }
  on("#slice", "input", (event) => { state.slice = Number(event.currentTarget.value); render(); });
  on("#projection", "click", () => { state.projection = !state.projection; render(); });
  on("#axis", "change", (event) => {
    state.axis = Number(event.currentTarget.value);
    state.slice = Math.floor(plane().count / 2);
    moveCross(plane().width / 2, plane().height / 2);
    fit();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", render);
  addEventListener("resize", render);
}

function sortable(table) {
  for (const head of $$("thead th", table)) {
    $("button", head).addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "descending";
      for (const other of $$("thead th", table)) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", down ? "ascending" : "descending");
      const column = [...head.parentElement.children].indexOf(head);
      const key = (row) => {
        const cell = row.children[column];
        return cell.dataset.sort === undefined ? cell.textContent : Number(cell.dataset.sort);
      };
      const empty = (row) => key(row) === ""; // what has no value stays at the end
      const rows = $$("tbody tr", table).sort((one, two) => {
        if (empty(one) || empty(two)) return empty(one) - empty(two);
        const order = typeof key(one) === "number" ? key(one) - key(two) : key(one).localeCompare(key(two));
        return down ? order : -order;
      });
      $("tbody", table).append(...rows);
    });
  }
}

function standingCharts() {
  const measures = [...new Set(Object.values(model.histories).flatMap((h) => Object.keys(h)))];
  for (const measure of measures) {
    const curves = {};
    for (const [name, history] of Object.entries(model.histories)) {
      const y = history[measure];
      if (y && y.length > 1) curves[name] = { x: y.map((_, k) => k), y };
    }
    const title = measure === "residual" ? "Residual, relative to the data" : measure.replace(/_/g, " ");
    if (!Object.keys(curves).length) continue;
    $("#convergence").hidden = false;
    const log = Object.values(curves).every((c) => c.y.every((v) => v === null || v > 0));
    standing($("#convergence .charts"), title, curves, { log, label: "iteration" });
  }
  const { f, curves, otf } = model.spectra;
  const all = Object.fromEntries(Object.entries(curves).map(([name, y]) => [name, { x: f, y }]));
  all.otf = { x: otf.f, y: otf.values };
  $("#spectra").hidden = false;
  standing($("#spectra .charts"), "Mean modulus", all, {
    log: true, label: "cycles a sample", floor: -7, hidden: new Set(model.exploded),
  });
}

async function start() {
  sortable($("table"));
  standingCharts();
  for (const name of names) codes[name] = await unpack(model.images[name]);
  const point = [...model.point];
  if (ndim === 3) [state.slice] = point;
  $("#stack").hidden = ndim !== 3;
  $$("#errors, #errors + *").forEach((button) => { button.hidden = !model.truth; });
  for (const figure of $$(".panel")) {
    figure.classList.toggle("trace", ndim === 1);
    makePanel(figure);
  }
  shape();
  legend($("#legend"), names, state.hidden, render, true);
  $("#profile").style.display = $("#direction").style.display = ndim === 1 ? "none" : "";
  for (const query of [".toolbar", ".profile", ".save"]) $(query).hidden = false;
  $(".scale").hidden = ndim === 1;
  wire();
  state.cross = ndim === 1 ? [point[0], 0] : [point[ndim - 1], point[ndim - 2]];
  fit();
  renderNow();
  window.sigdeconv = { model, state, values, shown, plane, render, tableText };
  document.documentElement.dataset.ready = "yes";
}

start();

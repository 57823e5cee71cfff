// What the hand does on a picture: sliders, zoom, move, the cross. Everything changes the one state.

let queued = false;

function render() {
  if (queued) return;
  queued = true;
  requestAnimationFrame(() => { queued = false; renderNow(); });
}

function clampView() {
  const size = plane();
  state.zoom = Math.min(Math.max(state.zoom, 1), 64);
  const half = [size.width / state.zoom / 2, size.height / state.zoom / 2];
  state.x = Math.min(Math.max(state.x, half[0]), size.width - half[0]);
  state.y = Math.min(Math.max(state.y, half[1]), size.height - half[1]);
}

function fit() {
  const size = plane();
  Object.assign(state, { zoom: 1, x: size.width / 2, y: size.height / 2 });
  render();
}

// Zoom by a factor, with one sample (not the middle) staying where it is.
function zoomBy(factor, at = [state.cross[0] + 0.5, state.cross[1] + 0.5]) {
  const before = state.zoom;
  state.zoom = Math.min(Math.max(state.zoom * factor, 1), 64);
  const part = before / state.zoom;
  state.x = at[0] + (state.x - at[0]) * part;
  state.y = at[1] + (state.y - at[1]) * part;
  clampView();
  render();
}

function moveCross(column, row, say = false) {
  const size = plane();
  state.cross = [
    Math.min(Math.max(Math.round(column), 0), size.width - 1),
    Math.min(Math.max(Math.round(row), 0), size.height - 1),
  ];
  if (say) { // moved by keys: the view follows, and a listener hears the values
    const half = [size.width / state.zoom / 2, size.height / state.zoom / 2];
    state.x = Math.min(Math.max(state.x, state.cross[0] + 1 - half[0]), state.cross[0] + half[0]);
    state.y = Math.min(Math.max(state.y, state.cross[1] + 1 - half[1]), state.cross[1] + half[1]);
    clampView();
    later();
  }
  render();
}

let waiting = 0;
function later() {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const k = state.cross[1] * plane().width + state.cross[0];
    const words = names.filter((n) => !(state.errors && n === "truth"));
    $("#live").textContent = `${where()}: ${words.map((n) => `${n} ${text(shown(n)[k])}`).join(", ")}`;
  }, 350);
}

function setBand(which, value) {
  value = Math.min(Math.max(value, 0), 100);
  state[which] = value;
  if (which === "a") state.b = Math.max(state.b, value);
  else state.a = Math.min(state.a, value);
  render();
}

function makeHandle(panel, which) {
  const handle = document.createElement("div");
  const [left, right] = which === "a" ? ["data", panel.name] : [panel.name, "truth"];
  handle.className = which === "a" ? "handle" : "handle second";
  handle.tabIndex = 0;
  handle.dataset.band = which;
  const attributes = {
    role: "slider", "aria-label": `${left} to its left, ${right} to its right`,
    "aria-orientation": "horizontal", "aria-valuemin": 0, "aria-valuemax": 100,
  };
  for (const [key, value] of Object.entries(attributes)) handle.setAttribute(key, value);
  handle.addEventListener("pointerdown", (event) => {
    handle.setPointerCapture(event.pointerId);
    event.stopPropagation();
  });
  handle.addEventListener("pointermove", (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    event.stopPropagation();
    const box = panel.box.getBoundingClientRect();
    setBand(which, (100 * (event.clientX - box.left)) / box.width);
  });
  handle.addEventListener("keydown", (event) => {
    const now = state[which];
    const to = {
      ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1,
      PageDown: now - 10, PageUp: now + 10, Home: 0, End: 100,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setBand(which, to);
  });
  panel.box.append(handle);
  return handle;
}

// The sample under a pointer, as a position in the plane.
function under(panel, event) {
  const box = panel.box.getBoundingClientRect();
  const at = view(box.width, box.height);
  return [(event.clientX - box.left - at.left) / at.scale, (event.clientY - box.top - at.top) / at.scale];
}

function listen(panel) {
  const { box } = panel;
  const pointers = new Map();
  box.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
    moveCross(...under(panel, event).map(Math.floor));
  });
  box.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (pointers.size === 2 && before) pinch(panel, pointers, event);
    else if (before && event.buttons && state.zoom > 1) {
      const { scale } = view(box.clientWidth, box.clientHeight);
      state.x -= (event.clientX - before[0]) / scale;
      state.y -= (event.clientY - before[1]) / scale;
      clampView();
      render();
    } else if (pointers.size < 2) moveCross(...under(panel, event).map(Math.floor));
    if (before) pointers.set(event.pointerId, [event.clientX, event.clientY]);
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    box.addEventListener(end, (event) => pointers.delete(event.pointerId));
  }
  box.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !box.contains(document.activeElement)) return; // the page scrolls
    event.preventDefault();
    zoomBy(2 ** (-event.deltaY / 240), under(panel, event));
  }, { passive: false });
  box.addEventListener("dblclick", (event) => zoomBy(event.shiftKey ? 0.5 : 2, under(panel, event)));
  box.addEventListener("keydown", (event) => pressed(event));
}

function pinch(panel, pointers, event) {
  const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
  const before = pointers.get(event.pointerId);
  const now = [event.clientX, event.clientY];
  const length = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]) || 1;
  const middle = { clientX: (now[0] + other[0]) / 2, clientY: (now[1] + other[1]) / 2 };
  zoomBy(length(now) / length(before), under(panel, middle));
}

function pressed(event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const step = event.shiftKey ? 10 : 1;
  const [column, row] = state.cross;
  const act = {
    ArrowLeft: () => moveCross(column - step, row, true),
    ArrowRight: () => moveCross(column + step, row, true),
    ArrowUp: () => moveCross(column, row - step, true),
    ArrowDown: () => moveCross(column, row + step, true),
    "+": () => zoomBy(1.5), "=": () => zoomBy(1.5), "-": () => zoomBy(1 / 1.5), 0: fit,
    e: toggleErrors, E: toggleErrors,
  }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

function toggleErrors() {
  if (!model.truth) return;
  state.errors = !state.errors;
  render();
}

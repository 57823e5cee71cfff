// Line charts in SVG, with axes, a clip and a legend of buttons.

const SVG = "http://www.w3.org/2000/svg";

function node(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Round numbers between two ends, at most `most` of them.
function ticks(low, high, most) {
  const rough = (high - low) / most;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * unit).find((s) => s >= rough);
  const out = [];
  for (let k = Math.ceil(low / step); k * step <= high + 1e-9 * step; k++) out.push(k * step);
  return out;
}

function decades(low, high, most) {
  const first = Math.ceil(low), last = Math.floor(high);
  if (last - first < 1) return ticks(low, high, 3);
  const step = Math.ceil((last - first + 1) / most);
  const out = [];
  for (let k = first; k <= last; k += step) out.push(k);
  return out;
}

const stroke = (name) => {
  const [pattern, offset] = (name === "otf" ? "1 3;0" : dash(name)).split(";");
  const style = `stroke:${name === "otf" ? "var(--ink)" : colour(name)}`;
  const wide = name === "truth" || name === "data" ? 2.2 : 1.6;
  return { style, "stroke-width": wide, "stroke-dasharray": pattern, "stroke-dashoffset": offset || 0 };
};

let clips = 0;

// Draw curves {name: {x, y}} into an svg. `x` and `y` are the ranges; with `log`, y is a decimal
// logarithm and its ticks say powers of ten.
function chart(svg, curves, { x, y, log = false, height = 200, cross = null, label = "" }) {
  const width = Math.max(svg.parentElement.clientWidth - 2, 240);
  const left = 52, right = 8, top = 8, bottom = label ? 34 : 20;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.style.height = `${height}px`;
  const px = (v) => left + ((v - x[0]) / (x[1] - x[0])) * (width - left - right);
  const py = (v) => height - bottom - ((v - y[0]) / (y[1] - y[0])) * (height - top - bottom);
  const clip = `clip-${clips++}`;
  const frame = { x: left, y: top, width: width - left - right, height: height - top - bottom };
  const parts = [node("clipPath", { id: clip }, node("rect", frame))];
  for (const v of log ? decades(y[0], y[1], 5) : ticks(y[0], y[1], 4)) {
    parts.push(node("line", { class: "grid", x1: left, x2: width - right, y1: py(v), y2: py(v) }));
    const words = log ? text(10 ** v, 2) : text(v);
    parts.push(node("text", { x: left - 6, y: py(v) + 4, "text-anchor": "end" }, words));
  }
  for (const v of ticks(x[0], x[1], Math.max(2, Math.floor(width / 90)))) {
    parts.push(node("text", { x: px(v), y: height - bottom + 14, "text-anchor": "middle" }, text(v)));
  }
  if (label) {
    const place = { x: (left + width - right) / 2, y: height - 4, "text-anchor": "middle" };
    parts.push(node("text", place, label));
  }
  if (cross !== null) {
    const at = px(cross);
    parts.push(node("line", { class: "cross", x1: at, x2: at, y1: top, y2: height - bottom }));
  }
  const drawn = node("g", { "clip-path": `url(#${clip})` });
  for (const [name, curve] of Object.entries(curves)) {
    let path = "", pen = "M";
    curve.y.forEach((value, k) => {
      // Far outside the frame nothing is lost: browsers refuse coordinates that are too large.
      const high = Math.min(Math.max(py(value), -1e4), 1e4);
      if (!Number.isFinite(value)) pen = "M";
      else { path += `${pen}${px(curve.x[k]).toFixed(1)} ${high.toFixed(1)}`; pen = "L"; }
    });
    drawn.append(node("path", { class: "curve", d: path || "M0 0", "data-name": name, ...stroke(name) }));
  }
  parts.push(drawn);
  svg.replaceChildren(...parts);
}

// A legend: one button a curve, pressed while the curve is shown.
function legend(box, list, hidden, changed, outputs = false) {
  box.replaceChildren(...list.map((name) => {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.name = name;
    button.setAttribute("aria-pressed", String(!hidden.has(name)));
    const line = node("line", { x1: 0, x2: 22, y1: 5, y2: 5, ...stroke(name) });
    button.append(node("svg", { viewBox: "0 0 22 10", "aria-hidden": "true" }, line));
    button.append(name === "otf" ? "kernel" : name);
    if (outputs) button.append(document.createElement("output"));
    button.addEventListener("click", () => {
      if (!hidden.delete(name)) hidden.add(name);
      button.setAttribute("aria-pressed", String(!hidden.has(name)));
      changed();
    });
    return button;
  }));
}

const span = (list) => {
  let low = Infinity, high = -Infinity;
  for (const one of list) for (const v of one) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  if (!(high >= low)) return [0, 1];
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
};

// A chart that stays: it has a title, a legend, and is drawn again when its width changes.
function standing(box, title, curves, { log, label, floor = -Infinity, hidden = new Set() }) {
  const card = document.createElement("div");
  card.className = "chart";
  const head = document.createElement("h3");
  head.textContent = title;
  const keys = document.createElement("div");
  keys.className = "legend";
  keys.setAttribute("role", "group");
  keys.setAttribute("aria-label", "Curves; press to hide or show");
  const svg = node("svg", { role: "img", "aria-label": `${title}: ${Object.keys(curves).join(", ")}` });
  card.append(head, svg, keys);
  box.append(card);
  const scale = (v) => (log ? (v > 0 ? Math.log10(v) : NaN) : v);
  const scaled = Object.fromEntries(
    Object.entries(curves).map(([name, c]) => [name, { x: c.x, y: c.y.map((v) => scale(v ?? NaN)) }]),
  );
  const draw = () => {
    const kept = Object.fromEntries(Object.entries(scaled).filter(([name]) => !hidden.has(name)));
    const ys = span(Object.values(kept).map((c) => c.y));
    const y = [Math.max(ys[0], floor), ys[1]];
    const margin = 0.06 * (y[1] - y[0]);
    const x = span(Object.values(scaled).map((c) => c.x));
    chart(svg, kept, { x, y: [y[0] - margin, y[1] + margin], log, height: 230, label });
  };
  legend(keys, Object.keys(curves), hidden, draw);
  new ResizeObserver(draw).observe(card);
}

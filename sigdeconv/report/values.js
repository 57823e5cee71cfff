// The values of the arrays, and the plane of them that is looked at.

const $ = (query, from = document) => from.querySelector(query);
const $$ = (query, from = document) => [...from.querySelectorAll(query)];
const model = JSON.parse($("#values").textContent);
const MISSING = 65535;
const ndim = model.shape.length;
const names = Object.keys(model.images); // truth (where known), data, methods
const codes = {}; // name -> whole numbers; value = low + step * code

// The one state of the page. A position is in samples of the plane, (0, 0) its first corner.
const state = {
  a: 33, b: model.truth ? 67 : 100, // where the sliders stand, in percent of a picture's width
  errors: false,
  zoom: 1, x: 0, y: 0, // what is in the middle
  cross: [0, 0], // column and row
  down: false, // does the profile run down?
  axis: 0, slice: 0, projection: false, // of a stack
  hidden: new Set(model.exploded),
};

async function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed.data), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  const n = planes.length / 2;
  const out = new Uint16Array(n);
  for (let i = 0; i < n; i++) out[i] = planes[i] | (planes[n + i] << 8);
  // Undo the differences along the last axis, then along the one before; sums wrap at 16 bits.
  const width = model.shape[ndim - 1];
  const height = ndim > 1 ? model.shape[ndim - 2] : 1;
  for (let i = 0; i < n; i++) if (i % width) out[i] += out[i - 1];
  for (let i = width; i < n; i++) if (Math.floor(i / width) % height) out[i] += out[i - width];
  return out;
}

// Which axes of the array run down and across the plane, and how far a step along each goes.
function plane() {
  const [depth, height, width] = [1, 1, 1, ...model.shape].slice(-3);
  const strides = [height * width, width, 1];
  const sizes = [depth, height, width];
  const across = state.axis === 2 ? 0 : 2; // looked at along x, z runs to the right
  const downAxis = state.axis === 1 ? 0 : 1;
  return {
    width: sizes[across], height: sizes[downAxis], right: strides[across], down: strides[downAxis],
    deep: strides[state.axis], count: sizes[state.axis],
  };
}

const cache = new Map();

// The values of one image on the plane, row by row; NaN where they are not finite.
function values(name) {
  const key = [name, state.axis, state.projection ? "largest" : state.slice].join();
  if (cache.has(key)) return cache.get(key);
  const { width, height, right, down, deep, count } = plane();
  const { low, step } = model.images[name];
  const source = codes[name];
  const out = new Float32Array(width * height);
  for (let r = 0, k = 0; r < height; r++) {
    for (let c = 0; c < width; c++, k++) {
      let at = r * down + c * right;
      let code = source[at + state.slice * deep];
      if (state.projection) {
        code = 0;
        for (let s = 0; s < count; s++, at += deep) code = Math.max(code, source[at]);
      }
      out[k] = code === MISSING ? NaN : low + step * code;
    }
  }
  if (cache.size > 6 * names.length) cache.clear();
  cache.set(key, out);
  return out;
}

// What is shown of an image: its values, or its distance from the truth.
function shown(name) {
  if (!state.errors) return values(name);
  const key = ["error", name, state.axis, state.projection ? "largest" : state.slice].join();
  if (!cache.has(key)) {
    const truth = values("truth");
    cache.set(key, values(name).map((v, k) => v - truth[k]));
  }
  return cache.get(key);
}

const limits = () => (state.errors ? [-model.errorLimit, model.errorLimit] : model.limits);

function text(value, digits = 4) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const short = size !== 0 && (size < 1e-3 || size >= 1e5)
    ? value.toExponential(digits - 1).replace(/\.?0+e/, "e").replace("e+", "e")
    : String(Number(value.toPrecision(digits)));
  return short.replace(/-/g, "−");
}

const colour = (name) => {
  const k = model.methods.indexOf(name);
  return `var(--c-${k < 0 ? name : k % 8})`;
};
const dash = (name) => {
  const k = model.adjoints.indexOf(name); // adjoints often lie on each other: one fills the gaps
  return k < 0 ? "" : `4 4;${4 * k}`;
};

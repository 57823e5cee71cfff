// Pictures on canvases: colours, the three bands, the cross; all panels from the one state.

// Blue, white, orange: told apart by any kind of colour vision.
const DIVERGING = [[0, 45, 82], [61, 155, 209], [247, 247, 247], [233, 138, 74], [122, 42, 0]];

function ramp(stops) {
  const out = new Uint8ClampedArray(3 * 256);
  for (let k = 0; k < 256; k++) {
    const at = (k / 255) * (stops.length - 1);
    const i = Math.min(Math.floor(at), stops.length - 2);
    for (let c = 0; c < 3; c++) out[3 * k + c] = stops[i][c] + (at - i) * (stops[i + 1][c] - stops[i][c]);
  }
  return out;
}
const GREY = ramp([[0, 0, 0], [255, 255, 255]]);
const ERROR = ramp(DIVERGING);

const pictures = new Map();

// One image of the plane as a canvas of its own size, one pixel a sample.
function picture(name) {
  const key = [name, state.errors, state.axis, state.projection ? "largest" : state.slice].join();
  if (pictures.has(key)) return pictures.get(key);
  const { width, height } = plane();
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const [low, high] = limits();
  const table = state.errors ? ERROR : GREY;
  shown(name).forEach((v, k) => {
    const unit = (v - low) / (high - low);
    const at = 3 * Math.round(255 * Math.min(Math.max(Number.isNaN(unit) ? 0.5 : unit, 0), 1));
    image.data[4 * k] = table[at];
    image.data[4 * k + 1] = table[at + 1];
    image.data[4 * k + 2] = table[at + 2];
    image.data[4 * k + 3] = 255;
  });
  context.putImageData(image, 0, 0);
  if (pictures.size > 4 * names.length) pictures.clear();
  pictures.set(key, canvas);
  return canvas;
}

// Pixels of the screen a sample, and where sample (0, 0) lies, in a picture of this size.
function view(width, height) {
  const size = plane();
  const scale = state.zoom * Math.min(width / size.width, ndim === 1 ? Infinity : height / size.height);
  return { scale, left: width / 2 - state.x * scale, top: ndim === 1 ? 0 : height / 2 - state.y * scale };
}

// Left, right and image of each band.
function bands(name) {
  const b = state.errors || !model.truth ? 100 : state.b;
  const a = Math.min(state.a, b);
  return [["data", 0, a], [name, a, b], ["truth", b, 100]].filter(([, from, to]) => to > from);
}

function paint(panel) {
  const { canvas, name } = panel;
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  if (!width || !height) return;
  const real = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== real[0] || canvas.height !== real[1]) [canvas.width, canvas.height] = real;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const at = view(width, height);
  // Samples stay squares when they are large; errors of both signs would cancel when averaged.
  context.imageSmoothingEnabled = at.scale * ratio < 1.5 && !state.errors;
  for (const [image, from, to] of bands(name)) {
    context.save();
    context.beginPath();
    context.rect((from / 100) * width, 0, ((to - from) / 100) * width, height);
    context.clip();
    if (ndim === 1) trace(context, image, at, width, height);
    else {
      const size = plane();
      context.drawImage(picture(image), at.left, at.top, size.width * at.scale, size.height * at.scale);
    }
    context.restore();
  }
  crosshair(context, at, width, height);
}

const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// A signal: its band in its colour, over the truth in thin.
function trace(context, name, at, width, height) {
  const [low, high] = limits();
  const margin = 0.08 * (high - low);
  const up = (v) => height - ((v - low + margin) / (high - low + 2 * margin)) * height;
  const line = (list, style, wide) => {
    context.beginPath();
    list.forEach((v, k) => {
      const y = Math.min(Math.max(up(v), -1e4), 1e4);
      context.lineTo(at.left + (k + 0.5) * at.scale, y);
    });
    context.strokeStyle = style;
    context.lineWidth = wide;
    context.stroke();
  };
  const k = model.methods.indexOf(name);
  if (state.errors) line([0, 0], ink("--line"), 1);
  if (state.errors) { context.fillStyle = ink("--line"); context.fillRect(0, up(0), width, 1); }
  else if (model.truth && name !== "truth") line(shown("truth"), ink("--soft"), 1);
  line(shown(name), ink(`--c-${k < 0 ? name : k % 8}`), 1.8);
}

function crosshair(context, at, width, height) {
  const x = at.left + (state.cross[0] + 0.5) * at.scale;
  const y = at.top + (state.cross[1] + 0.5) * at.scale;
  for (const [style, wide] of [["rgb(0 0 0 / .55)", 3], ["rgb(255 226 122 / .95)", 1]]) {
    context.strokeStyle = style;
    context.lineWidth = wide;
    context.beginPath();
    if (ndim === 1) { context.moveTo(x, 0); context.lineTo(x, height); }
    else if (state.down) { context.moveTo(x, 0); context.lineTo(x, height); context.moveTo(x - 6, y); context.lineTo(x + 6, y); }
    else { context.moveTo(0, y); context.lineTo(width, y); context.moveTo(x, y - 6); context.lineTo(x, y + 6); }
    context.stroke();
  }
}

// The bar that says which value has which colour.
function scaleBar() {
  const canvas = $("#bar");
  canvas.width = 256;
  const context = canvas.getContext("2d");
  const table = state.errors ? ERROR : GREY;
  for (let k = 0; k < 256; k++) {
    context.fillStyle = `rgb(${table[3 * k]} ${table[3 * k + 1]} ${table[3 * k + 2]})`;
    context.fillRect(k, 0, 1, canvas.height);
  }
  const [low, high] = limits();
  $("#bar-low").textContent = text(low, 3);
  $("#bar-high").textContent = text(high, 3);
  $("#bar-what").textContent = state.errors ? "minus truth, one range for all" : "one range for all";
}

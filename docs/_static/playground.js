// The playground: sizes and numbers of a layer, and four answers to a blur. No network, no library.
// The arithmetic stands first and is checked against the Python package in a browser.
(() => {
  "use strict";
  const math = {};

  // ---- a layer of one axis -------------------------------------------------------------------
  math.layer = ({ H, K, S, P, l, a }) => {
    const span = l * (K - 1) + 1, steps = H + 2 * P - span;
    const back = (H - 1) * S - 2 * P + span + a;
    return {
      span, conv: steps < 0 ? 0 : Math.floor(steps / S) + 1, remainder: steps < 0 ? null : steps % S,
      transposed: Math.max(back, 0), zeros: (S - 1) * (H - 1), frame: span - 1 - P,
      framed: S * (H - 1) + 1 + 2 * (span - 1 - P) + a, most: Math.max(S, l) - 1,
      even: K % S === 0 && gcd(S, l) === 1,
    };
  };
  const gcd = (p, q) => q ? gcd(q, p % q) : p;

  math.transpose = (x, w, { S, P, l, a }) => {
    const length = Math.max((x.length - 1) * S - 2 * P + l * (w.length - 1) + 1 + a, 0);
    const y = Array(length).fill(0);
    x.forEach((v, j) => w.forEach((u, k) => {
      const i = j * S + l * k - P;
      if (i >= 0 && i < length) y[i] += u * v;
    }));
    return y;
  };

  math.conv = (x, w, { S, P, l }) => {
    const count = Math.floor((x.length + 2 * P - l * (w.length - 1) - 1) / S) + 1;
    return Array.from({ length: Math.max(count, 0) }, (_, m) =>
      w.reduce((sum, u, k) => sum + u * (x[m * S + l * k - P] ?? 0), 0));
  };

  math.overlap = (size, { K, S, P, l, a }) =>
    math.transpose(Array(size).fill(1), Array(K).fill(1), { S, P, l, a });

  // ---- blurs and their undoing, on a periodic grid of one or two axes -------------------------
  const tables = {};
  const table = n => tables[n] ??= {
    cos: Float64Array.from({ length: n }, (_, k) => Math.cos(2 * Math.PI * k / n)),
    sin: Float64Array.from({ length: n }, (_, k) => Math.sin(2 * Math.PI * k / n)),
  };

  // The Fourier transform along one axis after the other, by its definition: n is small.
  const transform = ([re, im], shape, sign) => {
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const n = shape[axis], { cos, sin } = table(n), total = re.length;
      const R = new Float64Array(total), I = new Float64Array(total);
      for (let start = 0; start < total; start++) {
        if (Math.floor(start / stride) % n) continue;
        for (let k = 0; k < n; k++) {
          let p = 0, q = 0;
          for (let j = 0; j < n; j++) {
            const c = cos[k * j % n], s = sign * sin[k * j % n], at = start + j * stride;
            p += re[at] * c - im[at] * s;
            q += re[at] * s + im[at] * c;
          }
          R[start + k * stride] = p;
          I[start + k * stride] = q;
        }
      }
      [re, im] = [R, I];
      stride *= n;
    }
    return [re, im];
  };
  const forward = (x, shape) => transform([x, new Float64Array(x.length)], shape, -1);
  const inverse = (z, shape) => transform(z, shape, 1)[0].map(v => v / z[0].length);

  math.shift = (kernel, shape) => { // the middle of the kernel, n // 2, to the first sample
    const n = kernel.length, out = new Float64Array(n);
    for (let k = 0; k < n; k++) {
      let rest = k, at = 0, stride = 1;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        const m = shape[axis], i = rest % m;
        at += ((i - Math.floor(m / 2) + m) % m) * stride;
        rest = Math.floor(rest / m);
        stride *= m;
      }
      out[at] = kernel[k];
    }
    return out;
  };

  math.kernel = (name, width, shape) => {
    const line = n => Float64Array.from({ length: n }, (_, k) => {
      const t = k - Math.floor(n / 2);
      if (name === "box") return Math.abs(t) <= width ? 1 : 0;
      if (name === "exponential") return t >= 0 ? Math.exp(-t / width) : 0;
      return Math.exp(-0.5 * (t / width) ** 2);
    });
    const lines = shape.map(line);
    const all = shape.length === 1 ? lines[0]
      : Float64Array.from({ length: shape[0] * shape[1] }, (_, k) =>
          lines[0][Math.floor(k / shape[1])] * lines[1][k % shape[1]]);
    const sum = all.reduce((p, v) => p + v, 0);
    return all.map(v => v / sum);
  };

  math.blur = (kernel, shape) => {
    const [hr, hi] = forward(math.shift(kernel, shape), shape);
    const times = (x, sign) => {
      const [re, im] = forward(x, shape);
      return inverse([
        re.map((v, k) => v * hr[k] - sign * im[k] * hi[k]),
        re.map((v, k) => sign * v * hi[k] + im[k] * hr[k]),
      ], shape);
    };
    return { shape, hr, hi, forward: x => times(x, 1), adjoint: y => times(y, -1) };
  };

  const divide = (A, y, gain) => { // conj(H) Y times gain(|H|^2, k)
    const [re, im] = forward(y, A.shape), R = re.slice(), I = im.slice();
    for (let k = 0; k < re.length; k++) {
      const p = A.hr[k], q = A.hi[k], g = gain(p * p + q * q, k);
      R[k] = (p * re[k] + q * im[k]) * g;
      I[k] = (p * im[k] - q * re[k]) * g;
    }
    return inverse([R, I], A.shape);
  };

  math.methods = {
    adjoint: (A, y) => A.adjoint(y),
    inverse: (A, y, { threshold }) => {
      const top = A.hr.reduce((m, p, k) => Math.max(m, Math.hypot(p, A.hi[k])), 0);
      const level = Math.max(threshold, 4 * 2 ** -52) * top;
      return divide(A, y, power => Math.sqrt(power) < level ? 0 : 1 / power);
    },
    wiener: (A, y, { nsr }) => divide(A, y, (power, k) => 1 / (power + (k ? nsr : 0))),
    "richardson-lucy": (A, y, { steps }) => {
      let x = y.map(() => y.reduce((p, v) => p + v, 0) / y.length);
      for (let n = 0; n < steps; n++) {
        const predicted = A.forward(x);
        const back = A.adjoint(y.map((v, k) => v / Math.max(predicted[k], 1e-300)));
        x = x.map((v, k) => v * back[k]);
      }
      return x;
    },
  };

  math.random = seed => { // normal numbers, the same for a seed
    let s = seed >>> 0;
    const next = () => {
      s = s + 0x6d2b79f5 >>> 0;
      let t = Math.imul(s ^ s >>> 15, 1 | s);
      t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
      return ((t ^ t >>> 14) >>> 0) / 4294967296;
    };
    return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  };

  math.psnr = (x, z) => {
    const high = Math.max(...x) - Math.min(...x);
    const error = x.reduce((p, v, k) => p + (v - z[k]) ** 2, 0) / x.length;
    return error ? 10 * Math.log10(high * high / error) : Infinity;
  };

  window.sigdeconvPlay = math;

  // ---- the page ------------------------------------------------------------------------------
  const $ = name => document.getElementById(name);
  const value = name => Number($(name).value);
  const show = v => String(Math.round(v * 100) / 100).replace("-", "−");
  const SVG = "http://www.w3.org/2000/svg";
  const draw = (parent, name, more, text) => {
    const e = document.createElementNS(SVG, name);
    for (const k in more) e.setAttribute(k, more[k]);
    if (text !== undefined) e.textContent = text;
    parent.append(e);
    return e;
  };

  const layer = () => {
    const g = { H: value("H"), K: value("K"), S: value("S"), P: value("P"), l: value("l"), a: value("a") };
    let m = math.layer(g);
    $("a").max = m.most;
    if (g.a > m.most) { g.a = m.most; $("a").value = m.most; m = math.layer(g); }
    for (const name of "HKSPla") $(`${name}-is`).textContent = g[name];
    const x = Array.from({ length: g.H }, (_, k) => 1 + k * (k + 1) / 2 % 4);
    const w = Array.from({ length: g.K }, (_, k) => 1 + k % 4);
    const y = math.transpose(x, w, g), taps = math.overlap(g.H, g);
    $("layer-says").textContent = m.transposed
      ? `${g.H} become ${m.transposed}: (${g.H} − 1)·${g.S} − 2·${g.P} + ${m.span} + ${g.a} = ${m.transposed}. ` +
        `${m.zeros} zeros are put in between, ` + (m.frame < 0 ? `${-m.frame} samples cropped at each end` :
        `a frame of ${m.frame} put around`) + (g.a ? ` and ${g.a} more at the end` : "") +
        `: ${m.framed} samples, and the ${m.span} wide kernel leaves ${m.framed} − ${m.span} + 1 = ${m.transposed}. ` +
        `The overlap is ${m.even ? "even" : "uneven: a checkerboard"}. ` +
        (m.conv ? `The convolution of ${g.H} makes ${m.conv}, remainder ${m.remainder}.` :
          "The convolution has no output: its kernel is wider than the input.")
      : "The padding crops the whole output: nothing is left.";
    const svg = $("layer-drawing");
    svg.replaceChildren();
    const wide = Math.max(y.length, g.H), C = 30;
    svg.setAttribute("viewBox", `0 0 ${Math.max(wide, 1) * C} 132`);
    svg.style.maxWidth = `${wide * 40}px`;
    const row = (values, top, kind, late) => values.forEach((v, k) => {
      const left = (k + (wide - values.length) / 2) * C;
      draw(svg, "rect", { x: left + 1, y: top, width: C - 2, height: 26,
        class: kind + (late && k >= values.length - late ? " extra" : "") });
      draw(svg, "text", { x: left + C / 2, y: top + 17 }, show(v));
    });
    row(x, 0, "in");
    row(y, 48, "out", g.a);
    const most = Math.max(...taps, 1);
    taps.forEach((t, k) => {
      const left = (k + (wide - taps.length) / 2) * C;
      draw(svg, "rect", { x: left + 4, y: 118 - 34 * t / most, width: C - 8, height: 34 * t / most, class: "tap" });
      draw(svg, "text", { x: left + C / 2, y: 130, class: "small" }, t);
    });
    svg.setAttribute("aria-label", `input ${x.map(show).join(", ")}; output ${y.map(show).join(", ")}; ` +
      `taps on each output sample ${taps.join(", ")}`);
  };

  const SIGNAL = Float64Array.from({ length: 128 }, (_, k) =>
    (k > 14 && k < 34 ? 0.8 : 0) + (k === 50 ? 1 : 0) + (k === 56 ? 0.7 : 0) +
    (k > 76 && k < 116 ? 0.9 * Math.sin(Math.PI * (k - 76) / 40) ** 2 : 0));
  const PICTURE = Float64Array.from({ length: 32 * 32 }, (_, n) => {
    const r = Math.floor(n / 32), c = n % 32;
    const face = (r - 15) ** 2 + (c - 16) ** 2 < 130 ? 0.75 : 0.12;
    const eye = Math.min((r - 11) ** 2 + (c - 11) ** 2, (r - 11) ** 2 + (c - 21) ** 2) < 5;
    const mouth = Math.abs(r - 20.5) < 1 && Math.abs(c - 16) < 5;
    return eye || mouth ? 0.05 : face;
  });
  const NAMES = ["adjoint", "inverse", "wiener", "richardson-lucy"];

  const settings = () => ({
    threshold: 10 ** value("threshold"), nsr: 10 ** value("nsr"), steps: value("steps"),
  });

  const measure = (truth, shape) => {
    const A = math.blur(math.kernel($("blur").value, value("width"), shape), shape);
    const normal = math.random(7), level = 10 ** value("noise");
    const y = A.forward(truth).map(v => Math.max(v + level * normal(), 0));
    return { A, y };
  };

  const undo = () => {
    $("width-is").textContent = show(value("width"));
    $("noise-is").textContent = (10 ** value("noise")).toPrecision(2);
    $("threshold-is").textContent = (10 ** value("threshold")).toPrecision(2);
    $("nsr-is").textContent = (10 ** value("nsr")).toPrecision(2);
    $("steps-is").textContent = value("steps");
    const flat = $("kind").value === "signal", truth = flat ? SIGNAL : PICTURE;
    const shape = flat ? [128] : [32, 32], { A, y } = measure(truth, shape);
    const results = { data: y };
    for (const name of NAMES) results[name] = math.methods[name](A, y, settings());
    const told = [];
    for (const name of ["data", ...NAMES]) {
      const box = $(`panel-${name}`), db = math.psnr(truth, results[name]);
      const said = `${show(db)} dB`;
      box.querySelector("figcaption span").textContent = said;
      told.push(`${name} ${said}`);
      (flat ? curve : pixels)(box.querySelector("svg"), truth, results[name], name, said);
    }
    const best = NAMES.reduce((p, q) => math.psnr(truth, results[q]) > math.psnr(truth, results[p]) ? q : p);
    $("undo-says").textContent = `Closest to the truth: ${best}. ${told.join(", ")}.`;
  };

  const curve = (svg, truth, z, name, said) => {
    svg.replaceChildren();
    svg.setAttribute("viewBox", "0 0 256 110");
    const at = (v, k) => `${2 * k},${(95 - 78 * Math.min(Math.max(v, -0.2), 1.3)).toFixed(1)}`;
    draw(svg, "polyline", { points: [...truth].map(at).join(" "), class: "truth" });
    draw(svg, "polyline", { points: [...z].map(at).join(" "), class: "found" });
    svg.setAttribute("aria-label", `${name}: ${said}, from ${show(Math.min(...z))} to ${show(Math.max(...z))}`);
  };

  const pixels = (svg, truth, z, name, said) => {
    svg.replaceChildren();
    svg.setAttribute("viewBox", "0 0 128 128");
    z.forEach((v, n) => {
      const grey = Math.round(255 * Math.min(Math.max(v, 0), 1));
      draw(svg, "rect", { x: 4 * (n % 32), y: 4 * Math.floor(n / 32), width: 4.1, height: 4.1,
        fill: `rgb(${grey},${grey},${grey})` });
    });
    svg.setAttribute("aria-label", `${name}: ${said}, a face of 32 by 32`);
  };

  const begin = () => {
    if (!$("play-layer")) return;
    for (const e of document.querySelectorAll("#play-layer input")) e.oninput = layer;
    for (const e of document.querySelectorAll("#play-undo input, #play-undo select")) e.oninput = undo;
    layer();
    undo();
  };
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", begin) : begin();
})();

// Plays the steps of a convolution in an SVG: loops, pauses, and is stepped by buttons and keys.
(() => {
  if (window.sigdeconvSteps) return;
  const NS = "http://www.w3.org/2000/svg", C = 26;
  const make = (name, more, text) => {
    const e = document.createElementNS(NS, name);
    for (const k in more) e.setAttribute(k, more[k]);
    if (text !== undefined) e.textContent = text;
    return e;
  };
  const text = v => v === null ? "" : String(Math.round(v * 100) / 100).replace("-", "−");
  window.sigdeconvSteps = figure => {
    const film = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
    const svg = figure.querySelector("svg"), say = figure.querySelector(".steps-say");
    const [play, back, next] = figure.querySelectorAll("button");
    const rows = g => g.kinds.length, columns = g => g.kinds[0].length;
    const one = film.ndim !== 2, gap = 1.3, up = film.upper, low = film.lower;
    const wide = one ? Math.max(columns(up), columns(low)) : columns(up) + 1 + columns(low);
    const tall = one ? rows(up) + gap + rows(low) : Math.max(rows(up), rows(low));
    svg.setAttribute("viewBox", `-2 -2 ${wide * C + 4} ${tall * C + 4}`);
    svg.style.maxWidth = `${(wide * C + 4) * 1.25}px`;
    const at = one
      ? { up: [(wide - columns(up)) / 2, 0], low: [(wide - columns(low)) / 2, rows(up) + gap] }
      : { up: [0, (tall - rows(up)) / 2], low: [columns(up) + 1, (tall - rows(low)) / 2] };
    let step = film.steps.length - 1, timer = null;
    const grid = (g, values, taps, now, done, [x0, y0]) => {
      const under = [];
      g.kinds.forEach((line, r) => line.forEach((kind, c) => {
        if (kind === "none") return;
        const tap = taps && taps[r][c] >= 0, here = now && now[0] === r && now[1] === c;
        let name = `cell ${kind}`;
        if (tap || here) name += " under";
        if (g.extra[r][c]) name += " extra";
        if (done && done[r][c]) name += " done";
        const x = (x0 + c) * C, y = (y0 + r) * C;
        svg.append(make("rect", { x: x + 1.5, y: y + 1.5, width: C - 3, height: C - 3, class: name }));
        if (kind === "cropped") svg.append(make("path", { class: "cut",
          d: `M${x + 3} ${y + 3}L${x + C - 3} ${y + C - 3}M${x + C - 3} ${y + 3}L${x + 3} ${y + C - 3}` }));
        if (tap) under.push([r, c]);
        const v = values && values[r][c];
        if (v !== null && v !== undefined)
          svg.append(make("text", { x: x + C / 2, y: y + C / 2 + 4, class: `${name} value` }, text(v)));
        if (tap) svg.append(make("text", { x: x + C - 3, y: y + C - 4, class: "weight" },
          "·" + text(film.weight[taps[r][c]])));
      }));
      const planes = new Set(under.map(p => Math.floor(p[1] / (g.plane + 1))));
      for (const plane of planes) {
        const part = under.filter(p => Math.floor(p[1] / (g.plane + 1)) === plane);
        const r = part.map(p => p[0]), c = part.map(p => p[1]);
        svg.append(make("rect", { class: "kernel", x: (x0 + Math.min(...c)) * C, y: (y0 + Math.min(...r)) * C,
          width: (Math.max(...c) - Math.min(...c) + 1) * C, height: (Math.max(...r) - Math.min(...r) + 1) * C }));
      }
    };
    const draw = () => {
      const s = film.steps[step];
      svg.replaceChildren(svg.querySelector("title"));
      grid(up, up.values, s.upper, film.scatters ? s.now : null, null, at.up);
      grid(low, s.values, s.lower, film.scatters ? null : s.now, s.done, at.low);
      say.textContent = `step ${step + 1} of ${film.steps.length}: ${s.says}`;
      figure.dataset.step = step;
    };
    const go = n => { step = (step + n + film.steps.length) % film.steps.length; draw(); };
    const pause = () => { clearInterval(timer); timer = null; play.textContent = "Play"; };
    const start = () => { timer = setInterval(() => go(1), 900); play.textContent = "Pause"; };
    play.onclick = () => timer ? pause() : start();
    back.onclick = () => { pause(); go(-1); };
    next.onclick = () => { pause(); go(1); };
    figure.querySelector(".steps-stage").onkeydown = e => {
      const n = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
      if (n) { pause(); go(n); } else if (e.key === " ") { timer ? pause() : start(); } else return;
      e.preventDefault();
    };
    draw();
    // moves only while it is seen, and not at all where the reader asked for less motion
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
      let first = true;
      new IntersectionObserver(seen => seen.forEach(e => {
        if (e.isIntersecting && first) { first = false; step = -1; go(1); start(); }
        else if (!e.isIntersecting && timer) { pause(); first = true; }
      })).observe(figure);
    }
  };
})();

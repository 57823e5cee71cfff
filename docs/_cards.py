"""Every claim as a card: its verdict, the cases that were tried, and its figures drawn as bars.

The drawing is SVG in the colours of the page, so that it is read in light and dark; its title says
the numbers.
"""

import html
import math

SHADES = {
    "holds": "#0a7f5c", "holds when": "#b35900", "fails": "#b8261b", "by reference": "#5d6671",
}  # fmt: skip
WIDE, LINE, MOST = 640, 19, 6  # pixels; figures that are drawn


def cards(findings):
    """Return the HTML of all findings."""
    return "\n".join(card(f) for f in findings.values())


def card(f):
    """Return one finding: claim, verdict, what holds instead, what was measured, the drawing."""
    verdict, shade = f.verdict.value, SHADES[f.verdict.value]
    lead = {"holds when": "When", "holds": "Provided"}.get(verdict, "Rather")
    note = f.evidence.condition
    words = "holds, at times" if verdict == "holds when" else verdict
    parts = [
        f'<section class="claim" id="claim-{f.number}" style="border-left-color:{shade}">',
        f'<p class="claim-head"><b>{f.number}</b> “{html.escape(f.claim)}” '
        f'<span class="verdict" style="background:{shade}">{words}</span></p>',
        f"<p><i>{lead}: {html.escape(note)}.</i></p>" if note else "",
        f"<p>{html.escape(f.evidence.measured)}</p>",
        drawing(f),
        "</section>",
    ]
    return "\n".join(part for part in parts if part)


def drawing(f):
    """Return the cases as marks and the figures as bars on a logarithmic scale."""
    cases = f.evidence.cases
    figures = list(f.evidence.figures.items())[:MOST]
    tall = LINE * (len(cases) + len(figures)) + 6
    says = "; ".join(
        [f"{'right' if ok else 'wrong'}: {name}" for name, ok in cases.items()]
        + [f"{name} {short(v)}" for name, v in figures]
    )
    lines = [mark(n, name, ok) for n, (name, ok) in enumerate(cases.items())]
    values = [abs(v) for _, v in figures if v]
    high = math.log10(max(values, default=1.0))
    low = min(math.log10(min(values, default=1.0)), high - 1)
    for n, (name, v) in enumerate(figures, len(cases)):
        length = 0 if not v else 8 + 272 * max(0.0, (math.log10(abs(v)) - low) / (high - low))
        y = LINE * n + 16
        lines.append(
            f'<text x="4" y="{y}">{html.escape(name)}</text>'
            f'<rect x="190" y="{y - 10}" width="{length:.0f}" height="10" rx="2" class="bar"/>'
            f'<text x="{198 + length:.0f}" y="{y}">{short(v)}</text>'
        )
    return (
        f'<svg viewBox="0 0 {WIDE} {tall}" role="img" class="claim-figure">'
        f"<title>{html.escape(says or f.evidence.measured)}</title>{''.join(lines)}</svg>"
    )


def mark(n, name, ok):
    """Return one case: a tick on green or a cross on red, and its name."""
    y = LINE * n + 3
    shade, sign = (SHADES["holds"], "✓") if ok else (SHADES["fails"], "✗")
    return (
        f'<rect x="2" y="{y}" width="15" height="15" rx="3" fill="{shade}"/>'
        f'<text x="9.5" y="{y + 12}" fill="#fff" text-anchor="middle">{sign}</text>'
        f'<text x="26" y="{y + 12}">{html.escape(name)}</text>'
    )


def short(v):
    """Return a number in few characters."""
    return f"{v:.0f}" if v == round(v) and abs(v) < 1e6 else f"{v:.2g}"

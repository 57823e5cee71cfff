"""Sphinx settings. Nothing is fetched: no intersphinx, no fonts, no version switcher."""

import os
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
(ROOT / "docs/generated/static").mkdir(parents=True, exist_ok=True)
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]
os.environ.setdefault("MPLBACKEND", "Agg")

import _also  # noqa: E402
import _claims  # noqa: E402
import _geometries  # noqa: E402
import _landing  # noqa: E402

import sigdeconv  # noqa: E402

project = "sigdeconv"
author = "The sigdeconv developers"
copyright = f"2026, {author}"
version = release = sigdeconv.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "_mathml",
    "sphinx.ext.extlinks",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
extlinks = {"doi": ("https://doi.org/%s", "doi:%s")}
exclude_patterns = ["_build", "gallery/**.ipynb", "gallery/**.py", "gallery/**.md5"]
autosummary_generate = True
numpydoc_show_class_members = False
autodoc_typehints = "none"  # the type line of numpydoc says it, with shapes

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "subsection_order": [
        f"../examples/{group}"
        for group in ("photographs", "microscopy", "astronomy", "signals", "networks", "theory")
    ],
    "thumbnail_size": (640, 448),  # twice what is shown: read on fine screens
    "filename_pattern": r"plot_",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "write_computation_times": False,  # its page would load scripts from the network
    "remove_config_comments": True,
    "image_scrapers": ("_pictures", "matplotlib"),
}

LITERAL = re.compile(r"(``.*?``|:\w+:`[^`]*`|`[^`]*`)")


def escape_bars(app, what, name, obj, options, lines):
    """Let docstrings say |H| for a magnitude: reStructuredText would look for a substitution."""
    block = None  # indentation of the line that opened a literal block
    for n, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if block is not None and line.strip() and indent <= block:
            block = None
        if block is None and not line.lstrip().startswith((">>>", "...", ".. ")):
            parts = LITERAL.split(line)
            parts[::2] = [part.replace("|", r"\|") for part in parts[::2]]
            lines[n] = "".join(parts)
            if line.rstrip().endswith("::"):
                block = indent


def setup(app):
    app.connect("builder-inited", _claims.build)
    app.connect("builder-inited", _geometries.build)
    app.connect("builder-inited", _landing.build)
    app.connect("autodoc-process-docstring", _also.link_examples, priority=800)
    app.connect("autodoc-process-docstring", escape_bars, priority=900)  # after numpydoc


html_math_renderer = "mathml"
html_theme = "pydata_sphinx_theme"
html_title = "sigdeconv"
html_static_path = ["_static", "generated/static"]
html_css_files = ["site.css"]
html_js_files = ["copy.js"]
html_context = {"default_mode": "auto"}  # else the theme complains in the console
html_theme_options = {
    "navigation_with_keys": False,
    "show_prev_next": False,
    # all of the page for thumbnails and for the landing page
    "secondary_sidebar_items": {"**": ["page-toc"], "index": [], "gallery/index": []},
}
# Pages that have no others beneath them need no list of these.
ALONE = (
    "index", "gallery/index", "adding", "benchmarks", "cheatsheet", "cite", "claims", "glossary",
    "large", "playground", "theory",
)  # fmt: skip
html_sidebars = {page: [] for page in ALONE}
html_show_sourcelink = False

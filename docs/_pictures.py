"""Gallery pictures of figures that pyplot does not know: those that `sigdeconv.plots` returns.

It runs before Sphinx-Gallery's own scraper, which closes the figures of pyplot.
"""

import weakref

from matplotlib import pyplot
from matplotlib.figure import Figure
from sphinx_gallery.scrapers import figure_rst

obs = weakref.WeakSet()


def scrape(block, block_vars, gallery_conf):
    """Save the figures that this block made; return the reStructuredText that shows them."""
    managed = [pyplot.figure(k) for k in pyplot.get_fignums()]
    paths = []
    for value in list(block_vars["example_globals"].values()):
        if isinstance(value, Figure) and value not in obs:
            obs.add(value)
            if value not in managed:
                paths.append(next(block_vars["image_path_iterator"]))
                value.savefig(paths[-1], dpi=150)
    return figure_rst(paths, gallery_conf["src_dir"])


def _get_sg_image_scraper():
    return scrape

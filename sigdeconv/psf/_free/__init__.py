"""The parts of `sigdeconv.psf.free_kernel`: picture, kernel, pyramid, and the choice among runs."""

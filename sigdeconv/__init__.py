"""sigdeconv: a signal went through a convolution; how do I get it back?

There are two answers, and both are called deconvolution. The *inverse* restores the values; the
*adjoint* (transposed convolution) restores the shape. The public names are those of the stub
``__init__.pyi`` beside this file; each is imported the first time it is asked for (SPEC 1 of
Scientific Python), so ``import sigdeconv`` is light, and type checkers see what there is at run
time.
"""

import lazy_loader as _lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
__all__ += ["__version__"]

"""A layer as a sparse matrix, and a layer of one channel as an operator of this package.

`conv_matrix` has every channel; the transpose of the matrix is the transposed layer.
`layer_operator` is the way from a layer to its inverse: every method takes the operator.
"""

from __future__ import annotations

from typing import Any

from sigdeconv._array import ArrayLike, as_float, namespace
from sigdeconv._checks import integer
from sigdeconv.geometry import ConvGeometry, Padding, Sizes
from sigdeconv.operators import Convolution
from sigdeconv.transposed import _forms, _layer

__all__ = ["conv_matrix", "layer_operator"]


def conv_matrix(
    weight: ArrayLike,
    size: Sizes,
    *,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Any:
    """Return the sparse matrix of `conv`; its transpose is the matrix of `conv_transpose`.

    Parameters
    ----------
    weight : array, shape (O, C / groups, ...)
        Kernels, as `conv` takes them.
    size : int or tuple of int
        Spatial size of the input.
    stride, padding, dilation, groups
        As in `conv`.

    Returns
    -------
    C : scipy.sparse.csr_array, shape (O * prod(output size), C * prod(size))
        Acts on flattened (C, ...) arrays in C order.

    Raises
    ------
    TypeError, ValueError
        If shapes or numbers do not fit.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
           2016, :doi:`10.48550/arXiv.1603.07285`.

    Examples
    --------
    >>> C = conv_matrix([[[1.0, 2.0, 3.0]]], 5, stride=2)
    >>> C.toarray()
    array([[1., 2., 3., 0., 0.],
           [0., 0., 1., 2., 3.]])
    >>> C.T @ [1.0, 10.0]
    array([ 1.,  2., 13., 20., 30.])
    """
    weight = as_float(weight, "weight")
    _layer.check_weight(weight)
    groups = integer("groups", groups, least=1)
    _layer.check_divides(groups, weight.shape[0], "weight.shape[0], the output channels,")
    g = _layer.convolved_geometry(weight, stride, padding, dilation)
    return _forms.sparse(weight, g, size, groups)


def layer_operator(weight: ArrayLike, geometry: ConvGeometry, size: Sizes) -> Convolution:
    """Return the operator of a layer of one channel: `conv` forward, `conv_transpose` back.

    Parameters
    ----------
    weight : array, shape ``geometry.kernel``
        The weights of the layer, real. A layer correlates and the operator convolves, so the
        operator's ``psf`` is `weight` flipped.
    geometry : ConvGeometry
        The layer.
    size : int or tuple of int
        Spatial size of the convolution's input, which is that of the transpose's output.

    Returns
    -------
    A : Convolution
        ``A(x)`` is the layer `conv` of `x` and ``A.adjoint(y)`` the layer `conv_transpose` of `y`
        that has the output padding `geometry.remainder(size)`. For complex weights the adjoint has
        their conjugate, and the layer does not.

    Raises
    ------
    TypeError, ValueError
        If `weight` does not have the kernel size of `geometry`, or `size` does not fit.

    See Also
    --------
    sigdeconv.Convolution.from_geometry : The same for a kernel that is not flipped.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.transposed import conv, conv_transpose
    >>> g = ConvGeometry(kernel=3, stride=2, padding=1)
    >>> w, x = [1.0, 2.0, 4.0], np.arange(6.0)
    >>> A = layer_operator(w, g, size=6)
    >>> A(x), conv([x], [[w]], stride=2, padding=1)[0]
    (array([ 4., 17., 31.]), array([ 4., 17., 31.]))
    >>> A.adjoint(A(x)), conv_transpose([A(x)], [[w]], stride=2, padding=1, output_padding=1)[0]
    (array([  8.,  33.,  34.,  99.,  62., 124.]), array([  8.,  33.,  34.,  99.,  62., 124.]))
    """
    weight = as_float(weight, "weight")
    if tuple(weight.shape) != geometry.kernel:
        raise ValueError(
            f"weight has shape {tuple(weight.shape)}; expected {geometry.kernel}, the kernel of "
            f"geometry"
        )
    psf = namespace(weight).flip(weight)
    return Convolution.from_geometry(geometry, psf, size)

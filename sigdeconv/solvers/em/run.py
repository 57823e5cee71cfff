"""One run of Richardson-Lucy: the parts put together, and the iterates."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from sigdeconv import _fft
from sigdeconv._array import Array, ArrayLike, namespace, zeros
from sigdeconv.operators.base import Operator
from sigdeconv.operators.convolution import Convolution
from sigdeconv.result import Iteration
from sigdeconv.solvers.em.acceleration import Course, EMSteps
from sigdeconv.solvers.em.back_projector import wiener_butterworth
from sigdeconv.solvers.em.blocks import Blocks
from sigdeconv.solvers.em.map import EM, VISIBLE, View
from sigdeconv.solvers.em.part import on_part, telling_part
from sigdeconv.solvers.em.penalties import EMPenalty
from sigdeconv.solvers.em.projector import Projector, make_projector
from sigdeconv.solvers.em.settings import EMSettings, Views
from sigdeconv.solvers.em.start_masked import brighten_behind_masks
from sigdeconv.solvers.em.views import poisson_data
from sigdeconv.solvers.start import first_estimate
from sigdeconv.stopping import Beside

__all__ = ["em_iteration"]

# Samples up to which a run beside another takes all data, and those of the part that it takes then.
BESIDE_ALL, BESIDE_PART = 1 << 17, 1 << 15
LEAST_LIGHT = 1e-2  # part of the light that the scene has at the start, whatever the background


def em_iteration(views: Views, settings: EMSettings, course: Course | None = None) -> Iteration:
    """Return the iteration for observations of one scene.

    Parameters
    ----------
    views : list of (data, operator)
        The data as they are; the first decides the domain.
    settings : EMSettings
        The rest.
    course : Course, optional
        Where its decisions go, or come from.
    """
    course = Course() if course is None else course
    y, A = views[0]
    blocks = Blocks(_fft.threads(A.workers, math.prod(y.shape)))
    made = [_view(data, operator, y, settings, blocks) for data, operator in views]
    gain = _sum_of_gains(made, y)
    # Flat, with the light of the data that came from the scene: sum(gain x) = sum(y - background).
    bright = float(namespace(y).sum(gain))
    level = sum(_light(view) for view in made) / bright if bright > 0 else 0.0
    penalty: EMPenalty | None = None
    if settings.regularization is not None and settings.weight > 0 and level > 0:
        penalty = settings.regularization(settings.weight, level, blocks)
    x = _start(settings.start, y, A, level)
    hidden = None if penalty is not None else _hide(x, gain, A)
    masked = settings.start is None and any(operator.mask is not None for _, operator in views)
    known = [operator for _, operator in views if isinstance(operator, Convolution)]
    masked = masked and len(known) == len(views)
    em = EM(made, gain + 0 if masked else gain, penalty)  # which may use it up
    if masked:
        x = brighten_behind_masks(x, em, known, gain)
    del gain
    steps = settings.acceleration.iterates(em, x, course)
    del x
    shift = made[0].data.shift
    return Iteration(
        _reported(steps, hidden, shift),
        measures={"divergence": _measure(em)},
        never_stops=True,
        beside=functools.partial(_beside, views, settings, course),
    )


def _beside(views: Views, settings: EMSettings, course: Course) -> Beside:
    """Return runs that go the way of another, on the part of its data that varies most."""
    A = views[0][1]
    plain = settings.start is None and settings.regularization is None
    part = telling_part(views, BESIDE_ALL, BESIDE_PART) if plain else None
    views, settings = on_part(views, settings, part)
    B, others = views[0][1], views[1:]

    def steps(data: Array) -> EMSteps:
        return em_iteration([(data, B), *others], settings, Course(course)).steps

    if part is None or not isinstance(A, Convolution):
        return Beside(steps)
    return Beside(steps, part, tuple(k // 2 for k in A.span), A.boundary == "unknown")


def _view(
    data: Array, operator: Operator, model: Array, settings: EMSettings, blocks: Blocks
) -> View:
    back = None
    if not settings.matched:
        if not isinstance(operator, Convolution):
            raise TypeError("back_projector must be 'exact' where psf is no convolution")
        back = wiener_butterworth(operator, model)
    levels = settings.background, settings.readout_noise
    own = poisson_data(operator.weigh(data), operator, *levels, settings.damping, blocks)
    return View(own, make_projector(operator, model, blocks, back))


def _measure(em: EM) -> Callable[[Array, Array], float]:
    """Return the objective of the map for the data that `_reported` reports."""
    shift = em.views[0].data.shift
    return em.objective if shift is None else lambda x, Ax: em.objective(x, Ax + shift)


def _reported(steps: EMSteps, hidden: tuple[Array, Array] | None, shift: Array | None) -> EMSteps:
    """Yield the start where nothing is seen, and A x without read-out variance.

    So stopping rules compare with the data as they came.
    """
    if hidden is None and shift is None:
        return steps

    def reported() -> EMSteps:
        for x, Ax in steps:
            if hidden is not None:
                x = namespace(x).where(hidden[0], hidden[1], x)
            yield x, Ax if shift is None else Ax - shift

    return reported()


def _light(view: View) -> float:
    """Return the light of the scene in the data of a view, at least a part of all light."""
    total = namespace(view.data.y).sum
    whole = float(total(view.data.y))
    known = 0.0 if view.data.light is None else float(total(view.data.light))
    return max(whole - known, LEAST_LIGHT * whole)


def _sum_of_gains(views: list[View], y: Array) -> Array:
    """Return the sum of A^T 1."""
    total: Any = None
    for view in views:
        A = view.projector.A
        ones = zeros(A.out_shape, y)
        ones += 1
        exact = Projector(A, view.data.blocks)
        gain = view.projector.adjoint(ones) if view.projector.back is None else exact.adjoint(ones)
        total = gain if total is None else total + gain
    return total


def _start(start: ArrayLike | None, y: Array, A: Operator, level: float) -> Array:
    """Return the first estimate, a new array."""
    if start is None:
        x = zeros(A.shape, y)
        x += level
        return x
    x = first_estimate(start, y, A)
    low = float(namespace(y).min(x))
    if not (low >= 0 and math.isfinite(low)):
        raise ValueError(f"start must be at least 0 everywhere; its least value is {low!r}")
    return x + 0


def _hide(x: Array, gain: Array, A: Operator) -> tuple[Array, Array] | None:
    """Make `x` zero where nothing is seen; return where that is, and what was there.

    None if it is all beyond the window of the data.
    """
    xp = namespace(x)
    unseen = gain <= VISIBLE * float(xp.max(gain))
    found = (unseen, x + 0) if bool(xp.any(unseen[A.window])) else None
    x[unseen] = 0
    return found

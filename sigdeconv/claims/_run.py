"""All claims by their numbers: which there are, one tried, a table of what came out."""

from __future__ import annotations

import warnings

from sigdeconv.claims import equations, interfaces, layers, systems, words
from sigdeconv.claims._lab import CLAIMS, Finding, Lab
from sigdeconv.sanity import SanityWarning

__all__ = ["numbers", "run", "table"]

# The modules that hold experiments; importing one registers what it holds.
EXPERIMENTS = (words, systems, layers, equations, interfaces)


def numbers() -> list[int]:
    """Return the numbers of all claims.

    Examples
    --------
    >>> from sigdeconv import claims
    >>> claims.numbers()[-1]
    35
    """
    return sorted(CLAIMS)


def run(number: int, lab: Lab | None = None) -> Finding:
    """Try one claim.

    Parameters
    ----------
    number : int
        Its number, see `numbers`.
    lab : Lab, optional
        The tools; the defaults are the operators of this package.

    Returns
    -------
    Finding
        Claim, verdict, figures and the cases tried.

    Raises
    ------
    ValueError
        If there is no such claim.

    Examples
    --------
    >>> from sigdeconv import claims
    >>> claims.run(26).verdict
    <Verdict.HOLDS: 'holds'>
    """
    if number not in CLAIMS:
        raise ValueError(f"number must be one of 1 to {max(CLAIMS)}; got {number!r}")
    text, experiment = CLAIMS[number]
    with warnings.catch_warnings():  # its kernels are what they are on purpose
        warnings.simplefilter("ignore", SanityWarning)
        evidence = experiment(lab or Lab())
    return Finding(number, text, evidence.verdict, evidence)


def table(findings: list[Finding] | None = None) -> str:
    """Return all findings as a text table: number, verdict, claim, measured figure.

    Parameters
    ----------
    findings : list of Finding, optional
        What to list; every claim is run by default.

    Returns
    -------
    str
        Two lines a claim.

    Examples
    --------
    >>> from sigdeconv import claims
    >>> print(claims.table([claims.run(26)]).split("  ")[1])
    holds
    """
    lab = Lab()
    chosen = [run(k, lab) for k in numbers()] if findings is None else findings
    rows = [
        f"{f.number:>2}  {f.verdict.value:<12}  {f.claim}\n{'':18}{f.evidence.measured}"
        for f in chosen
    ]
    return "\n".join(rows)

"""The calls are for type checkers: those with optional libraries are not imported for doctests."""

collect_ignore = ["other_arrays.py"]

"""The methods that restore the values, one a file.

A module put here is found by the registry of `sigdeconv.catalogue`; nothing else is edited.
"""

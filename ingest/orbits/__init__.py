"""Orbit files, one module a format.

A format is a module with

- ``NAME``: what the user says in ``--format`` and sees in the list of formats;
- ``matches(head)``: whether a file that begins with these bytes is of this format;
- ``read(stream)``: what is in it, one record after another, in bounded memory.

`formats` finds the built-in ones and those of other packages by the entry point
``satvo.orbit_formats``.
"""

"""Verbs of the command line by group, and what every verb says to the terminal; `bedside.cli` puts them together."""

"""Tests of `bedside.corpus`."""

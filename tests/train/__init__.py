"""Tests of `bedside.train`."""

"""Tests of `bedside.evaluate`."""

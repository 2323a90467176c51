"""Tests of `bedside.clinic`."""

"""Tests of `bedside.core`."""

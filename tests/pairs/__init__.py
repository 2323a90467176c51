"""Tests of bedside.pairs."""

"""Tests of bedside.signals."""

"""Tests of bedside.rewrite."""

"""Tests of bedside.llm."""

"""The tests of bedside."""

"""Serving: an OpenAI-compatible endpoint with a dial, and a guard that no prompt turns off."""

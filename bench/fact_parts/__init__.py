"""Readers of other libraries, for `fact_peers.py`."""

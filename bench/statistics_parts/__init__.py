"""What `bench/statistics.py` is made of: simulated studies, methods to compare with, tables."""

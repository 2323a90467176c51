"""What `bench/rewriting.py` is made of."""

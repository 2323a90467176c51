"""What `bench/serving.py` is made of."""

"""Parts of bench/training.py: the plain TRL script, and one measured run in a process of its own."""

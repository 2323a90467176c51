"""Parts of `bench/knowledge.py`: the peer's tasks, the models, the two runs."""

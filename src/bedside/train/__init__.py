"""One flat file for each method over TRL; the adapter, its tokenizer and its card out."""

from bedside.train.stage import build, preview

__all__ = ["build", "preview"]

"""bedside: a bedside manner for medical language models, without costing them their medicine."""

__all__ = ["__version__"]

__version__ = "0.1.0"

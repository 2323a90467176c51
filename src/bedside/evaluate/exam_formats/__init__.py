"""Multiple-choice sets in their published formats: `FORMAT:PATH` in, exam items out."""

from bedside.evaluate.exam_formats.sources import check_source, exam_items, read_source

__all__ = ["check_source", "exam_items", "read_source"]

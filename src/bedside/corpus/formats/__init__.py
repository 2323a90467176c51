"""One reader for each source format: a path in, raw consultations and broken rows out."""

"""The blind review page: clinicians rate pairs of replies, or audit rewrites, each by a link of their own.

It reads a run's `evaluate` or `rewrite` folder, keeps ratings in SQLite, and writes labels and a summary for others.
"""

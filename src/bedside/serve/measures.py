"""What `/metrics` tells, in Prometheus' text format: counts and times, never words, names of patients or keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bedside.core.extras import missing_extra

try:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
except ImportError as error:
    raise missing_extra("serving", "serve", error) from None

from bedside.serve.decisions import Decision

__all__ = ["Measures"]

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
GUARD_SECONDS = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.064)


class Measures:
    """The measures of one server."""

    def __init__(self, load: Callable[[], tuple[int, int]]) -> None:
        self._registry = registry = CollectorRegistry()
        self.requests = Counter(
            "bedside_requests", "Requests by path and status.", ["path", "status"], registry=registry
        )
        self.seconds = Histogram(
            "bedside_request_seconds", "Time to the end of a reply.", buckets=SECONDS, registry=registry
        )
        self.tokens = Counter("bedside_tokens", "Tokens read and written by the model.", ["kind"], registry=registry)
        self.guard_seconds = Histogram(
            "bedside_guard_seconds", "Time that the guard took on a request, replies included.",
            buckets=GUARD_SECONDS, registry=registry,
        )  # fmt: skip
        self._decisions = Counter(
            "bedside_guard_decisions", "Decisions of the guard.", ["reason", "action"], registry=registry
        )
        self.under_way = Gauge("bedside_requests_under_way", "Requests that are being answered.", registry=registry)
        rows = Gauge("bedside_rows", "Replies that the model is writing.", registry=registry)
        rows.set_function(lambda: load()[0])
        waiting = Gauge("bedside_rows_waiting", "Replies that wait for the model.", registry=registry)
        waiting.set_function(lambda: load()[1])

    def decided(self, decisions: Iterable[Decision]) -> None:
        """Count the guard's decisions."""
        for decision in decisions:
            self._decisions.labels(decision.reason, decision.action).inc()

    def text(self) -> bytes:
        """All measures."""
        text: bytes = generate_latest(self._registry)
        return text

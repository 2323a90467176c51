"""A thousand requests made up after the endpoint's own OpenAPI, right and wrong ones: no server error, as described."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bedside.serve.app import build_app
from bedside.serve.levels import Levels
from bedside.serve.models import Served
from bedside.serve.options import Limits, Options
from tests.serve.speaking import Speaking

REASON = "no schemathesis here: pip install -e '.[dev]' -c constraints.txt"
schemathesis = pytest.importorskip("schemathesis", reason=REASON)

CASES = {
    ("POST", "/v1/chat/completions"): 420,
    ("POST", "/v1/bedside/read"): 380,
    ("GET", "/v1/models/{name}"): 200,
    ("GET", "/v1/models"): 1,
    ("GET", "/healthz"): 1,
    ("GET", "/metrics"): 1,
}
# What must come back among the thousand: replies as well as refusals.
SEEN = {
    ("POST", "/v1/chat/completions"): {200, 400, 404},
    ("POST", "/v1/bedside/read"): {200, 400},
    ("GET", "/v1/models/{name}"): {200, 404},
}
NAMES = ("tuned", "base", "tuned@0.5")
OPEN = Options(limits=Limits(requests_a_minute=10**9), hosts=())


@pytest.fixture(scope="module")
def schema() -> Any:
    """The endpoint's OpenAPI, and what is taken for an answer that fits."""
    app = build_app(Served(Speaking("Rest and drink. Take 400 mg of ibuprofen."), Levels("tuned", "any")), None, OPEN)
    described = schemathesis.openapi.from_asgi("/openapi.json", app)
    checks = described.config.checks
    # A body that is too large is refused as such, which schemathesis does not know as a refusal; and that the last
    # message is the patient's, or that a level is one of the dial, is more than a schema says.
    checks.negative_data_rejection.expected_statuses = [*checks.negative_data_rejection.expected_statuses, "413"]
    checks.positive_data_acceptance.enabled = False
    return described


def test_every_operation_is_tried_and_a_thousand_times_in_all(schema: Any) -> None:
    assert {(one.ok().method.upper(), one.ok().path) for one in schema.get_all_operations()} == set(CASES)
    assert sum(CASES.values()) >= 1000


@pytest.mark.parametrize(("method", "path"), CASES)
def test_no_request_makes_a_server_error(method: str, path: str, schema: Any) -> None:
    operation, seen = schema[path][method], Counter[int]()

    @settings(
        max_examples=CASES[method, path], derandomize=True, deadline=None, database=None,
        phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(
        case=st.one_of([operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode]),
        name=st.sampled_from((*NAMES, None)),
    )
    def ask(case: Any, name: str | None) -> None:
        if name is not None and case.meta.generation.mode.is_positive:
            make_answerable(case, name)
        response = case.call_and_validate()
        seen[response.status_code] += 1

    ask()
    assert seen.total() == CASES[method, path]
    assert SEEN.get((method, path), {200}) <= set(seen), seen


def make_answerable(case: Any, name: str) -> None:
    """Ask for a model that there is, and with a patient's message at the end, as a schema cannot say."""
    if "name" in case.path_parameters:
        case.path_parameters["name"] = name
    if isinstance(case.body, dict) and "messages" in case.body:
        case.body["model"] = name
        case.body["messages"][-1]["role"] = "user"
        case.body.pop("comfort", None)

"""What strangers try: no key, a wrong key, floods, large and slow bodies, paths, headers, other origins and hosts."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bedside.serve.keys import new_key
from bedside.serve.options import Limits, Options
from tests.serve.speaking import JSON, Running, Speaking, serving

QUICK = Limits(body_bytes=2000, headers_s=0.5, body_s=0.5, send_s=0.5, requests_a_minute=10_000)


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with serving(Speaking(), options=Options(QUICK)) as running:
        yield running


def raw(server: Running, data: bytes, wait_s: float = 60.0) -> bytes:
    """What comes back for bytes on the line until the server closes it; a TimeoutError where it does not."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=wait_s) as line:
        line.sendall(data)
        got = b""
        with contextlib.suppress(ConnectionResetError):
            while part := line.recv(65536):
                got += part
        return got


def until(happened: Callable[[], bool]) -> None:
    """Wait for it, not for a time; a minute is a failure."""
    ended = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < ended
        time.sleep(0.02)


BODY = json.dumps({"model": "tuned", "messages": [{"role": "user", "content": "a"}]})


def request(headers: str, body: str = BODY, path: str = "/v1/chat/completions", method: str = "POST") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n{body}".encode()


def test_without_a_key_or_with_a_wrong_one_nothing_is_told(tmp_path: Path) -> None:
    key = new_key(tmp_path / "keys", "alice")
    model = Speaking()
    with serving(model, options=Options(keys=tmp_path / "keys")) as server:
        wrong = [
            {},
            {"Authorization": "Bearer bedside-x"},
            {"Authorization": f"Basic {key}"},
            {"Authorization": "Bearer"},
            {"X-Api-Key": key},
        ]
        for headers in wrong:
            for method, path in [
                ("POST", "/v1/chat/completions"),
                ("GET", "/v1/models"),
                ("GET", "/metrics"),
                ("POST", "/v1/bedside/read"),
                ("GET", "/openapi.json"),
                ("GET", "/v1/none"),
            ]:
                got = server.ask(method, path, BODY if method == "POST" else None, {**JSON, **headers})
                assert (got.status, got.json["error"]["code"]) == (401, "invalid_api_key")
        assert model.asked == []
        assert server.chat("a", headers={**JSON, "Authorization": f"Bearer {key}"}).status == 200
        assert server.ask("GET", "/healthz").status == 200


def test_a_flood_of_one_key_is_held_back_and_others_are_not(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    greedy, other = new_key(file, "greedy"), new_key(file, "other")
    file.write_text(file.read_text().replace("\n", " 3\n", 1))
    with serving(Speaking(), options=Options(keys=file)) as server:
        got = [server.chat("a", headers={**JSON, "Authorization": f"Bearer {greedy}"}) for _ in range(4)]
        assert [g.status for g in got] == [200, 200, 200, 429]
        assert 0 < int(got[3].headers["retry-after"]) <= 20
        assert got[3].json["error"]["type"] == "rate_limit_error"
        assert server.chat("a", headers={**JSON, "Authorization": f"Bearer {other}"}).status == 200


def test_an_oversize_body_is_refused_however_it_comes(server: Running) -> None:
    big = "x" * 3000
    assert server.chat(big).status == 413
    chunked = request(
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n", "bb8\r\n" + big + "\r\n0\r\n\r\n"
    )
    assert raw(server, chunked).startswith(b"HTTP/1.1 413 ")
    assert raw(server, request("Content-Type: application/json\r\nContent-Length: 99999999999\r\n", "")).startswith(
        b"HTTP/1.1 413 "
    )


def test_a_slow_body_and_slow_headers_are_given_up(server: Running) -> None:
    assert b" 408 " in raw(server, request("Content-Type: application/json\r\nContent-Length: 500\r\n", "{"))
    assert raw(server, b"POST /v1/chat/completions HTTP/1.1\r\nHost: local") == b""
    assert raw(server, b"") == b""
    assert server.chat("a").status == 200


def test_headers_that_drip_have_one_time_together(server: Running) -> None:
    line = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    # Each line comes soon enough; the whole would take a minute.
    with line, pytest.raises((BrokenPipeError, ConnectionResetError)):
        for n in range(1200):
            line.sendall(b"GET /healthz HTTP/1.1\r\n" if not n else b"X-A: b\r\n")
            time.sleep(0.05)


def test_a_client_that_takes_nothing_is_dropped() -> None:
    model = Speaking("A sentence of no use to anybody. " * 10_000, size=1000)
    with serving(model, options=Options(QUICK)) as server:
        body = json.dumps({"model": "tuned", "stream": True, "messages": [{"role": "user", "content": "a"}]})
        with socket.socket() as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.connect(("127.0.0.1", server.port))
            line.sendall(request(f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n", body))
            until(lambda: model.left == 1)


def test_a_client_that_goes_ends_its_request() -> None:
    model = Speaking("Rest. " * 100, pause_s=0.05)
    with serving(model) as server:
        for gone, stream in enumerate((True, False), start=1):
            body = json.dumps({"model": "tuned", "stream": stream, "messages": [{"role": "user", "content": "a"}]})
            with socket.create_connection(("127.0.0.1", server.port)) as line:
                line.sendall(request(f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n", body))
                until(lambda: len(model.asked) == gone)  # noqa: B023 (called at once)
            until(lambda: model.left == gone)  # noqa: B023


@pytest.mark.parametrize(
    "path",
    ["/../../etc/passwd", "/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/%2e%2e/serve/app.py",
     "/static/....//app.py", "/static//etc/passwd", "/static/%00", "/v1/models/../../../etc/passwd",
     "/static/%c0%ae%c0%ae/app.py"],
)  # fmt: skip
def test_no_path_leads_out(server: Running, path: str) -> None:
    got = raw(server, request("", "", path, "GET"))
    assert got.split(b" ")[1] in (b"404", b"400", b"421"), got[:80]
    assert b"import" not in got
    assert b"root:" not in got


def test_no_word_of_a_request_gets_into_a_header(server: Running) -> None:
    for text in ("x\r\nSet-Cookie: a=b", "x\nSet-Cookie: a=b", "\u560d\u560aSet-Cookie: a=b", "%0d%0aSet-Cookie: a=b"):
        bodies = (
            {"model": text, "messages": [{"role": "user", "content": "a"}]},
            {"model": "tuned", "messages": [{"role": "user", "content": text}]},
        )
        for body in bodies:
            assert "set-cookie" not in server.ask("POST", "/v1/chat/completions", body).headers
    got = raw(server, request("X-A: b\r\nSet-Cookie: a=b\r\n", "", "/healthz%0d%0aSet-Cookie:%20a=b", "GET"))
    assert b"set-cookie" not in got.partition(b"\r\n\r\n")[0].lower()


def test_requests_that_are_smuggled_or_broken_are_refused(server: Running) -> None:
    smuggled = request(f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\nContent-Length: 5\r\n")
    assert raw(server, smuggled).startswith(b"HTTP/1.1 400 ")
    assert raw(server, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 70_000 + b"\r\n\r\n").startswith(
        b"HTTP/1.1 4"
    )
    assert raw(server, b"\x16\x03\x01 hello").startswith(b"HTTP/1.1 400 ")


def test_other_hosts_and_origins_are_refused(server: Running) -> None:
    assert server.ask("GET", "/v1/models", None, {"Host": "evil.example"}).status == 421
    for host in (f"localhost:{server.port}", "127.0.0.1", "[::1]:80", "LOCALHOST"):
        assert server.ask("GET", "/v1/models", None, {"Host": host}).status == 200
    got = server.chat("a", headers={**JSON, "Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in got.headers
    ask = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert server.ask("OPTIONS", "/v1/chat/completions", None, ask).status == 405
    # what a page of another origin may send without asking first is not taken
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        assert server.ask("POST", "/v1/chat/completions", BODY, {"Content-Type": kind}).status == 415


def test_an_origin_that_the_operator_names_may_ask() -> None:
    with serving(Speaking(), options=Options(origins=("https://clinic.example",))) as server:
        ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        allowed = server.ask("OPTIONS", "/v1/chat/completions", None, {**ask, "Origin": "https://clinic.example"})
        assert allowed.headers["access-control-allow-origin"] == "https://clinic.example"
        other = server.ask("OPTIONS", "/v1/chat/completions", None, {**ask, "Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers


def test_nothing_that_a_patient_writes_is_logged(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(_: object) -> str:
        raise RuntimeError("Wilhelmina Featherstone has syphilis")

    with caplog.at_level(logging.DEBUG), serving(Speaking(broken)) as server:
        got = server.chat("I am Wilhelmina Featherstone")
        assert (got.status, got.json["error"]["type"]) == (500, "server_error")
        server.chat("I am Wilhelmina Featherstone", stream=True)
        server.chat("I want to kill myself, Wilhelmina")
        server.ask("POST", "/v1/chat/completions", '{"Wilhelmina')
        server.ask("GET", "/Wilhelmina?Wilhelmina")
        assert "Wilhelmina" not in got.text
    out = capfd.readouterr()
    assert "Wilhelmina" not in caplog.text + out.out + out.err
    assert "RuntimeError at" in caplog.text

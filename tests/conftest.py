"""Fixtures: a tiny random model of the clinic's architecture, so that nothing is downloaded and nothing takes long; a
real browser for the pages."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

# One thread in every process: the models are tiny, and two threads that wait for each other on a busy machine take
# twenty times the processor time. The number also decides the last digits of weights. Here and in no fixture, because
# the conftest of a folder below may import torch, which reads it once.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def as_many_threads_as_before() -> Iterator[None]:
    """A test that changes the threads of this process would change the digits of those that follow."""

    def threads() -> int | None:
        torch = sys.modules.get("torch")
        return torch.get_num_threads() if torch is not None else None

    before = threads()
    yield
    assert before in (None, threads()), "the test left another number of threads behind"


@pytest.fixture(scope="session", autouse=True)
def no_outside_sockets() -> Iterator[None]:
    """Tests speak to this machine alone: who connects elsewhere is refused. Datagram sockets send nothing by that."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        stream = self.family in (socket.AF_INET, socket.AF_INET6) and self.type == socket.SOCK_STREAM
        if stream and address[0] != "localhost" and not ipaddress.ip_address(address[0]).is_loopback:
            raise ConnectionRefusedError(f"tests open no outside socket: {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here: install Debian's package `chromium` to test the page")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as browsers:
        opened = browsers.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def random_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a two-layer random Llama (about 0.3 million parameters) and the clinic's tokenizer and template."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from bedside.llm import local_path
    from bedside.llm.local import load_tokenizer

    folder = tmp_path_factory.mktemp("random-model")
    tokenizer = load_tokenizer(local_path("clinic"))
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder

"""The models that the exam is measured on: the clinic's own, and a random one of any size with a large vocabulary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bedside.llm import local_path
from bedside.llm.local import load_tokenizer

__all__ = ["SIZES", "random_llama"]

# hidden size, intermediate size, layers, heads: Llama shapes; parameters with a vocabulary of 32,000, tied.
SIZES = {"20M": (320, 864, 8, 5), "50M": (512, 1376, 10, 8)}


def random_llama(folder: Path, size: str, vocabulary: int, seed: int = 0) -> Path:
    """A random Llama with the clinic's tokenizer and room for 2,048 tokens; ids beyond the tokenizer's are never asked.

    Its vocabulary's size is that of real models, because making logits is a large part of small models' work.
    """
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    hidden, inner, layers, heads = SIZES[size]
    tokenizer: Any = load_tokenizer(local_path("clinic"))
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=hidden,
        intermediate_size=inner,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        initializer_range=0.06,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.model_max_length = 2048
    tokenizer.save_pretrained(folder)
    return folder

#!/usr/bin/env python3
"""Make the golden models of this folder, with torch and transformers.

    make_golden.py DIRECTORY

For each case a model directory as transformers saves it, and golden.safetensors:
input_ids, targets (-1: not scored), the logits, the mean NLL, and the gradient
of every parameter by autograd, computed in double. tests/golden/golden.c
compares. Written with torch 2.13 and transformers 5.23.
"""
import os
import sys

import torch
from safetensors.torch import save_file
from torch.nn import functional as F
from transformers import (AutoModelForCausalLM, GPT2Config, LlamaConfig, Qwen3Config)

VOCABULARY, CONTEXT = 13, 12
SHARED = {"vocab_size": VOCABULARY, "bos_token_id": 12, "eos_token_id": 12}
LLAMA = {**SHARED, "max_position_embeddings": CONTEXT, "hidden_size": 8,
         "intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 4,
         "rms_norm_eps": 1e-5}
GPT2 = {**SHARED, "n_positions": CONTEXT, "n_embd": 8, "n_layer": 2, "n_head": 2}
CASES = {
    "gpt2": GPT2Config(**GPT2),
    "gpt2-relu2-untied": GPT2Config(**GPT2, activation_function="relu2",
                                    tie_word_embeddings=False, n_inner=20),
    "llama-grouped": LlamaConfig(**LLAMA, num_key_value_heads=2, rope_theta=500.0,
                                 tie_word_embeddings=False),
    "llama-biases": LlamaConfig(**LLAMA, num_key_value_heads=4, attention_bias=True,
                                mlp_bias=True, tie_word_embeddings=True),
    "qwen3": Qwen3Config(**LLAMA, num_key_value_heads=1, head_dim=6,
                         tie_word_embeddings=True),
}


def make(directory, config):
    torch.manual_seed(3)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # large enough that every part matters; gains near 1
            centre = 1.0 if parameter.dim() == 1 and "bias" not in name else 0.0
            parameter.copy_(centre + 0.3 * torch.randn_like(parameter))
    model.save_pretrained(directory)
    model = model.double().eval()
    count = 2 * CONTEXT
    ids = torch.tensor([(i * i + 3 * i + 1) % VOCABULARY for i in range(count)])
    targets = torch.tensor([-1 if i % 7 == 3 else (5 * i + 2) % VOCABULARY
                            for i in range(count)])
    logits = model(ids.view(2, CONTEXT)).logits.reshape(count, VOCABULARY)
    loss = F.cross_entropy(logits, targets, ignore_index=-1)
    loss.backward()
    tensors = {"input_ids": ids, "targets": targets, "logits": logits.detach().float(),
               "nll": loss.detach().reshape(1)}
    for name, parameter in model.named_parameters():
        tensors["gradient." + name] = parameter.grad.float()
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()},
              os.path.join(directory, "golden.safetensors"))
    for left_over in ("generation_config.json",):
        path = os.path.join(directory, left_over)
        if os.path.exists(path):
            os.remove(path)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    torch.set_default_dtype(torch.float32)
    for name, config in CASES.items():
        make(os.path.join(sys.argv[1], name), config)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Do likely and Hugging Face's transformers mean the same by one directory?

    transformers_roundtrip.py LIKELY [ours|theirs]

ours: models that `likely train` makes load with AutoModelForCausalLM and AutoTokenizer, nothing
missing and nothing left over, and give the same ids and log-probabilities. theirs: models and
tokenizers that transformers saves (float32, float16, bfloat16, in one file or in shards, and
files as published before there was a prefix) are scored by `likely eval` as transformers does.

Needs torch and transformers, in the python3 that runs it or in the one that the environment
variable LIKELY_ORACLE_PYTHON names. Without them it says so and exits with 77: skipped.
"""
import os
import pathlib
import random
import subprocess
import sys
import tempfile

OTHER = os.environ.get("LIKELY_ORACLE_PYTHON")
if OTHER and not os.environ.get("LIKELY_ORACLE_RUNS"):
    os.execve(OTHER, [OTHER, *sys.argv], {**os.environ, "LIKELY_ORACLE_RUNS": "1"})
os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
# where transformers copies modeling_likely.py, to run it
MODULES = tempfile.TemporaryDirectory()
os.environ["HF_MODULES_CACHE"] = MODULES.name
try:
    import safetensors.torch
    import tokenizers
    import torch
    import transformers
except ImportError as problem:
    print(f"SKIPPED, nothing was compared: {problem}; install torch and transformers, or set")
    print("LIKELY_ORACLE_PYTHON to a Python that has them")
    sys.exit(77)
transformers.utils.logging.disable_progress_bar()

CLOSE = 1e-4  # natural units of log-probability
CONTEXT = 64
END = "<|endoftext|>"
# Scored in one window: with the token of its beginning it is shorter than the context.
TEXT = "It was the best of times,\n\tné 1859 €!"
LIKELY = [None]
problems = []


def likely(*arguments):
    done = subprocess.run([LIKELY[0], *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"likely {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return done.stdout


def scored(directory, scratch):
    """What likely makes of TEXT: ids that go in, ids that are to come, log-probabilities."""
    text = scratch / "text.txt"
    text.write_bytes(TEXT.encode())
    likely("eval", directory, text, "--quiet", "--logits", scratch / "logits.safetensors")
    found = safetensors.torch.load_file(scratch / "logits.safetensors")
    return found["input_ids"], found["targets"], found["logits"].double().log_softmax(-1)


def loaded(directory):
    model, report = transformers.AutoModelForCausalLM.from_pretrained(
        directory, dtype=torch.float32, output_loading_info=True, trust_remote_code=True
    )
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if report[kind]:
            raise RuntimeError(f"{kind}: {sorted(report[kind])}")
    return model.eval()


def compare(directory, scratch):
    """The greatest difference of a log-probability; raises where ids differ."""
    inputs, targets, ours = scored(directory, scratch)
    tokenizer = transformers.AutoTokenizer.from_pretrained(directory, trust_remote_code=True)
    ids = tokenizer(TEXT)["input_ids"]
    end = tokenizer.eos_token_id
    if [end, *ids] != inputs.tolist() or [*ids, end] != targets.tolist():
        raise RuntimeError(f"ids {inputs.tolist()}, and by transformers {[end, *ids]}")
    if tokenizer.decode(ids) != TEXT:
        raise RuntimeError(f"decoded as {tokenizer.decode(ids)!r}")
    with torch.no_grad():
        theirs = loaded(directory)(inputs[None]).logits[0].double().log_softmax(-1)
    if theirs.shape != ours.shape:
        raise RuntimeError(f"logits {ours.shape}, and by transformers {theirs.shape}")
    return (theirs - ours).abs().max().item()


def case(name, run):
    try:
        with tempfile.TemporaryDirectory() as scratch:
            difference = run(pathlib.Path(scratch))
    except (RuntimeError, ValueError, OSError, KeyError) as problem:
        print(f"FAILED  {name}: {problem}")
        problems.append(name)
        return
    good = difference <= CLOSE
    print(f"{'ok' if good else 'FAILED'}  {name}: log-probabilities differ by {difference:.1e}")
    if not good:
        problems.append(name)


def corpus(path):
    """Some text with every character of TEXT in it."""
    words = random.Random(1)
    lines = [f"It was the {words.choice(TEXT)} of {words.randint(0, 9999)} times" for _ in range(400)]
    path.write_text("\n".join([TEXT, *lines, TEXT]), encoding="utf-8")


GPT2 = ["--norm", "layernorm", "--position", "learned"]
LLAMA = ["--norm", "rmsnorm", "--position", "rope", "--rope-base", "5000", "--mlp", "swiglu"]
OURS = {
    "gpt2": [*GPT2, "--mlp", "gelu", "--bias", "all"],
    "gpt2, no biases": [*GPT2, "--mlp", "gelu", "--bias", "none"],
    "gpt2, attention biases": [*GPT2, "--mlp", "gelu", "--bias", "attention"],
    "gpt2, untied, ReLU^2, hidden 48": [
        *GPT2, "--mlp", "relu2", "--bias", "all", "--untied", "--hidden", "48",
    ],
    "llama": [*LLAMA, "--bias", "none"],
    "llama, untied, grouped": [*LLAMA, "--bias", "none", "--untied", "--kv-heads", "2"],
    "llama, all biases, grouped": [*LLAMA, "--bias", "all", "--kv-heads", "1"],
    "llama, MLP biases, head size 12": [*LLAMA, "--bias", "mlp", "--head-size", "12"],
    "llama, attention biases, epsilon": [
        *LLAMA, "--bias", "attention", "--norm-epsilon", "1e-3",
    ],
    "qwen3": [*LLAMA, "--bias", "none", "--qk-norm"],
    "qwen3, untied, grouped, biases": [
        *LLAMA, "--bias", "attention", "--qk-norm", "--untied", "--kv-heads", "2",
    ],
    "qwen3 from zero": [
        *LLAMA, "--bias", "none", "--qk-norm", "--untied", "--zero-init", "--embedding-std", "1",
    ],
    "likely: no gains": [*LLAMA, "--qk-norm", "--no-norm-gains"],
    "likely: norm after the embedding": [*LLAMA, "--embedding-norm"],
    "likely: mixed with the embedding": [*LLAMA, "--x0-mix", "--kv-heads", "2"],
    "likely: capped": [*LLAMA, "--logit-cap", "2", "--untied"],
    "likely: all of it, ReLU^2": [
        "--mlp", "relu2", "--qk-norm", "--no-norm-gains", "--embedding-norm", "--x0-mix",
        "--logit-cap", "15", "--untied", "--zero-init", "--optimizer", "muon",
    ],
    "likely: LayerNorm, rotary, GELU, all biases": [
        "--norm", "layernorm", "--mlp", "gelu", "--bias", "all", "--embedding-norm", "--x0-mix",
    ],
    "likely: RMSNorm, learned positions": [
        "--position", "learned", "--mlp", "swiglu", "--bias", "mlp", "--head-size", "12",
    ],
}  # fmt: skip


def ours_in_theirs(scratch, options, tokenizer):
    text = scratch / "corpus.txt"
    corpus(text)
    likely(
        "train", text, "--out", scratch / "run", "--quiet", "--tokenizer", tokenizer,
        "--layers", 2, "--width", 32, "--heads", 4, "--context", CONTEXT, "--batch", 4,
        "--steps", 8, "--warmup", 1, "--learning-rate", 0.05, *options,
    )  # fmt: skip
    return compare((scratch / "run" / "last").resolve(), scratch)


def byte_tokenizer():
    whole = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = list(map(chr, whole)) + [chr(256 + i) for i in range(256 - len(whole))]
    vocabulary = {letter: i for i, letter in enumerate([*letters, END])}
    made = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=vocabulary, merges=[]))
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(
        add_prefix_space=False, use_regex=False
    )
    made.decoder = tokenizers.decoders.ByteLevel()
    return made


def char_tokenizer():
    letters = sorted(set(TEXT), reverse=True)  # an order that is not ours
    vocabulary = {letter: i for i, letter in enumerate([END, *letters])}
    made = tokenizers.Tokenizer(
        tokenizers.models.WordLevel(vocab=vocabulary, unk_token="<unk>")
    )
    made.pre_tokenizer = tokenizers.pre_tokenizers.Split(
        tokenizers.Regex(r"[\s\S]"), "isolated"
    )
    made.decoder = tokenizers.decoders.Fuse()
    return made


def save_tokenizer(made, directory):
    made.add_special_tokens([END])
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=made,
        eos_token=END,
        bos_token=END,
        clean_up_tokenization_spaces=False,
    ).save_pretrained(directory)


def gpt2(**options):
    return transformers.GPT2Config(
        vocab_size=257, n_positions=CONTEXT, n_embd=32, n_layer=2, n_head=4, **options
    )


SIZES = {
    "vocab_size": 257,
    "hidden_size": 32,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": CONTEXT,
}


def llama(**options):
    return transformers.LlamaConfig(**SIZES, **options)


def qwen3(**options):
    return transformers.Qwen3Config(**SIZES, **{"head_dim": 16, "num_key_value_heads": 2, **options})


ROPE = {"rope_parameters": {"rope_type": "default", "rope_theta": 777.0}}
# name: configuration, dtype, size of a shard
THEIRS = {
    "gpt2": (gpt2, {}, torch.float32, None),
    "gpt2, untied, relu2": (
        gpt2, {"tie_word_embeddings": False, "activation_function": "relu2"}, torch.float32, None,
    ),
    "gpt2, n_inner, epsilon, sharded": (
        gpt2, {"n_inner": 20, "layer_norm_epsilon": 1e-2}, torch.float32, "20KB",
    ),
    "gpt2, bfloat16, tanh": (
        gpt2, {"activation_function": "gelu_pytorch_tanh"}, torch.bfloat16, None,
    ),
    "llama": (llama, {}, torch.float32, None),
    "llama, tied, grouped, float16, sharded": (
        llama, {"tie_word_embeddings": True, "num_key_value_heads": 1}, torch.float16, "9KB",
    ),
    "llama, biases, rope, head_dim 12": (
        llama, {"attention_bias": True, "mlp_bias": True, "head_dim": 12, **ROPE},
        torch.float32, None,
    ),
    "llama, MLP biases, bfloat16": (llama, {"mlp_bias": True}, torch.bfloat16, None),
    "qwen3": (qwen3, {}, torch.float32, None),
    "qwen3, tied, biases, rope, bfloat16, sharded": (
        qwen3, {"tie_word_embeddings": True, "attention_bias": True, "head_dim": 8, **ROPE},
        torch.bfloat16, "9KB",
    ),
}  # fmt: skip


def random_model(make, options, dtype):
    """No parameter is 0 or 1, so that whatever is forgotten or exchanged shows."""
    torch.manual_seed(1)
    model = transformers.AutoModelForCausalLM.from_config(make(**options))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            gain = parameter.dim() == 1 and name.endswith("weight")
            parameter.normal_(1.0 if gain else 0.0, 0.3)
    return model.to(dtype)


def theirs_in_ours(scratch, make, options, dtype, shard, tokenizer):
    directory = scratch / "model"
    limit = {"max_shard_size": shard} if shard else {}
    random_model(make, options, dtype).save_pretrained(directory, **limit)
    if shard and len(list(directory.glob("*.safetensors"))) < 2:
        raise RuntimeError("there is only one shard")
    save_tokenizer(tokenizer(), directory)
    return compare(directory, scratch)


def published_gpt2(scratch):
    """Names without "transformer.", mask buffers, a few words of config.json."""
    directory = scratch / "model"
    model = random_model(gpt2, {}, torch.float32)
    model.save_pretrained(directory)
    tensors = {k: v.contiguous() for k, v in model.transformer.state_dict().items()}
    for layer in range(2):
        mask = torch.ones(CONTEXT, CONTEXT).tril()
        tensors[f"h.{layer}.attn.bias"] = mask.view(1, 1, CONTEXT, CONTEXT)
    safetensors.torch.save_file(tensors, directory / "model.safetensors")
    save_tokenizer(byte_tokenizer(), directory)
    inputs, _, ours = scored(directory, scratch)
    with torch.no_grad():
        theirs = model.eval()(inputs[None]).logits[0].double().log_softmax(-1)
    return (theirs - ours).abs().max().item()


def tuned_elsewhere(scratch):
    """A model of ours without biases gains some in transformers, which saves it."""
    text = scratch / "corpus.txt"
    corpus(text)
    likely(
        "train", text, "--out", scratch / "run", "--quiet", "--tokenizer", "byte", "--layers", 2,
        "--width", 32, "--heads", 4, "--context", CONTEXT, "--steps", 1, *OURS["gpt2, no biases"],
    )  # fmt: skip
    model = loaded((scratch / "run" / "last").resolve())
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                parameter.normal_(0.0, 0.3)
    model.save_pretrained(scratch / "tuned")
    save_tokenizer(byte_tokenizer(), scratch / "tuned")
    return compare(scratch / "tuned", scratch)


def main():
    if not 2 <= len(sys.argv) <= 3 or sys.argv[2:] not in ([], ["ours"], ["theirs"]):
        sys.exit(f"usage: {sys.argv[0]} LIKELY [ours|theirs]")
    LIKELY[0] = os.path.abspath(sys.argv[1])
    print(f"transformers {transformers.__version__}, torch {torch.__version__}")
    if sys.argv[2:] != ["theirs"]:
        for name, options in OURS.items():
            for kind in ("byte", "char"):
                case(f"ours, {kind}, {name}", lambda s: ours_in_theirs(s, options, kind))
        case("ours, tuned by transformers, read again", tuned_elsewhere)
    if sys.argv[2:] != ["ours"]:
        for name, (make, options, dtype, shard) in THEIRS.items():
            for made in (byte_tokenizer, char_tokenizer):
                case(
                    f"theirs, {made.__name__.split('_')[0]}, {name}",
                    lambda s: theirs_in_ours(s, make, options, dtype, shard, made),
                )
        case("theirs, gpt2 as published", published_gpt2)
    if problems:
        sys.exit(f"{len(problems)} failed: " + "; ".join(problems))


main()

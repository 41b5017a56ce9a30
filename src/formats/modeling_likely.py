"""A model of the program `likely` for Hugging Face's transformers.

It stands beside the weights of models that no family of transformers expresses:

    AutoModelForCausalLM.from_pretrained(directory, trust_remote_code=True)

The tensors have the names and shapes that `likely` gives them. There is no cache of keys and
values: generate() reads everything again for each token. Training goes by autograd.
"""
import math

import torch
from torch import nn
from torch.nn import functional
from transformers import GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutput


class LikelyConfig(PretrainedConfig):
    model_type = "likely"
    # what transformers asks for by other names
    attribute_map = {
        "hidden_size": "width",
        "num_hidden_layers": "layers",
        "num_attention_heads": "heads",
        "max_position_embeddings": "context",
        "vocab_size": "vocabulary",
    }

    def __init__(
        self,
        vocabulary=257,
        context=128,
        layers=4,
        width=192,
        heads=6,
        kv_heads=6,
        head_size=32,
        hidden=512,
        norm_epsilon=1e-5,
        rope_base=10000.0,
        logit_cap=0.0,
        norm="rmsnorm",
        position="rope",
        mlp="swiglu",
        bias="none",
        qk_norm=False,
        norm_gains=True,
        embedding_norm=False,
        x0_mix=False,
        tied=True,
        **others,
    ):
        self.vocabulary = vocabulary
        self.context = context
        self.layers = layers
        self.width = width
        self.heads = heads
        self.kv_heads = kv_heads
        self.head_size = head_size
        self.hidden = hidden
        self.norm_epsilon = norm_epsilon
        self.rope_base = rope_base
        self.logit_cap = logit_cap
        self.norm = norm
        self.position = position
        self.mlp = mlp
        self.bias = bias
        self.qk_norm = qk_norm
        self.norm_gains = norm_gains
        self.embedding_norm = embedding_norm
        self.x0_mix = x0_mix
        self.tied = tied
        others["tie_word_embeddings"] = tied
        super().__init__(**others)


class Norm(nn.Module):
    """LayerNorm or RMSNorm of the last dimension."""

    def __init__(self, config, size, kind):
        super().__init__()
        self.kind = kind
        self.epsilon = config.norm_epsilon
        self.gain = nn.Parameter(torch.ones(size)) if config.norm_gains else None
        biased = kind == "layernorm" and config.bias == "all"
        self.bias = nn.Parameter(torch.zeros(size)) if biased else None

    def forward(self, x):
        if self.kind == "layernorm":
            x = x - x.mean(-1, keepdim=True)
        x = x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.epsilon)
        if self.gain is not None:
            x = x * self.gain
        return x if self.bias is None else x + self.bias


def rotate(x, base):
    """Rotary positions: channel i of the first half turns with channel i of the second."""
    half = x.shape[-1] // 2
    share = torch.arange(half, device=x.device, dtype=torch.float32) / half
    place = torch.arange(x.shape[-2], device=x.device, dtype=torch.float32)
    angle = place[:, None] / base**share
    cosine, sine = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    first, second = x[..., :half], x[..., half:]
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine), -1)


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        size = config.head_size
        biased = config.bias in ("attention", "all")
        rows = (config.heads + 2 * config.kv_heads) * size
        self.norm = Norm(config, config.width, config.norm)
        self.qkv = nn.Linear(config.width, rows, bias=biased)
        self.output = nn.Linear(config.heads * size, config.width, bias=biased)
        if config.qk_norm:
            self.query_norm = Norm(config, size, "rmsnorm")
            self.key_norm = Norm(config, size, "rmsnorm")

    def forward(self, x, mask):
        config = self.config
        heads, kv = config.heads, config.kv_heads
        batch, length, _ = x.shape
        joined = self.qkv(self.norm(x)).view(batch, length, heads + 2 * kv, -1).transpose(1, 2)
        query, key, value = joined.split((heads, kv, kv), 1)
        if config.qk_norm:
            query, key = self.query_norm(query), self.key_norm(key)
        if config.position == "rope":
            query, key = rotate(query, config.rope_base), rotate(key, config.rope_base)
        key = key.repeat_interleave(heads // kv, 1)
        value = value.repeat_interleave(heads // kv, 1)
        score = query @ key.transpose(-1, -2) / math.sqrt(config.head_size)
        share = score.masked_fill(~mask, float("-inf")).softmax(-1)
        return self.output((share @ value).transpose(1, 2).reshape(batch, length, -1))


class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.kind = config.mlp
        biased = config.bias in ("mlp", "all")
        self.norm = Norm(config, config.width, config.norm)
        if self.kind == "swiglu":
            self.gate_up = nn.Linear(config.width, 2 * config.hidden, bias=biased)
        else:
            self.up = nn.Linear(config.width, config.hidden, bias=biased)
        self.down = nn.Linear(config.hidden, config.width, bias=biased)

    def forward(self, x):
        x = self.norm(x)
        if self.kind == "swiglu":
            gate, up = self.gate_up(x).chunk(2, -1)
            return self.down(functional.silu(gate) * up)
        if self.kind == "gelu":
            return self.down(functional.gelu(self.up(x), approximate="tanh"))
        return self.down(functional.relu(self.up(x)).square())


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.mix = nn.Parameter(torch.tensor([1.0, 0.0])) if config.x0_mix else None
        self.attention = Attention(config)
        self.mlp = MLP(config)

    def forward(self, x, x0, mask):
        if self.mix is not None:
            x = self.mix[0] * x + self.mix[1] * x0
        x = x + self.attention(x, mask)
        return x + self.mlp(x)


class Embedding(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.token = nn.Embedding(config.vocabulary, config.width)
        learned = config.position == "learned"
        self.position = nn.Embedding(config.context, config.width) if learned else None
        self.norm = Norm(config, config.width, config.norm) if config.embedding_norm else None

    def forward(self, ids):
        x = self.token(ids)
        if self.position is not None:
            x = x + self.position.weight[: ids.shape[1]]
        return x if self.norm is None else self.norm(x)


class LikelyForCausalLM(PreTrainedModel, GenerationMixin):
    config_class = LikelyConfig
    main_input_name = "input_ids"

    def __init__(self, config):
        super().__init__(config)
        self.embedding = Embedding(config)
        self.layer = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.norm = Norm(config, config.width, config.norm)
        if not config.tied:
            self.head = nn.Linear(config.width, config.vocabulary, bias=False)
        self.post_init()

    def _init_weights(self, module):
        """Every weight comes from the file."""

    def get_input_embeddings(self):
        return self.embedding.token

    def set_input_embeddings(self, value):
        self.embedding.token = value

    def get_output_embeddings(self):
        return None if self.config.tied else self.head

    def prepare_inputs_for_generation(self, input_ids, attention_mask=None, **_):
        return {"input_ids": input_ids, "attention_mask": attention_mask}

    def forward(self, input_ids, attention_mask=None, labels=None, **_):
        length = input_ids.shape[1]
        if length > self.config.context:
            raise ValueError(f"{length} tokens; the model reads {self.config.context} at most")
        square = torch.ones(length, length, dtype=torch.bool, device=input_ids.device)
        mask = square.tril()[None, None]
        if attention_mask is not None:
            # padding is not seen, but by itself: a row of nothing has no softmax
            mask = (mask & attention_mask[:, None, None, :].bool()) | square.diag().diag()
        x = x0 = self.embedding(input_ids)
        for layer in self.layer:
            x = layer(x, x0, mask)
        x = self.norm(x)
        head = self.embedding.token if self.config.tied else self.head
        logits = functional.linear(x, head.weight)
        cap = self.config.logit_cap
        if cap > 0:
            logits = cap * torch.tanh(logits / cap)
        loss = None
        if labels is not None:
            loss = functional.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
        return CausalLMOutput(loss=loss, logits=logits)

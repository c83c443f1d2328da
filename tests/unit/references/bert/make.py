"""Made the reference arrays of this folder: run with torch 2.14.1 and transformers 5.24.0, which the tests do not need.

python make.py tiny            tiny/: a random BERT encoder, its weights and what torch computes with them
python make.py minilm FOLDER   minilm.npz: of the encoder in FOLDER, what torch computes for a few sentences
"""

import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import AutoTokenizer, BertConfig, BertModel

HERE = Path(__file__).parent
SENTENCES = [
    "A man is eating food.",
    "The capital of France is Paris, isn't it?",
    "of",
]


def states(model, tokens):
    with torch.no_grad():
        found = model(tokens, output_hidden_states=True, output_attentions=True)
    return [h.numpy() for h in found.hidden_states], [a.numpy() for a in found.attentions]


def tiny():
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=20, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24,
        max_position_embeddings=9, layer_norm_eps=1e-12, hidden_act="gelu",
    )  # fmt: skip
    config._attn_implementation = "eager"
    model = BertModel(config, add_pooling_layer=False).eval()
    with torch.no_grad():
        for value in model.parameters():  # gains, biases and large scores too
            value.add_(0.4 * torch.randn_like(value))
    tokens = torch.tensor([[1, 5, 7, 2, 19, 0], [3, 3, 3, 11, 0, 8]])
    hidden, attention = states(model, tokens)
    folder = HERE / "tiny"
    folder.mkdir(exist_ok=True)
    save_file(model.state_dict(), folder / "model.safetensors")
    config.save_pretrained(folder)
    np.savez(folder / "reference.npz", tokens=tokens.numpy(), states=np.array(hidden), attention=np.array(attention))


def minilm(folder):
    model = BertModel.from_pretrained(folder, attn_implementation="eager").eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    batch = tokenizer(SENTENCES, padding=True, return_tensors="pt")
    with torch.no_grad():
        found = model(**batch, output_hidden_states=True)
    mask = batch["attention_mask"][:, :, None].numpy()
    pooled = np.array([(h.numpy() * mask).sum(axis=1) / mask.sum(axis=1) for h in found.hidden_states])
    first = batch["input_ids"][:1, : int(batch["attention_mask"][0].sum())]
    _, attention = states(model, first)
    lengths = batch["attention_mask"].sum(axis=1).numpy()
    tokens = np.concatenate([row[:n] for row, n in zip(batch["input_ids"].numpy(), lengths, strict=True)])
    np.savez_compressed(
        HERE / "minilm.npz", sentences=np.array(SENTENCES), tokens=tokens, lengths=lengths,
        pooled=pooled.transpose(1, 0, 2), first_attention=attention[0][0], last_attention=attention[-1][0],
    )  # fmt: skip


if __name__ == "__main__":
    tiny() if sys.argv[1] == "tiny" else minilm(sys.argv[2])

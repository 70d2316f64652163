"""Run in COMET's environment: makes a tiny checkpoint, and scores triples with it one at a time.

python tiny_checkpoint.py make FOLDER
python tiny_checkpoint.py score FOLDER TRIPLES.json SCORES.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytorch_lightning
import torch
import yaml
from comet import load_from_checkpoint
from comet.models import RegressionMetric
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import XLMRobertaConfig, XLMRobertaTokenizerFast

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]


def make_encoder(folder: Path) -> None:
    """Write the configuration and tokenizer of an XLM-R that spells letter by letter."""
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    vocabulary = [(token, 0.0) for token in SPECIAL] + [(x, -4.0) for x in ["▁", *letters]]
    tokenizer = Tokenizer(models.Unigram([*vocabulary, ("<mask>", 0.0)], unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    XLMRobertaTokenizerFast(tokenizer_object=tokenizer).save_pretrained(folder)
    XLMRobertaConfig(
        vocab_size=len(vocabulary) + 1,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=130,
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
    ).save_pretrained(folder)


def make(folder: Path) -> None:
    """Write hparams.yaml and checkpoints/model.ckpt, and the encoder beside them."""
    torch.manual_seed(0)
    encoder = folder / "encoder"
    make_encoder(encoder)
    metric = RegressionMetric(
        pretrained_model=str(encoder),
        load_pretrained_weights=False,
        local_files_only=True,
        hidden_sizes=[8],
    )
    with torch.no_grad():  # so that different texts have clearly different scores
        for weight in metric.parameters():
            weight.mul_(3)
    (folder / "checkpoints").mkdir(parents=True)
    trainer = pytorch_lightning.Trainer(accelerator="cpu", logger=False)
    trainer.strategy.connect(metric)
    trainer.save_checkpoint(folder / "checkpoints" / "model.ckpt", weights_only=True)
    text = yaml.safe_dump(dict(metric.hparams))
    (folder / "hparams.yaml").write_text(text, encoding="utf-8")


def score(folder: Path, triples: Path, scores: Path) -> None:
    """Put every triple through the model by itself, without COMET's batching."""
    metric = load_from_checkpoint(str(folder / "checkpoints" / "model.ckpt")).eval()
    found = []
    for triple in json.loads(triples.read_text(encoding="utf-8")):
        inputs = metric.prepare_sample([triple], stage="predict")
        with torch.no_grad():
            found.append(metric(**inputs)["score"].item())
    scores.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    action, *paths = sys.argv[1:]
    {"make": make, "score": score}[action](*map(Path, paths))

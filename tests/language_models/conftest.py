"""Tiny models with random weights and tokenizers trained on the spot, saved as local folders."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import gguf
import numpy as np
import pytest
import transformers

from tests.models import local_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from numpy.typing import NDArray

hf: Any = transformers

CORPUS = (
    "The capital of France is Paris and the water of the river is cold.",
    "People read the house letters while children play near the old bridge.",
    "Die Hauptstadt von Frankreich ist Paris und das Wasser ist kalt.",
    "Mji mkuu wa Ufaransa ni Paris na maji ya mto ni baridi.",
    "Столица Франции - Париж, и вода в реке холодная.",
    "La casa junto al río es vieja y los niños leen cartas.",
)
DECODERS = ("llama", "gemma3", "gpt_neox", "bloom", "opt")
ENCODERS = ("xlm_roberta", "bert")
SEQ2SEQ = ("t5",)
ARCHITECTURES = (*DECODERS, *ENCODERS, *SEQ2SEQ)

HIDDEN_SIZE = 32
LAYERS = 3
VOCABULARY = 640
MAX_LENGTH = 64


def kind_of(architecture: str) -> str:
    """Say which `kind` a model specification of this architecture has."""
    if architecture in DECODERS:
        return "causal"
    return "encoder" if architecture in ENCODERS else "seq2seq"


def has_final_norm(architecture: str) -> bool:
    """Say whether the last hidden state has passed a final norm (known from the architecture)."""
    return architecture not in ENCODERS


def _byte_level_tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<unk>", "<s>", "</s>", "<pad>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def _metaspace_tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from tokenizers.processors import TemplateProcessing

    byte_tokens = [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<unk>", "<s>", "</s>", "<pad>", *byte_tokens],
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    state = json.loads(tokenizer.to_str())
    added = [token for token in state["added_tokens"] if token["content"] not in set(byte_tokens)]
    state["added_tokens"] = added
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))]
    )
    return tokenizer


def _unigram_tokenizer(template: str) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from tokenizers.processors import TemplateProcessing

    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    specials = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(
        vocab_size=VOCABULARY, special_tokens=specials, unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.post_processor = TemplateProcessing(
        single=template,
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in ("<s>", "</s>")],
    )
    return tokenizer


def _word_piece_tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from tokenizers.processors import TemplateProcessing

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]"],
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")],
    )
    return tokenizer


def make_tokenizer(architecture: str) -> Any:
    """Train a tokenizer of the sort that the architecture uses, with its special tokens.

    llama and gemma3 put `<s>` in front (byte fallback); xlm_roberta and bert wrap the sentence;
    t5 appends `</s>`; gpt_neox, bloom and opt (byte-level BPE) add nothing.
    """
    names = {"unk_token": "<unk>", "pad_token": "<pad>"}
    if architecture in ("llama", "gemma3"):
        tokenizer = _metaspace_tokenizer()
        names |= {"bos_token": "<s>", "eos_token": "</s>", "padding_side": "left"}
    elif architecture == "xlm_roberta":
        tokenizer = _unigram_tokenizer("<s> $A </s>")
        names |= {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>"}
    elif architecture == "t5":
        tokenizer = _unigram_tokenizer("$A </s>")
        names |= {"eos_token": "</s>"}
    elif architecture == "bert":
        tokenizer = _word_piece_tokenizer()
        names = {
            "unk_token": "[UNK]",
            "pad_token": "[PAD]",
            "cls_token": "[CLS]",
            "sep_token": "[SEP]",
        }
    else:
        tokenizer = _byte_level_tokenizer()
        names |= {"bos_token": "<s>", "eos_token": "</s>"}
    return hf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=MAX_LENGTH,
        clean_up_tokenization_spaces=False,
        **names,
    )


def _decoder_config(architecture: str, common: Mapping[str, Any]) -> Any:
    heads = {"num_attention_heads": 4, "num_hidden_layers": LAYERS, "hidden_size": HIDDEN_SIZE}
    length = {"max_position_embeddings": MAX_LENGTH}
    if architecture == "llama":
        return hf.LlamaConfig(
            **common, **heads, **length, intermediate_size=48, num_key_value_heads=2
        )
    if architecture == "gemma3":
        return hf.Gemma3TextConfig(
            **common,
            **heads,
            **length,
            intermediate_size=48,
            num_key_value_heads=1,
            head_dim=8,
            sliding_window=16,
            layer_types=["sliding_attention", "sliding_attention", "full_attention"],
        )
    if architecture == "gpt_neox":
        return hf.GPTNeoXConfig(**common, **heads, **length, intermediate_size=48)
    if architecture == "bloom":
        return hf.BloomConfig(**common, n_head=4, n_layer=LAYERS, hidden_size=HIDDEN_SIZE)
    return hf.OPTConfig(
        **common, **heads, **length, ffn_dim=48, word_embed_proj_dim=HIDDEN_SIZE, dropout=0.0
    )


def _encoder_config(architecture: str, common: Mapping[str, Any]) -> Any:
    if architecture == "t5":
        return hf.T5Config(
            **common,
            d_model=HIDDEN_SIZE,
            d_kv=8,
            d_ff=48,
            num_layers=LAYERS,
            num_heads=4,
            decoder_start_token_id=common["pad_token_id"],
        )
    family = hf.XLMRobertaConfig if architecture == "xlm_roberta" else hf.BertConfig
    offset = common["pad_token_id"] + 1 if architecture == "xlm_roberta" else 0
    return family(
        **common,
        num_attention_heads=4,
        num_hidden_layers=LAYERS,
        hidden_size=HIDDEN_SIZE,
        intermediate_size=48,
        max_position_embeddings=MAX_LENGTH + offset,
        type_vocab_size=1,
    )


def make_model(architecture: str, tokenizer: Any, seed: int = 0) -> Any:
    """Build a model of the architecture with seeded random weights: 3 layers of 32 units.

    Norm weights are drawn too, so that a forgotten final norm changes the numbers.
    """
    import torch

    common = {
        "vocab_size": len(tokenizer),
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }
    decoder = architecture in DECODERS
    config = (_decoder_config if decoder else _encoder_config)(architecture, common)
    auto = {
        "causal": hf.AutoModelForCausalLM,
        "encoder": hf.AutoModel,
        "seq2seq": hf.AutoModelForSeq2SeqLM,
    }[kind_of(architecture)]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = auto.from_config(config)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.1 * torch.randn_like(parameter))
    return model.eval()


def save_tiny_model(architecture: str, folder: Path, seed: int = 0) -> Path:
    """Save a tiny model with its tokenizer as a folder (config, safetensors, tokenizer)."""
    tokenizer = make_tokenizer(architecture)
    make_model(architecture, tokenizer, seed).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the folder of a tiny model by architecture: made once a session, never written to."""
    made: dict[str, Path] = {}

    def folder(architecture: str) -> Path:
        if architecture not in made:
            target = tmp_path_factory.mktemp("models") / architecture
            made[architecture] = save_tiny_model(architecture, target)
        return made[architecture]

    return folder


@pytest.fixture
def opened(
    tiny_model: Callable[[str], Path], tmp_path: Path
) -> Callable[..., AbstractContextManager[Any]]:
    """Give the function that opens a tiny model by architecture, in float32 on the CPU."""

    @contextmanager
    def open_model(architecture: str, **settings: Any) -> Iterator[Any]:
        settings = {"kind": kind_of(architecture), **settings}
        with local_model(
            tiny_model(architecture), tmp_path, architecture, **settings
        ).open() as loaded:
            yield loaded

    return open_model


def share_map(folder: Path, kind: Any, places: Sequence[Any]) -> dict[str, Any]:
    """Share out a tiny model as over two GPUs, but to other places."""
    from isogloss.language_models.architecture import empty_model
    from isogloss.language_models.placement import share_out

    model = empty_model(kind, folder, trust_remote_code=False)
    return {part: places[number] for part, number in share_out(model, (3, 2)).items()}


def halve_logits(loaded: Any) -> None:
    """Let an opened model scale its logits by a rule that its configuration does not state."""
    forward = loaded.model.forward

    def scaled(**arguments: Any) -> Any:
        output = forward(**arguments)
        output.logits = output.logits * 0.5
        return output

    loaded.model.forward = scaled


GGUF_LAYERS = 1
# GGUF name, name in transformers, shape; norms are stored as w + 1.
GGUF_TENSORS = (
    ("blk.0.attn_q", "self_attn.q_proj", (32, 32)),
    ("blk.0.attn_k", "self_attn.k_proj", (32, 32)),
    ("blk.0.attn_v", "self_attn.v_proj", (32, 32)),
    ("blk.0.attn_output", "self_attn.o_proj", (32, 32)),
    ("blk.0.ffn_gate", "mlp.gate_proj", (64, 32)),
    ("blk.0.ffn_up", "mlp.up_proj", (64, 32)),
    ("blk.0.ffn_down", "mlp.down_proj", (32, 64)),
)
GGUF_NORMS = (
    ("blk.0.attn_norm", "input_layernorm", 32),
    ("blk.0.post_attention_norm", "post_attention_layernorm", 32),
    ("blk.0.ffn_norm", "pre_feedforward_layernorm", 32),
    ("blk.0.post_ffw_norm", "post_feedforward_layernorm", 32),
    ("blk.0.attn_q_norm", "self_attn.q_norm", 8),
    ("blk.0.attn_k_norm", "self_attn.k_norm", 8),
)


def write_tiny_gguf(path: Path, *, spoil_merges: bool = False) -> dict[str, NDArray[np.float32]]:
    """Write a Gemma 3 of one block with 8-bit weights as GGUF; give its tensors as they must load.

    Args:
        path: of the file.
        spoil_merges: leave out the merges that complete 'capital', so that it falls into pieces.
    """
    generator = np.random.default_rng(0)
    writer: Any = gguf.GGUFWriter(str(path), "gemma3")
    _write_gguf_metadata(writer)
    vocabulary = _write_gguf_vocabulary(writer, spoil_merges=spoil_merges)
    expected = {}
    tensors = [("token_embd", "model.embed_tokens", (vocabulary, 32))]
    tensors += [(name, f"model.layers.0.{target}", shape) for name, target, shape in GGUF_TENSORS]
    for name, target, shape in tensors:
        weights = generator.normal(size=shape).astype(np.float32)
        packed = gguf.quantize(weights, gguf.GGMLQuantizationType.Q8_0)
        writer.add_tensor(f"{name}.weight", packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        unpacked = gguf.dequantize(packed, gguf.GGMLQuantizationType.Q8_0)
        expected[f"{target}.weight"] = np.asarray(unpacked, dtype=np.float32)
    norms = [("output_norm", "model.norm", 32)]
    norms += [(name, f"model.layers.0.{target}", size) for name, target, size in GGUF_NORMS]
    for name, target, size in norms:
        norm = generator.normal(1.0, 0.1, size=size).astype(np.float32)
        writer.add_tensor(f"{name}.weight", norm)
        expected[f"{target}.weight"] = norm - np.float32(1)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return expected


def _write_gguf_metadata(writer: Any) -> None:
    writer.add_context_length(MAX_LENGTH)
    writer.add_block_count(GGUF_LAYERS)
    writer.add_embedding_length(32)
    writer.add_feed_forward_length(64)
    writer.add_head_count(4)
    writer.add_head_count_kv(4)
    writer.add_key_length(8)
    writer.add_value_length(8)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10000.0)
    writer.add_sliding_window(16)


def _write_gguf_vocabulary(writer: Any, *, spoil_merges: bool) -> int:
    state = json.loads(_metaspace_tokenizer().to_str())["model"]
    tokens = sorted(state["vocab"], key=state["vocab"].__getitem__)
    merges = [
        " ".join(pair)
        for pair in state["merges"]
        if not (spoil_merges and "".join(pair) == "▁capital")
    ]
    control, byte, normal = 3, 6, 1
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([-float(index) for index in range(len(tokens))])
    writer.add_token_types(
        [control] * 4 + [byte if token.startswith("<0x") else normal for token in tokens[4:]]
    )
    writer.add_token_merges(merges)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(3)
    return len(tokens)


@pytest.fixture(scope="session")
def tiny_gguf() -> Callable[..., dict[str, NDArray[np.float32]]]:
    """Give the function that writes a tiny GGUF file and returns its tensors."""
    return write_tiny_gguf

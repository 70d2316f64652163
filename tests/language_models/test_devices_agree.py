"""What is asked of a model gives the same on every device and, within rounding, in every dtype.

The reference is float32 on the CPU, which other tests compare with plain transformers. Without a
CUDA device what needs one is skipped; bfloat16 on the CPU goes through the same code. So do models
that are spread over the CPU and their files, or over GPUs that are only pretended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from isogloss.corpora import Sentence
from isogloss.errors import Refusal
from isogloss.language_models.architecture import examine_hidden_states
from isogloss.language_models.classification import open_classifier, predict_logits
from isogloss.language_models.continuation_encoding import EncodedPair
from isogloss.language_models.finetuning import finetune
from isogloss.language_models.generation import generate_texts
from isogloss.language_models.hidden_states import pool_sentences
from isogloss.language_models.information import measure_information
from isogloss.language_models.option_scoring import score_continuations
from isogloss.language_models.patching.attribution import attribute
from isogloss.language_models.patching.interventions import Edges, inject, knock_out
from isogloss.language_models.patching.patches import run_patches
from isogloss.language_models.patching.reading import read_states
from isogloss.language_models.patching.sites import list_sites
from tests.language_models.conftest import CORPUS, kind_of, share_map
from tests.language_models.patching.models import make_pair
from tests.language_models.pretended_gpus import spread_over_gpus
from tests.language_models.test_finetuning import RECIPE, toy_texts
from tests.models import local_model

Opened = Callable[..., AbstractContextManager[Any]]
Floats = NDArray[np.floating]

CUDA = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
]
# Root mean square of the differences, as a share of the standard deviation of what is measured:
# a few roundings of 2^-24, 2^-8 and 2^-11 each, through three layers.
TOLERANCE = {"float32": 1e-4, "bfloat16": 6e-2, "float16": 1e-2}
PLACES = [
    pytest.param("cpu", "bfloat16", id="cpu-bfloat16"),
    *(pytest.param("cuda", dtype, marks=CUDA, id=f"cuda-{dtype}") for dtype in TOLERANCE),
]
TWO_GPUS = [
    pytest.mark.gpu,
    pytest.mark.skipif(torch.cuda.device_count() < 2, reason="there are no two CUDA devices"),
]
PRETENDED = ("pretended", "pretended")
# Where the first and the second half of a model lie.
PARTS = [
    pytest.param(PRETENDED, id="pretended"),
    pytest.param(("cpu", "disk"), id="cpu-disk"),
    pytest.param((0, "cpu"), marks=CUDA, id="cuda-cpu"),
    pytest.param((0, 1), marks=TWO_GPUS, id="cuda-cuda"),
]
ARCHITECTURES = ("llama", "gemma3", "gpt_neox", "xlm_roberta", "t5")
DECODERS = tuple(name for name in ARCHITECTURES if kind_of(name) == "causal")
SENTENCES = [Sentence("eng", f"s{place}", text) for place, text in enumerate(CORPUS)]
PATCHED = [make_pair(20, (7,)), make_pair(26, (11, 12), 1)]
POSITIONS = [(7, 15, 19), ((11, 12), 20)]


def embed(loaded: Any) -> Floats:
    states = pool_sentences(loaded, SENTENCES)["eng"].states
    # Units of late layers are larger by far: each layer is measured by its own spread.
    layers = [states[pooling].transpose(1, 0, 2) for pooling in sorted(states)]
    return np.concatenate(
        [layer.reshape(len(layer), -1) / layer.std() for own in layers for layer in own], axis=None
    )


def inform(loaded: Any) -> Floats:
    return measure_information(loaded, SENTENCES)["bits"].to_numpy()


def score(loaded: Any) -> Floats:
    generator = np.random.default_rng(0)
    context = tuple(generator.integers(4, 280, 30).tolist())
    options = [tuple(generator.integers(4, 280, size).tolist()) for size in (1, 1, 3, 6)]
    pairs = [EncodedPair(context[:end], option) for end in (12, 30) for option in options]
    return np.asarray(score_continuations(loaded, pairs).log_likelihoods)


def patch(loaded: Any) -> Floats:
    sites = list_sites(loaded.layers, loaded.model.config.num_attention_heads)
    run = run_patches(loaded, PATCHED, sites, POSITIONS)
    return np.concatenate([own.ravel() for own in (*run.noising, *run.denoising)])


def estimate(loaded: Any) -> Floats:
    sites = [site for site in list_sites(loaded.layers, 4) if site.component == "residual"]
    found = attribute(loaded, PATCHED, [[1.0, -1.0, 0.5]] * 2, sites, POSITIONS)
    return np.concatenate([own.ravel() for own in (*found.noising, *found.denoising)])


def change(loaded: Any) -> Floats:
    sequences, answers = zip(*((pair.base, pair.answers) for pair in PATCHED), strict=True)
    layers = range(loaded.layers + 1)
    vectors = np.random.default_rng(0).normal(size=(2, 1, loaded.hidden_size)).astype(np.float32)
    edges = [[Edges((12, 19), (3, 7))]] * 2
    runs = [knock_out(loaded, sequences, answers, edges, layers[1:])]
    runs += [
        inject(loaded, sequences, answers, layer, [[9]] * 2, list(vectors)) for layer in layers
    ]
    states = read_states(loaded, sequences, layers, [[4, 8]] * 2)
    return np.concatenate([*(run.after.ravel() for run in runs), *map(np.ravel, states)])


def patch_heads(loaded: Any) -> Floats:
    sites = list_sites(loaded.layers, 4, ("head", "query"))
    run = run_patches(loaded, PATCHED, sites, POSITIONS)
    return np.concatenate([own.ravel() for own in (*run.noising, *run.denoising)])


def write(loaded: Any) -> Floats:
    prompts = [sentence.text[:12] for sentence in SENTENCES]
    budgets = [4 + 3 * place for place in range(len(prompts))]
    written = generate_texts(loaded, prompts, budgets, stop_at_newline=False)
    return np.frombuffer("\n".join(text.text for text in written).encode(), np.uint8).astype(float)


ASKED: dict[str, tuple[Callable[[Any], Floats], tuple[str, ...]]] = {
    "embeddings": (embed, ARCHITECTURES),
    "information": (inform, DECODERS),
    "options": (score, DECODERS),
    "patches": (patch, DECODERS),
    "attribution": (estimate, DECODERS),
}
OF_SPREAD = {
    **{asked: one for asked, one in ASKED.items() if asked != "attribution"},
    "changes": (change, DECODERS),
    "heads": (patch_heads, DECODERS),
    "texts": (write, ("llama", "t5")),
}


@pytest.fixture
def spread(
    opened: Opened, tiny_model: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> Opened:
    """Give the function that opens a tiny model, shared out to two places."""

    @contextmanager
    def open_spread(architecture: str, places: Sequence[Any], dtype: str) -> Iterator[Any]:
        pretended = places == PRETENDED
        placed = share_map(
            tiny_model(architecture), kind_of(architecture), (0, 1) if pretended else places
        )
        settings = {} if pretended else {"device": "auto", "device_map": placed}
        with opened(architecture, dtype=dtype, exclusive=False, **settings) as loaded:
            if not pretended:
                yield loaded
                return
            with spread_over_gpus(loaded, placed, monkeypatch):
                yield loaded

    return open_spread


@pytest.mark.parametrize(("device", "dtype"), PLACES)
@pytest.mark.parametrize(
    ("asked", "architecture"),
    [(asked, name) for asked, (_, names) in ASKED.items() for name in names],
)
def test_answers_agree_with_those_in_float32_on_the_cpu(
    opened: Opened, asked: str, architecture: str, device: str, dtype: str
) -> None:
    ask = ASKED[asked][0]
    with opened(architecture) as loaded:
        expected = ask(loaded)
    with opened(architecture, device=device, dtype=dtype, exclusive=False) as loaded:
        assert loaded.device.type == device
        found = ask(loaded)
    error = np.sqrt(np.mean((found - expected) ** 2)) / expected.std()
    assert error < TOLERANCE[dtype]
    if dtype != "float32":
        assert error > 0, "it was not computed in that dtype"


@pytest.mark.parametrize("places", PARTS)
@pytest.mark.parametrize(
    ("asked", "architecture"),
    [(asked, name) for asked, (_, names) in OF_SPREAD.items() for name in names],
)
def test_answers_do_not_depend_on_where_the_parts_of_a_model_lie(
    opened: Opened, spread: Opened, asked: str, architecture: str, places: Sequence[Any]
) -> None:
    ask = OF_SPREAD[asked][0]
    device = "cuda" if 0 in places else "cpu"
    with opened(architecture, device=device) as loaded:
        expected = ask(loaded)
    with spread(architecture, places, "float32") as loaded:
        found = ask(loaded)
    assert np.sqrt(np.mean((found - expected) ** 2)) / expected.std() < 1e-5


@pytest.mark.parametrize("places", [PARTS[0], PARTS[-1]])
@pytest.mark.parametrize("architecture", DECODERS)
def test_gradients_pass_from_one_gpu_to_another(
    opened: Opened, spread: Opened, architecture: str, places: Sequence[Any]
) -> None:
    with opened(architecture) as loaded:
        expected = estimate(loaded)
    with spread(architecture, places, "float32") as loaded:
        found = estimate(loaded)
    assert np.sqrt(np.mean((found - expected) ** 2)) / expected.std() < 1e-5


def test_gradients_need_all_weights_in_memory(spread: Opened) -> None:
    with (
        spread("llama", ("cpu", "disk"), "float32") as loaded,
        pytest.raises(Refusal, match=r"'llama'.*device_map.*Use `device: all`"),
    ):
        estimate(loaded)


@pytest.mark.parametrize("places", PARTS)
@pytest.mark.parametrize("asked", ["embeddings", "options", "heads"])
def test_in_half_precision_they_do_not_but_for_rounding(
    opened: Opened, spread: Opened, asked: str, places: Sequence[Any]
) -> None:
    ask = OF_SPREAD[asked][0]
    with opened("gemma3") as loaded:
        expected = ask(loaded)
    with spread("gemma3", places, "bfloat16") as loaded:
        found = ask(loaded)
    error = np.sqrt(np.mean((found - expected) ** 2)) / expected.std()
    assert 0 < error < TOLERANCE["bfloat16"]


def test_the_shape_of_a_model_is_seen_where_its_parts_lie_apart(spread: Opened) -> None:
    for architecture in ("llama", "xlm_roberta"):
        with spread(architecture, PRETENDED, "float32") as loaded:
            ids = torch.tensor([[5, 6, 7]], device=loaded.device)
            shape = examine_hidden_states(loaded.backbone, ids)
            assert shape.final_norm == loaded.final_norm


def test_arrays_on_two_pretended_gpus_do_not_mix(spread: Opened) -> None:
    with spread("llama", PRETENDED, "float32") as loaded:
        norm, embedding = loaded.model.model.norm.weight, loaded.model.get_input_embeddings().weight
        assert (embedding.device, norm.device) == (torch.device("cuda", 0), torch.device("cuda", 1))
        with pytest.raises(RuntimeError, match="lie on .'cuda:0', 'cuda:1'"):
            embedding[0] + norm


@pytest.mark.parametrize("device", [pytest.param("cuda", marks=CUDA)])
def test_the_same_texts_are_written_on_each_device(opened: Opened, device: str) -> None:
    prompts = [sentence.text[:12] for sentence in SENTENCES]
    written = []
    for place in ("cpu", device):
        with opened("llama", device=place, exclusive=False) as loaded:
            written.append(generate_texts(loaded, prompts, [12] * len(prompts)))
    assert written[0] == written[1]


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=CUDA)])
def test_classifiers_learn_the_same_on_each_device(
    tiny_model: Callable[[str], Path], tmp_path: Path, device: str
) -> None:
    recipe = RECIPE.model_copy(update={"dropout": False})

    @cache
    def learn(place: str) -> Floats:
        lm = local_model(
            tiny_model("bert"), tmp_path, kind="encoder", probe_words=(), device=place,
            exclusive=False,
        )  # fmt: skip
        with open_classifier(lm, ("wet", "dry")) as classifier:
            train, dev = toy_texts(classifier, 40, 1), toy_texts(classifier, 20, 2)
            finetune(classifier, train, dev, recipe, seed=0)
            return predict_logits(classifier, dev.texts)

    expected, found = learn("cpu"), learn(device)
    assert expected.std() > 0.1
    assert np.abs(found - expected).max() < 1e-2 * expected.std()

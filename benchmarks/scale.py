"""The page of what larger studies take, computed from what was measured, never typed."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.numbers import table, write_bytes, write_rough, write_share, write_time
from benchmarks.page import fill, warn_of_quick
from benchmarks.results import Result, Results
from benchmarks.scale_chat import MODELS, PROMPTS, render_chat
from benchmarks.scale_study import (
    DTYPE_BYTES,
    H100_BYTES,
    H100_TERAFLOPS,
    LANGUAGES,
    QUANTISED,
    SAMPLE,
    SENTENCES,
    STORED_BYTES,
    Study,
    make_study,
    share_name,
)
from isogloss.language_models.pooling import POOLINGS
from isogloss.pipelines.representation.parameters import RepresentationParameters
from isogloss.pipelines.representation.plan import EFFICIENCY

NEEDED = ("texts", "representation", "alignment", "chat")
LINKS = (1e9, 10e9, 100e9)
"""Bits a second."""
Row = tuple[str, str, str]
STAGES = ("embed_sentences", "measure_sentence_information")
HOLDING_HEADER = (
    *("setting", "weights on a GPU", "tokens a batch", "passes of each stage", "padding"),
    *(f"`{stage}`: hours" for stage in STAGES),
    *("GPUs held", "GPU hours of both"),
)
INTRODUCTION = (
    "This page is written by `make bench` from what was measured ([benchmarks](benchmarks.md)) and "
    "from the project's own plan, the one that `kedro run --pipelines plan` makes. Nothing of it "
    "has been run at this size."
)


def render_scale(results: Results) -> str:
    """Write the page of scale."""
    found = results.benchmarks
    head = ["# Scale", *warn_of_quick(found), fill(INTRODUCTION)]
    missing = [name for name in NEEDED if name not in found]
    if missing:
        text = f"It needs the benchmarks {', '.join(missing)}, which have not run."
        return "\n\n".join([*head, text]) + "\n"
    study = make_study(found["texts"], found["representation"])
    pairs = LANGUAGES * (LANGUAGES - 1) // 2
    parts = [
        *head,
        f"## {LANGUAGES} languages x 70B parameters x {SENTENCES:,} sentences",
        fill(describe_model(study, found["texts"])),
        "### Passes and GPU hours",
        table(("what", "how much", "from"), hours(study, found)),
        fill(describe_holdings(study)),
        table(HOLDING_HEADER, holdings(study)),
        "### Disk, memory and network",
        table(("what", "how much", "from"), storage(study, found["alignment"], pairs)),
        fill(f"Over the network pass {describe_traffic(study, found['alignment'], pairs)}"),
        table(("link", "all of that, at the full rate"), network(study, found["alignment"], pairs)),
        "### Alignment",
        table(
            ("setting", "outcomes, one sample", "in memory, one pooling", "time, all poolings"),
            alignment(study, found["alignment"], pairs),
        ),
        fill(ALIGNMENT_TEXT),
        "### What lowers it",
        table(("setting", "what it does"), savings(study)),
        f"## {PROMPTS:,} prompts x {MODELS} models",
        render_chat(found["chat"]),
    ]
    return "\n\n".join(parts) + "\n"


def describe_model(study: Study, texts: Result) -> str:
    """Say which model and which sentences are planned with."""
    outline = study.outline
    return (
        f"The model has the shape of Llama 3.1 70B: {outline.total_weights / 1e9:.1f}e9 weights, "
        f"{outline.layers} layers of {outline.hidden_size:,} units. The sentences have the lengths "
        f"that were measured: {texts.fact('tokens_per_sentence'):.1f} tokens a sentence with the "
        "tokenizer of Gemma 3, the measured languages taken again until there are "
        f"{LANGUAGES}. A tokenizer with a smaller vocabulary reads more tokens in most languages."
    )


def hours(study: Study, found: dict[str, Result]) -> list[Row]:
    """List tokens, operations and their rate."""
    representation = found["representation"]
    name = share_name(representation)
    share = representation.fact(name)
    where = "a GPU" if name.endswith("gpu") else "the CPU of that page, since no GPU was at hand"
    return [
        ("tokens", f"{study.planned('tokens') / 1e6:.1f} million", "the measured lengths"),
        *(
            (
                f"`{stage}`: operations", f"{study.planned('teraflops', stage) / 1000:,.0f} PFLOP",
                "the plan: 2 a weight and token, 4 a unit of attention, token and visible token",
            )
            for stage in STAGES
        ),
        (
            "rate", f"{write_rough(study.teraflops)} TFLOP/s",
            f"{H100_TERAFLOPS:,.0f} (H100 SXM, bfloat16, dense, NVIDIA's datasheet) x "
            f"{write_rough(share)}, the share measured for Gemma 3 270M on {where}; "
            f"`kedro run --pipelines plan` assumes {EFFICIENCY}",
        ),
    ]  # fmt: skip


def describe_holdings(study: Study) -> str:
    """Say how the weights lie on GPUs."""
    whole = study.whole
    return (
        f"In bfloat16 the weights take {write_bytes(study.weights_on_each(whole) * whole.devices)},"
        f" more than the {write_bytes(H100_BYTES)} of an H100: they are spread over "
        f"{whole.devices} of them (`device: all`), of which one computes while the others wait and "
        "are held. With `quantisation: 4bit` they fit on one: the matrices of the blocks take 4 "
        "bits a weight and a scale for each 64, embeddings and output layer stay in bfloat16. "
        "Batches fill half of what the weights leave. Hours are operations / rate / (1 - padding), "
        "the padding counted in these batches, as the measured share was reached without; they are "
        "for products at the rate of bfloat16, and how much slower quantised ones are was not "
        "measured. Rate and hours have two digits, as they rest on a share taken from elsewhere."
    )


def holdings(study: Study) -> list[Sequence[str]]:
    """List passes and hours, by how the weights lie."""
    rows: list[Sequence[str]] = []
    for one in (QUANTISED, study.whole):
        spent = [study.hours(stage, one) for stage in STAGES]
        rows.append(
            (
                one.setting,
                write_bytes(study.weights_on_each(one)),
                f"{study.budget(one):,}",
                f"{study.planned('passes', holding=one):,.0f}",
                write_share(study.padding(one)),
                *map(write_rough, spent),
                str(one.devices),
                write_rough(one.devices * sum(spent)),
            )
        )
    return rows


def storage(study: Study, alignment_result: Result, pairs: int) -> list[Row]:
    """List what comes onto the disk and into memory."""
    group = RepresentationParameters().group_size
    layer = LANGUAGES * SENTENCES * study.outline.hidden_size * STORED_BYTES
    each = alignment_result.fact("outcome_bytes")
    outcomes = len(POOLINGS) * study.alignment_bytes(each, pairs, SENTENCES)
    return [
        (
            "`{model}.embeddings`", write_bytes(1e9 * study.planned("gigabytes")),
            f"{study.states} states x {study.outline.hidden_size:,} x {STORED_BYTES} bytes x "
            f"{LANGUAGES * SENTENCES:,} sentences x {len(POOLINGS)} poolings",
        ),
        (
            "`{model}.alignment_outcomes`, one sample of all sentences", write_bytes(outcomes),
            f"{each:.0f} bytes (counted) x {pairs:,} pairs x {SENTENCES:,} sentences x "
            f"{study.states} states x {len(POOLINGS)} poolings",
        ),
        (
            "memory of a worker that embeds, beside the weights",
            write_bytes(1e9 * study.planned("memory_gigabytes")),
            f"the results of `group_size: {group}` languages; with `group_size: 1` "
            f"{write_bytes(1e9 * study.planned('memory_gigabytes', group_size=1))}",
        ),
        (
            "memory of a worker that aligns, beside the outcomes",
            f"{write_bytes(study.alignment_memory())} and {write_bytes(study.thread_memory())} a "
            "thread",
            "vectors of one layer and pooling in three copies (as read, of length 1, centred), "
            f"{write_bytes(layer)} each, Gram matrices, tables of all pairs; a thread has two "
            "float32 and two bool arrays of a language by all",
        ),
    ]  # fmt: skip


def traffic(study: Study, alignment_result: Result, pairs: int) -> dict[str, float]:
    """Give the bytes that pass between workers and store, each thing once."""
    embeddings = 1e9 * study.planned("gigabytes")
    each = alignment_result.fact("outcome_bytes")
    outcomes = len(POOLINGS) * study.alignment_bytes(each, pairs, SENTENCES)
    return {
        "weights, read by a worker": DTYPE_BYTES * float(study.outline.total_weights),
        "embeddings, written and read once": 2 * embeddings,
        "outcomes, written and read once": 2 * outcomes,
    }


def describe_traffic(study: Study, alignment_result: Result, pairs: int) -> str:
    """Say what passes over the network."""
    parts = [
        f"{name}: {write_bytes(size)}"
        for name, size in traffic(study, alignment_result, pairs).items()
    ]
    return f"{'; '.join(parts)}. Scores and tables are small beside that."


def network(study: Study, alignment_result: Result, pairs: int) -> list[tuple[str, str]]:
    """Say how long all of it takes over links."""
    size = sum(traffic(study, alignment_result, pairs).values())
    return [(f"{link / 1e9:.0f} Gbit/s", write_time(8 * size / link)) for link in LINKS]


ALIGNMENT_TEXT = (
    "Time is that of the cores of [the benchmarks](benchmarks.md#the-machine): operations of the "
    "product at their measured peak, and what a cell costs beside it as measured at 640 "
    "dimensions, with two digits for that. It falls with cores, which share the blocks. A pooling "
    "is a share of its own on a cluster. Outcomes of all layers of a pooling are held in memory "
    "until they are written."
)


def alignment(study: Study, result: Result, pairs: int) -> list[tuple[str, str, str, str]]:
    """List what alignment takes in different settings."""
    each = result.fact("outcome_bytes")
    with_pivot = LANGUAGES - 1
    settings = [
        (f"all pairs, {SENTENCES:,} sentences", pairs, SENTENCES, (LANGUAGES * SENTENCES) ** 2),
        (f"all pairs, a sample of {SAMPLE}", pairs, SAMPLE, (LANGUAGES * SAMPLE) ** 2),
        (f"`mode: pivot`, {SENTENCES:,} sentences", with_pivot, SENTENCES,
         with_pivot * (2 * SENTENCES) ** 2),
    ]  # fmt: skip
    rows = []
    for name, number, sentences, cells in settings:
        size = study.alignment_bytes(each, number, sentences)
        seconds = len(POOLINGS) * study.alignment_seconds(result, float(cells))
        rows.append(
            (
                name,
                write_bytes(len(POOLINGS) * size),
                write_bytes(size),
                write_time(seconds, write_rough),
            )
        )
    return rows


def savings(study: Study) -> list[tuple[str, str]]:
    """List settings that lower the need, with what they leave."""
    one = 1e9 * study.planned("gigabytes", poolings=1)
    return [
        (
            "`representation.poolings=mean`",
            f"{write_bytes(one)} of embeddings, and 1/{len(POOLINGS)} of the outcomes and of the "
            "time of alignment; passes stay",
        ),
        (
            "`representation.group_size=1`",
            f"1/{RepresentationParameters().group_size} of the memory of a worker that embeds, and "
            "more padding",
        ),
        (
            f"`sentence_sample.size={SAMPLE}`",
            f"{SAMPLE / SENTENCES:.0%} of passes, hours and embeddings, as the thesis had it; for "
            "alignment see the table above",
        ),
        ("`alignment.mode=pivot`", "each language with one alone; no rank among all languages"),
        (
            "workers",
            "languages of one model are embedded by several [workers](how-to/cluster.md), "
            "poolings aligned by up to three: hours fall, GPU hours do not",
        ),
        (
            "not offered",
            "a choice of layers to store, embeddings in half precision, devices of one model that "
            "compute at the same time",
        ),
    ]

"""What the chat layer adds to a request: this project against the bare client, on loopback."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.chat_server import serve
from benchmarks.machine import package_version
from benchmarks.measurement import measure_curve, measure_seconds, quotients, ratio, spread
from benchmarks.results import Curve, Measure, Result
from benchmarks.setting import Setting
from isogloss.chat import (
    ChatModel,
    ChatRequest,
    ChatSampling,
    ChatSpecification,
    ResponseStore,
    answer,
)
from isogloss.chat.json_lines import encode_line, seal_line
from isogloss.pipelines.cultural.response_parameters import ResponseParameters

REQUESTS, CONCURRENCY, ROUNDS = 1000, 32, 5
BY_ANSWERS = (1000, 2000, 4000, 8000, 16000)

CURVE = Curve(
    what="reading stored answers",
    variable="answers in the store",
    expected=(1, 1),
    first=2000,
    why="every line is read once",
)


@contextmanager
def running_server() -> Iterator[str]:
    """Run the server in a process of its own and give its address."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}/v1"
    finally:
        process.terminate()
        process.join()


def make_requests(count: int) -> list[ChatRequest]:
    """Make requests of one message each, whose answers are as long as those of the pipeline."""
    sampling = ChatSampling(temperature=0.7, max_tokens=ResponseParameters().max_tokens)
    return [
        ChatRequest(({"role": "user", "content": f"Question {number}?"},), sampling)
        for number in range(count)
    ]


def ask_here(chat: ChatModel, requests: list[ChatRequest], folder: Path) -> None:
    """Have requests answered by this project: every answer on the disk before it is used."""
    answer(chat, requests, ResponseStore(folder))


def ask_barely(chat: ChatModel, requests: list[ChatRequest]) -> None:
    """Have them answered by the bare client: as many at a time, nothing kept."""
    from openai import AsyncOpenAI

    async def ask_all() -> None:
        waiting = iter(requests)

        async def work(client: AsyncOpenAI) -> None:
            for request in waiting:
                await client.chat.completions.create(**chat.body(request))

        url = chat.specification.url
        async with AsyncOpenAI(api_key="none", base_url=url, max_retries=0) as client:
            await asyncio.gather(*(work(client) for _ in range(chat.specification.concurrency)))

    asyncio.run(ask_all())


def fill_store(folder: Path, line: str, count: int) -> ResponseStore:
    """Make a store of so many answers, alike but for their keys."""
    folder.mkdir()
    content = json.loads(line)
    del content["crc32"]
    width = len(content["custom_id"])
    own = ({**content, "custom_id": f"{number:0{width}d}"} for number in range(count))
    lines = (seal_line(encode_line(one)) for one in own)
    (folder / "responses.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ResponseStore(folder)


def measure_reading(line: str, quick: bool, rounds: int) -> Curve:
    """Measure how long stored answers take to be read."""
    with tempfile.TemporaryDirectory() as folder:
        works: dict[float, Callable[[], object]] = {
            count: fill_store(Path(folder) / str(count), line, count).read
            for count in ((20, 40) if quick else BY_ANSWERS)
        }
        return measure_curve(CURVE, works, rounds, whole=quick)


def run_rounds(count: int, rounds: int) -> tuple[list[float], list[float], str]:
    """Ask in turn; give the seconds of both and a line of the store."""
    ours, theirs, line = [], [], ""
    requests = make_requests(count)
    with running_server() as url, tempfile.TemporaryDirectory() as folder:
        specification = ChatSpecification(model="stub", base_url=url, concurrency=CONCURRENCY)
        chat = ChatModel("benchmark", specification)
        for turn in range(rounds + 1):
            place = Path(folder) / str(turn)
            here = measure_seconds(partial(ask_here, chat, requests, place))
            there = measure_seconds(partial(ask_barely, chat, requests))
            if turn:
                ours.append(here)
                theirs.append(there)
        line = (place / "responses.jsonl").read_text(encoding="utf-8").splitlines()[0]
    return ours, theirs, line


def measure(setting: Setting) -> Result:
    """Measure what the chat layer adds to each request."""
    count, rounds = (40 if setting.quick else REQUESTS), setting.rounds(ROUNDS)
    ours, theirs, line = run_rounds(count, rounds)
    peer = f"{package_version('openai')}, bare"
    added = [1000 * (one - other) / count for one, other in zip(ours, theirs, strict=True)]
    text = json.loads(line)["response"]["body"]["choices"][0]["message"]["content"]
    curve = measure_reading(line, setting.quick, rounds)
    read = [seconds / curve.points[-1].x for seconds in curve.points[-1].rounds]
    return Result(
        title="Chat",
        method=f"{count:,} requests, {CONCURRENCY} at a time, to a stub server on loopback that "
        f"answers at once with {len(text.encode()):,} bytes, in a process of its own; the bare "
        f"client of the same library asks the same and keeps nothing. {rounds} rounds "
        "in turn, after one unmeasured. This project checks, estimates, counts and writes each "
        "answer before it is used. A real server takes "
        "thousands of times as long to answer.",
        measures=[
            ratio("asking and keeping against asking alone", peer, theirs, ours),
            Measure(what="added to a request", unit="ms", value=spread(added), rounds=rounds,
                    against=peer),
            Measure(what="requests a second, all included", unit="a second", rounds=rounds,
                    value=spread(quotients([float(count)] * rounds, ours))),
        ],
        curves=[curve],
        facts={
            "seconds_per_request": median(ours) / count,
            "added_seconds_per_request": median(added) / 1000,
            "bytes_per_answer_beside_its_text": float(len(line.encode()) + 1 - len(text.encode())),
            "seconds_per_answer_read": median(read),
        },
    )  # fmt: skip

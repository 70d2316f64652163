"""Models that are damaged, or made to do harm: read or refused in words, and none of it run."""

from __future__ import annotations

import copy
import json
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from isogloss.errors import Refusal, find_refusal
from isogloss.language_models.chat_template import frame_as_chat
from isogloss.language_models.conversion import GgufSource, converted_folder
from isogloss.language_models.libraries import quiet_libraries
from tests.faults.damage import Damage, apply, damages
from tests.language_models.conftest import save_tiny_model, write_tiny_gguf
from tests.models import local_model

pytestmark = [pytest.mark.faults]

CASES = 300
"""Of each file of a model."""
SECONDS = 30.0
"""That reading one may take."""
FILES = ("model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json")
HEAD = 6000
"""Bytes of a GGUF file that describe it; weights follow."""
VALUES: list[Any] = [
    *(None, True, -1, 0, 3, 2**31, 10**18, 1e308, -0.5, "", "x", "../../etc/passwd"),
    *([], [[]], {}, {"a": 1}, "os.system", "\ud800", "\x00", [0] * 50),
]
"""That stand where something else is expected."""


class TakesTooLongError(BaseException):
    """Reading a file does not end."""


@contextmanager
def time_limit() -> Iterator[None]:
    def stop(number: int, frame: object) -> None:
        raise TakesTooLongError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def read_or_refuse(read: Callable[[], object], outcomes: dict[str, int]) -> None:
    try:
        with time_limit():
            read()
    except Exception as error:
        refusal = find_refusal(error)
        if refusal is None or not str(refusal).strip():
            raise
        outcomes["refused"] += 1
    else:
        outcomes["read"] += 1


def fuzz(strategy: st.SearchStrategy[Any], check: Callable[[Any], None]) -> None:
    limited = settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    limited(given(strategy)(check))()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model("llama", tmp_path_factory.mktemp("whole") / "tiny")


@pytest.fixture
def model(whole: Path, tmp_path: Path) -> Path:
    """A whole model that can be read; what is beside it may not change."""
    folder = tmp_path / "tiny"
    shutil.copytree(whole, folder)
    (tmp_path / "models").mkdir()
    ask(folder)
    return folder


def ask(folder: Path, **entry: Any) -> str:
    """Open the model of a folder, and have it frame and write something."""
    with local_model(folder, folder.parent / "models", "tiny", **entry).open() as loaded:
        loaded.model.generate(
            **loaded.tokenizer("The river", return_tensors="pt"), max_new_tokens=1
        )
        return frame_as_chat(loaded, "Hello") if loaded.tokenizer.chat_template else ""


def write(folder: Path) -> None:
    """Have the model of a folder write something."""
    with local_model(folder, folder.parent / "models", "tiny").open() as loaded:
        loaded.model.generate(
            **loaded.tokenizer("The river", return_tensors="pt"), max_new_tokens=1
        )


def paths(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_model_is_read_or_refused_in_words(
    name: str, model: Path, record_property: Callable[[str, object], None]
) -> None:
    content, before = (model / name).read_bytes(), paths(model.parent)
    outcomes = {"read": 0, "refused": 0}

    def check(each: list[Damage]) -> None:
        (model / name).write_bytes(apply(content, each))
        read_or_refuse(lambda: ask(model), outcomes)

    fuzz(damages(), check)
    assert paths(model.parent) == before, "nothing is written"
    assert outcomes["refused"] > 0
    record_property("cases", sum(outcomes.values()))


def places_in(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the places of all values in a JSON text; of long lists and objects the first few."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    return [
        place
        for key, own in list(inner)[:60]
        for place in [(*at, key), *(places_in(own, (*at, key)) if own and is_nested(own) else ())]
    ]


def is_nested(value: object) -> bool:
    return isinstance(value, dict | list)


@pytest.mark.parametrize("name", FILES[1:])
def test_a_model_that_says_something_else_is_read_or_refused_in_words(
    name: str, model: Path, record_property: Callable[[str, object], None]
) -> None:
    content, before = json.loads((model / name).read_text()), paths(model.parent)
    outcomes = {"read": 0, "refused": 0}

    def check(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
        changed = copy.deepcopy(content)
        for (*path, last), value in changes[:1]:
            target = changed
            for key in path:
                target = target[key]
            target[last] = value
        (model / name).write_text(json.dumps(changed))
        read_or_refuse(lambda: ask(model), outcomes)

    change = st.tuples(st.sampled_from(places_in(content)), st.sampled_from(VALUES))
    fuzz(st.lists(change, min_size=1, max_size=1), check)
    assert paths(model.parent) == before, "nothing is written"
    assert outcomes["refused"] > 0
    assert outcomes["read"] > 0
    record_property("cases", sum(outcomes.values()))


def gguf_source(file: Path) -> GgufSource:
    return GgufSource({"file": file.name}, lambda workspace: file)


def test_a_damaged_gguf_file_is_converted_or_refused_in_words(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    file = tmp_path / "tiny.gguf"
    write_tiny_gguf(file)
    content = file.read_bytes()
    outcomes = {"read": 0, "refused": 0}

    def check(drawn: tuple[bool, list[Damage]]) -> None:
        in_head, each = drawn
        end = HEAD if in_head else len(content)
        file.write_bytes(apply(content[:end], each) + content[end:])
        shutil.rmtree(tmp_path / "models", ignore_errors=True)
        (tmp_path / "models").mkdir()
        read_or_refuse(
            lambda: converted_folder("tiny", "causal", gguf_source(file), tmp_path / "models"),
            outcomes,
        )

    fuzz(st.tuples(st.booleans(), damages()), check)
    assert {path.name for path in tmp_path.iterdir()} == {"tiny.gguf", "models"}
    assert outcomes["refused"] > 0
    record_property("cases", sum(outcomes.values()))


@pytest.mark.parametrize("number", [0, 1, 2**31, 2**62, 2**63, 2**64 - 1])
@pytest.mark.parametrize("at", [8, 16, 24], ids=["tensors", "entries", "length of a name"])
def test_gguf_files_that_speak_of_absurd_sizes_are_refused(
    tmp_path: Path, at: int, number: int
) -> None:
    file = tmp_path / "tiny.gguf"
    write_tiny_gguf(file)
    content = file.read_bytes()
    file.write_bytes(content[:at] + number.to_bytes(8, "little") + content[at + 8 :])
    with time_limit(), pytest.raises(Refusal, match=r"tiny"):
        converted_folder("tiny", "causal", gguf_source(file), tmp_path / "models")


def test_a_configuration_of_a_million_layers_is_refused_at_once(model: Path) -> None:
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 10**6}))
    with time_limit(), pytest.raises(Refusal, match="speaks of 1000000 layers"):
        ask(model)


@pytest.mark.parametrize("shard", ["../secret.safetensors", "/etc/secret.safetensors", ".."])
def test_weights_outside_the_folder_of_a_model_are_not_read(model: Path, shard: str) -> None:
    (model / "model.safetensors").rename(model.parent / "secret.safetensors")
    save_tiny_model("llama", model / "other")
    shutil.move(model / "other" / "model.safetensors", model / "a.safetensors")
    index = {"metadata": {}, "weight_map": {"model.norm.weight": shard}}
    (model / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(Refusal, match="outside its folder"):
        ask(model)


@pytest.fixture
def evil(model: Path) -> str:
    """Python code beside a model that leaves a trace when it is run."""
    code = f"import pathlib\npathlib.Path({str(model.parent / 'ran')!r}).touch()\n"
    classes = "class Evil: pass\ndef generate(*a, **k): return None\n"
    (model / "custom_generate").mkdir()
    for name in ("evil.py", "tokenization_evil.py", "custom_generate/generate.py", "__init__.py"):
        (model / name).write_text(code + classes)
    return code


def say(file: Path, **entries: Any) -> None:
    content = json.loads(file.read_text()) if file.is_file() else {}
    file.write_text(json.dumps({**content, **entries}))


def has_run(model: Path) -> bool:
    return (model.parent / "ran").exists()


MAP = {"AutoConfig": "evil.Evil", "AutoModelForCausalLM": "evil.Evil", "AutoModel": "evil.Evil"}
HARM: dict[str, Callable[[Path], None]] = {
    "configuration": lambda model: say(model / "config.json", model_type="evil", auto_map=MAP),
    "model": lambda model: say(model / "config.json", auto_map=MAP, architectures=["Evil"]),
    "tokenizer": lambda model: say(
        model / "tokenizer_config.json",
        tokenizer_class="EvilTokenizer",
        auto_map={"AutoTokenizer": ["tokenization_evil.Evil", "tokenization_evil.Evil"]},
    ),
    "generation": lambda model: say(
        model / "generation_config.json", custom_generate="evil", trust_remote_code=True
    ),
    "attention": lambda model: say(
        model / "config.json", attn_implementation="evil/kernels", _attn_implementation="evil/x"
    ),
    "chat template": lambda model: say(
        model / "tokenizer_config.json",
        chat_template="{{ ''.__class__.__mro__[1].__subclasses__()[0].__init__.__globals__ }}",
    ),
    "endless template": lambda model: say(
        model / "tokenizer_config.json",
        chat_template="{% for i in range(10 ** 12) %}{{ i }}{% endfor %}",
    ),
}


@pytest.mark.parametrize("name", HARM)
def test_no_code_of_a_model_is_run_unless_the_user_trusts_it(
    name: str, model: Path, evil: str
) -> None:
    HARM[name](model)
    outcomes = {"read": 0, "refused": 0}
    read_or_refuse(lambda: ask(model), outcomes)
    read_or_refuse(lambda: write(model), outcomes)
    assert not has_run(model)
    assert sum(outcomes.values()) == 2


def test_code_of_a_model_is_run_where_the_user_trusts_it(model: Path, evil: str) -> None:
    HARM["configuration"](model)
    outcomes = {"read": 0, "refused": 0}
    read_or_refuse(lambda: ask(model, trust_remote_code=True), outcomes)
    assert has_run(model), "the trace would show"


def test_no_module_that_an_adapter_names_is_imported(
    model: Path, evil: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(model))
    adapter = model.parent / "adapter"
    with quiet_libraries():
        tuned: Any = get_peft_model(
            AutoModelForCausalLM.from_pretrained(model), LoraConfig(target_modules=["q_proj"])
        )
        tuned.save_pretrained(adapter)
    say(
        adapter / "adapter_config.json",
        auto_mapping={"base_model_class": "Evil", "parent_library": "evil"},
        task_type=None,
    )
    ask(model, adapter=str(adapter))
    assert not has_run(model)


def test_pickled_weights_are_never_read(model: Path, evil: str) -> None:
    (model / "model.safetensors").unlink()
    (model / "pytorch_model.bin").write_bytes(f"cbuiltins\nexec\n(V{evil!r}\ntR.".encode())
    with pytest.raises(Refusal, match="Pickled weights"):
        ask(model)
    assert not has_run(model)

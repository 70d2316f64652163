"""A tiny random Llama that was given a chat template."""

from __future__ import annotations

import json
from pathlib import Path

from tests.language_models.conftest import save_tiny_model

TEMPLATE = (
    "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)


def save_chat_model(folder: Path, template: str | None = TEMPLATE) -> Path:
    """Save the model; None leaves it a base model."""
    save_tiny_model("llama", folder)
    if template is not None:
        (folder / "chat_template.jinja").write_text(template)
    # Servers draw only where the model itself says so.
    settings = folder / "generation_config.json"
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "do_sample": True}))
    return folder

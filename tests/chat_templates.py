"""A chat template whose marks are seen in texts."""

from __future__ import annotations

from typing import Any


class Template:
    """Writes messages between marks, as chat templates do."""

    chat_template = "there is one"

    def apply_chat_template(self, messages: list[dict[str, str]], **options: Any) -> str:
        assert options == {"tokenize": False, "continue_final_message": True}
        *before, last = messages
        turns = "".join(f"<{one['role']}>{one['content']}</turn>" for one in before)
        return f"<s>{turns}<{last['role']}>{last['content']}"

from __future__ import annotations

from isogloss.datasets.vector_ids import name_clips_by_content

FRAME = '<rect x="35.46" y="55.2" width="218.8" height="154.8"/>'


def graphic(first: str, second: str, frame: str = FRAME) -> str:
    return (
        f'<g clip-path="url(#{first})"/><g clip-path="url(#{second})"/><use id="pale"/>'
        f'<clipPath id="{first}">{frame}</clipPath>'
        f'<clipPath id="{second}"><circle r="1"/></clipPath>'
    )


def test_graphics_that_differ_in_names_of_frames_alone_become_equal() -> None:
    one = name_clips_by_content(graphic("pc65352f2f7", "p04ae4765ac"))
    assert one == name_clips_by_content(graphic("pd18653ab32", "p6fca4db6a3"))
    assert one != name_clips_by_content(
        graphic("pd18653ab32", "p6fca4db6a3", '<rect x="1" y="2" width="3" height="4"/>')
    )


def test_every_reference_leads_to_its_frame_still() -> None:
    named = name_clips_by_content(graphic("pc65352f2f7", "p04ae4765ac"))
    first, second = (part[:11] for part in named.split("url(#")[1:])
    assert first != second
    assert f'<clipPath id="{first}">{FRAME}<' in named
    assert f'<clipPath id="{second}"><circle' in named
    assert "pc65352f2f7" not in named
    assert '<use id="pale"/>' in named

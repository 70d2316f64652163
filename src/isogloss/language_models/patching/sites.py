"""What is patched: pairs of prompts, and the places in a model where one run takes another's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

Component = Literal["residual", "attention", "mlp", "head", "query"]
Direction = Literal["noising", "denoising"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
OF_HEADS = ("head", "query")
COMPONENTS: tuple[Component, ...] = get_args(Component)
# Several tokens are patched together, as all pieces of a word.
Position = int | tuple[int, ...]
WHOLE = -1


@dataclass(frozen=True)
class PatchPair:
    """Two prompts that differ in some tokens and have their other tokens at the same places.

    Attributes:
        base: token ids.
        donor: token ids, as many.
        answers: tokens whose logits are read after the last token of the prompt.
    """

    base: tuple[int, ...]
    donor: tuple[int, ...]
    answers: tuple[int, ...]

    @property
    def first_difference(self) -> int:
        """The first position at which the prompts differ; their length if nowhere."""
        for position, (one, other) in enumerate(zip(self.base, self.donor, strict=True)):
            if one != other:
                return position
        return len(self.base)

    @property
    def differences(self) -> tuple[int, ...]:
        """All positions at which the prompts differ."""
        places = enumerate(zip(self.base, self.donor, strict=True))
        return tuple(position for position, (one, other) in places if one != other)


@dataclass(frozen=True)
class PatchSite:
    """A place in a model.

    Attributes:
        component: `residual` is what leaves a block (or, as layer 0, enters the first one), before
            the final norm; `attention` and `mlp` are what these add to the residual; `head` is what
            one head hands to the output projection of the attention, and `query` only what it
            looks with.
        layer: residual 0..L, others 1..L.
        head: 0-based; -1 for components that are no heads.
    """

    component: Component
    layer: int
    head: int = WHOLE


def list_sites(
    layers: int, heads: int, components: Sequence[Component] = ("residual", "attention", "mlp")
) -> list[PatchSite]:
    """List all sites of some components.

    Args:
        layers: L of the model.
        heads: of each layer.
        components: which.
    """
    sites: list[PatchSite] = []
    for component in components:
        for layer in range(0 if component == "residual" else 1, layers + 1):
            members = range(heads) if component in OF_HEADS else (WHOLE,)
            sites += [PatchSite(component, layer, head) for head in members]
    return sites


@dataclass(frozen=True)
class PatchRequest:
    """Patches that are asked for: every pair at every site and each of its own positions.

    Attributes:
        pairs: of prompts.
        sites: the same for all pairs.
        positions: a pair.
        directions: `noising` patches the base run, `denoising` the donor run.
    """

    pairs: Sequence[PatchPair]
    sites: Sequence[PatchSite]
    positions: Sequence[Sequence[Position]]
    directions: Sequence[Direction] = DIRECTIONS

    @property
    def sequences(self) -> list[tuple[int, ...]]:
        """The prompts: of each pair the base, then the donor."""
        return [ids for pair in self.pairs for ids in (pair.base, pair.donor)]

    def select(self, members: Sequence[int]) -> PatchRequest:
        """Give the part of it that concerns some pairs."""
        return PatchRequest(
            [self.pairs[member] for member in members],
            self.sites,
            [self.positions[member] for member in members],
            self.directions,
        )

    def runs(self, pair: int) -> list[int]:
        """Number the runs of a pair that are patched: 2p is the base, 2p + 1 the donor."""
        return [2 * pair + DIRECTIONS.index(direction) for direction in self.directions]

    def require_pairs(self, max_length: int) -> None:
        """Refuse pairs that cannot be compared token by token, and positions that are not there.

        Args:
            max_length: of the model, in tokens.

        Raises:
            Refusal: naming the first pair at fault.
        """
        if len(self.positions) != len(self.pairs):
            raise Refusal(
                f"There are {len(self.pairs)} pairs, but positions of {len(self.positions)}."
            )
        for number, (pair, places) in enumerate(zip(self.pairs, self.positions, strict=True)):
            _require_pair(number, pair, self.pairs[0], max_length)
            for place in places:
                if not expand(place) or not all(0 <= one < len(pair.base) for one in expand(place)):
                    raise Refusal(
                        f"Pair {number}: position {place} is not in its prompt of "
                        f"{len(pair.base)} tokens."
                    )

    def require_sites(self, layers: int, heads: int) -> None:
        """Refuse sites that a model does not have, and directions that there are not.

        Args:
            layers: L of the model.
            heads: of each layer.

        Raises:
            Refusal: naming the first such site, or the directions that there are.
        """
        if not self.sites:
            raise Refusal("No site is asked for: give at least one.")
        if not self.directions or set(self.directions) - set(DIRECTIONS):
            raise Refusal(f"directions are one or both of {', '.join(DIRECTIONS)}.")
        for site in self.sites:
            _require_site(site, layers, heads)


def _require_pair(number: int, pair: PatchPair, first: PatchPair, max_length: int) -> None:
    length = len(pair.base)
    if length != len(pair.donor):
        raise Refusal(
            f"Pair {number}: the base has {length} tokens and the donor {len(pair.donor)}; only "
            "prompts of equal length can be patched token by token."
        )
    if not 0 < length <= max_length:
        raise Refusal(f"Pair {number} has {length} tokens; the model reads 1 to {max_length}.")
    if not pair.answers or len(pair.answers) != len(first.answers):
        raise Refusal(
            f"Pair {number} has {len(pair.answers)} answers and pair 0 has {len(first.answers)}: "
            "each pair needs as many, at least one."
        )


def _require_site(site: PatchSite, layers: int, heads: int) -> None:
    if site.component not in COMPONENTS:
        raise Refusal(f"{site}: the components are {', '.join(COMPONENTS)}.")
    lowest = 0 if site.component == "residual" else 1
    if not lowest <= site.layer <= layers:
        raise Refusal(
            f"{site}: layers of component {site.component!r} go from {lowest} to {layers}."
        )
    if site.component in OF_HEADS and not 0 <= site.head < heads:
        raise Refusal(f"{site}: heads go from 0 to {heads - 1}.")
    if site.component not in OF_HEADS and site.head != WHOLE:
        raise Refusal(f"{site}: only {' and '.join(OF_HEADS)} have a head; leave it at {WHOLE}.")


def require_places(
    sequences: Sequence[tuple[int, ...]],
    positions: Sequence[Sequence[int]],
    max_length: int,
) -> None:
    """Refuse prompts that a model cannot read, and positions that are not in them.

    Args:
        sequences: token ids of the prompts.
        positions: of each prompt.
        max_length: of the model, in tokens.

    Raises:
        Refusal: naming the first prompt at fault.
    """
    if len(positions) != len(sequences):
        raise Refusal(f"There are {len(sequences)} prompts, but positions of {len(positions)}.")
    for number, (sequence, places) in enumerate(zip(sequences, positions, strict=True)):
        if not 0 < len(sequence) <= max_length:
            raise Refusal(
                f"Prompt {number} has {len(sequence)} tokens; the model reads 1 to {max_length}."
            )
        for place in places:
            if not 0 <= place < len(sequence):
                raise Refusal(
                    f"Prompt {number}: position {place} is not among its {len(sequence)} tokens."
                )


def require_layers(layers: Sequence[int], lowest: int, highest: int) -> None:
    """Refuse layers that a model does not have.

    Args:
        layers: asked for.
        lowest: that there is.
        highest: that there is.

    Raises:
        Refusal: naming the first such layer, or if there is none.
    """
    if not layers:
        raise Refusal("No layer is asked for: give at least one.")
    for layer in layers:
        if not lowest <= layer <= highest:
            raise Refusal(f"Layer {layer} is not there: layers go from {lowest} to {highest}.")


def expand(position: Position) -> tuple[int, ...]:
    """Give the tokens of a position.

    Args:
        position: one token, or several that are patched together.
    """
    return (position,) if isinstance(position, int) else position

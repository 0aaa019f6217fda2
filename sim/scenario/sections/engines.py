"""The engine that plays the customers of stores: one of the lab's, or a class in a Python file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, PrivateAttr, SerializerFunctionWrapHandler, Tag, model_serializer

from sim.scenario.sections.section import Section


class OwnEngine(Section):
    """A class of the user's, such as a subclass of `sim.chain.store.simpy_engine.SimpyEngine`."""

    file: str
    """A Python file beside the scenario, executed where `--allow-code` allows it."""
    class_: Annotated[str, Field(alias="class")]
    """The name of the class."""
    sha256: str | None = None
    """Of the file, set when it is loaded: another text is another scenario."""
    _allowed: bool = PrivateAttr(default=False)
    """Whether the file may be executed; no file can set it."""

    @model_serializer(mode="wrap")
    def _as_written(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """`class` is no name for a field in Python; what is written down is read again."""
        return {"class" if name == "class_" else name: value for name, value in handler(self).items()}


def _form(value: object) -> str:
    return "own" if isinstance(value, Mapping | OwnEngine) else "shipped"


Engine = Annotated[
    Annotated[Literal["compiled", "simpy"], Tag("shipped")] | Annotated[OwnEngine, Tag("own")], Discriminator(_form)
]

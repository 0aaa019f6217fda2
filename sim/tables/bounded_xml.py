"""XML that a user brings, parsed within bounds: no document type, so that no entity is defined or expanded."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from sim.records.bounded_yaml import read_bytes
from sim.records.refusal import Refusal

MOST_BYTES = 16 * 2**20


class _Doctype(ValueError):
    pass


class _Builder(ElementTree.TreeBuilder):
    """Ends at a document type, in whatever encoding it is written."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """Called by the parser. Raises `_Doctype`."""
        raise _Doctype


def read_xml(path: Path, what: str, most: int = MOST_BYTES) -> ElementTree.Element:
    """The root of an XML file of at most `most` bytes. Raises `Refusal`, in which `what` names what the file should be."""
    raw = read_bytes(path, what, most)
    parser = ElementTree.XMLParser(target=_Builder())
    try:
        if b"<!DOCTYPE" in raw.upper() or b"<!ENTITY" in raw.upper():
            raise _Doctype
        parser.feed(raw)
        return parser.close()
    except _Doctype:
        raise Refusal(path, "", f"{what} without a document type", "<!DOCTYPE") from None
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Refusal(path, "", what, str(error)) from None

"""XML documents: the same tree gives the same bytes, and whatever a file is called, the document stays well-formed."""

import io
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from mutoscope.sort.export.footage import clean

__all__ = ["add", "document"]


def add(parent: ET.Element, tag: str, text: str | int | None = None, /, **attributes: str | int) -> ET.Element:
    """Append an element.

    Args:
        parent: what it goes into.
        tag: its name.
        text: its content.
        attributes: in this order.

    """
    element = ET.SubElement(parent, tag, {name: clean(str(value)) for name, value in attributes.items()})
    if text is not None:
        element.text = clean(str(text))
    return element


def document(root: ET.Element, doctype: str = "", prefixes: Mapping[str, str] | None = None) -> bytes:
    """Write a tree as UTF-8, indented, with a declaration.

    Args:
        root: the tree; it is indented in place.
        doctype: name of the document type, or nothing.
        prefixes: namespaces by the prefix they shall have.

    """
    for prefix, place in (prefixes or {}).items():
        ET.register_namespace(prefix, place)
    _indent(root)
    stream = io.BytesIO()
    stream.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
    if doctype:
        stream.write(f"<!DOCTYPE {doctype}>\n".encode())
    ET.ElementTree(root).write(stream, encoding="utf-8", xml_declaration=False)
    return stream.getvalue() + b"\n"


def _indent(element: ET.Element, depth: int = 0) -> None:
    """Put each element on a line of its own; text of elements with text is left as it is."""
    children = list(element)
    if not children:
        return
    element.text = "\n" + "  " * (depth + 1)
    for child in children:
        _indent(child, depth + 1)
        child.tail = "\n" + "  " * (depth + 1)
    children[-1].tail = "\n" + "  " * depth

"""The ribbon tab, from its XML: what it calls, what it shows, which icons it needs. Pure: bytes in, values out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

NAMESPACE = "http://schemas.microsoft.com/office/2009/07/customui"


@dataclass(frozen=True, slots=True)
class Button:
    """One button. name: its id, by which commands know it. group: label of the group it stands in. callback: the procedure it calls. image: its icon."""

    name: str
    group: str
    label: str
    callback: str
    image: str
    key_tip: str
    is_large: bool
    tip: str


def buttons(xml: bytes) -> tuple[Button, ...]:
    """Buttons in the order of the tab. Raises: lxml.etree.XMLSyntaxError, KeyError for an attribute a button lacks."""
    return tuple(_buttons(etree.fromstring(xml)))


def tab_label(xml: bytes) -> str:
    """What the tab is called."""
    return str(etree.fromstring(xml).find(f".//{{{NAMESPACE}}}tab").attrib["label"])


def _buttons(root: etree._Element) -> Iterator[Button]:
    for group in root.iter(f"{{{NAMESPACE}}}group"):
        for one in group.iter(f"{{{NAMESPACE}}}button"):
            of = one.attrib
            yield Button(
                str(of["id"]), str(group.attrib["label"]), str(of["label"]), str(of["onAction"]), str(of["image"]),
                str(of["keytip"]), of.get("size") == "large", str(of["supertip"]),
            )  # fmt: skip

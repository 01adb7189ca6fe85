"""Lint of an Office add-in manifest: what Excel refuses without a word. The validator of its maker needs a service on the internet.

Rules: learn.microsoft.com, "Office Add-ins manifest" (element reference) and its schema's lengths.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from urllib.parse import urlsplit

from lxml import etree
from PIL import Image

APP = "{http://schemas.microsoft.com/office/appforoffice/1.1}"
OVER = "{http://schemas.microsoft.com/office/taskpaneappversionoverrides}"
TYPES = "{http://schemas.microsoft.com/office/officeappbasictypes/1.0}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}type"
MAX_RESID, MAX_SHORT, MAX_LONG, MAX_NAME, MAX_DESCRIPTION = 32, 125, 250, 125, 250
SIZES = {"16", "32", "80"}
ORDER = [
    "Id", "Version", "ProviderName", "DefaultLocale", "DisplayName", "Description", "IconUrl", "HighResolutionIconUrl", "SupportUrl", "AppDomains", "Hosts", "Requirements", "DefaultSettings",
    "Permissions", "VersionOverrides",
]  # fmt: skip


def problems(xml: bytes, images: Mapping[str, bytes], address: str) -> list[str]:
    """Everything that is wrong. images: address → content of those the server gives. address: what a client reached the server under; Excel
    must reach it under the same.
    """
    root = etree.fromstring(xml)
    found: list[str] = []
    names = [etree.QName(one).localname for one in root]
    if names != [n for n in ORDER if n in names]:
        found.append(f"elements in the wrong order: {names}")
    uuid.UUID(root.findtext(f"{APP}Id"))
    for tag, most in (("DisplayName", MAX_NAME), ("Description", MAX_DESCRIPTION)):
        text = root.find(f"{APP}{tag}").attrib["DefaultValue"]
        if not 0 < len(text) <= most:
            found.append(f"{tag} has {len(text)} characters")
    defined: dict[str, str] = {}
    for one in root.iter(f"{TYPES}Image", f"{TYPES}Url", f"{TYPES}String"):
        if "id" not in one.attrib:
            continue
        name, value = one.attrib["id"], one.attrib["DefaultValue"]
        if name in defined:
            found.append(f"{name} is defined twice")
        defined[name] = value
        if len(name) > MAX_RESID:
            found.append(f"{name} is longer than {MAX_RESID}")
        most = {"ShortStrings": MAX_SHORT, "LongStrings": MAX_LONG}.get(etree.QName(one.getparent()).localname, 2048)
        if not 0 < len(value) <= most:
            found.append(f"{name} has {len(value)} characters, at most {most}")
    used = {one.attrib["resid"] for one in root.iter() if isinstance(one.tag, str) and "resid" in one.attrib}
    found += [f"{name} is not defined" for name in sorted(used - set(defined))]
    found += [f"{name} is not used" for name in sorted(set(defined) - used)]
    found += _addresses(root, defined, address)
    found += _icons(root, defined, images)
    found += _controls(root)
    return found


def _addresses(root: etree._Element, defined: Mapping[str, str], address: str) -> list[str]:
    values = [*defined.values(), *(one.attrib["DefaultValue"] for one in root.iter() if isinstance(one.tag, str) and "DefaultValue" in one.attrib and "id" not in one.attrib)]
    values += [one.text or "" for one in root.iter(f"{APP}AppDomain")]
    own = f"https://{urlsplit(address).netloc}"
    return [f"{v} is not of this server, or not encrypted" for v in values if "://" in v and v != own and not v.startswith(f"{own}/")]


def _icons(root: etree._Element, defined: Mapping[str, str], images: Mapping[str, bytes]) -> list[str]:
    found = []
    for icon in root.iter(f"{OVER}Icon"):
        sizes = {one.attrib["size"]: defined[one.attrib["resid"]] for one in icon}
        if not set(sizes) >= SIZES:
            found.append(f"icon in {sorted(sizes)} only")
        for size, address in sizes.items():
            with Image.open(io.BytesIO(images[address])) as image:
                if image.size != (int(size), int(size)) or image.format != "PNG":
                    found.append(f"{address} is {image.size}")
    for tag, size in (("IconUrl", 32), ("HighResolutionIconUrl", 64)):
        address = root.find(f"{APP}{tag}").attrib["DefaultValue"]
        with Image.open(io.BytesIO(images[address])) as image:
            if image.size != (size, size):
                found.append(f"{tag} is {image.size}")
    return found


def _controls(root: etree._Element) -> list[str]:
    found, ids = [], [one.attrib["id"] for one in root.iter(f"{OVER}Control", f"{OVER}Group", f"{OVER}CustomTab")]
    if len(ids) != len(set(ids)):
        found.append("an id is used twice")
    found += [f"{group.attrib['id']} has more than six buttons" for group in root.iter(f"{OVER}Group") if len(group.findall(f"{OVER}Control")) > 6]
    for control in root.iter(f"{OVER}Control"):
        order = [etree.QName(one).localname for one in control]
        if control.attrib[XSI] == "Button" and order != ["Label", "Supertip", "Icon", "Action"]:
            found.append(f"{control.attrib['id']}: {order}")
    return found

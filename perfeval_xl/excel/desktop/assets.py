"""Where the add-in's own material lies: addin/desktop of the checkout, or its copy inside an installed package."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def material() -> Path:
    """The folder with vba, ribbon and texts.toml. Raises: FileNotFoundError for a package that was built without it."""
    for folder in (_HERE / "material", _HERE.parents[2] / "addin" / "desktop"):  # wheels hold a copy: pyproject.toml, force-include
        if (folder / "ribbon" / "customUI14.xml").is_file():
            return folder
    raise FileNotFoundError("addin/desktop")

"""Compound files: whatever goes in, olefile reads the same out."""

from __future__ import annotations

import io
import random
import string
import struct

import olefile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfeval_xl.excel.desktop.compound import Tree, compound_file

LETTERS = string.ascii_letters + string.digits + "_ -绩效自评"
NAMES = st.text(st.sampled_from(LETTERS), min_size=1, max_size=31).filter(lambda name: name == name.strip())
# Sizes around what changes the layout: nothing, a mini sector, a sector, the cutoff, more than one FAT sector
SIZES = (0, 1, 63, 64, 65, 511, 512, 513, 4095, 4096, 4097, 70_000)


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)  # noqa: S311  # the same every time


def read_back(data: bytes) -> dict[str, bytes]:
    """Streams by path, and that olefile finds nothing to complain of."""
    file = olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_POTENTIAL)
    try:
        assert not file.parsing_issues
        return {"/".join(path): file.openstream(path).read() for path in file.listdir()}
    finally:
        file.close()


def flat(tree: Tree, before: str = "") -> dict[str, bytes]:
    out: dict[str, bytes] = {}
    for name, content in tree.items():
        out |= {before + name: content} if isinstance(content, bytes) else flat(content, f"{before}{name}/")
    return out


def distinct(mapping: dict[str, object]) -> bool:
    return len({name.upper() for name in mapping}) == len(mapping)


STREAMS = st.one_of(st.binary(max_size=300), st.sampled_from(SIZES).map(noise))
TREES = st.recursive(
    st.dictionaries(NAMES, STREAMS, max_size=20).filter(distinct),  # type: ignore[arg-type]
    lambda below: st.dictionaries(NAMES, st.one_of(STREAMS, below), max_size=12).filter(distinct),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_every_tree_comes_back_from_olefile(tree: Tree) -> None:
    assert read_back(compound_file(tree)) == flat(tree)


@pytest.mark.parametrize("size", SIZES)
def test_a_stream_of_every_size_of_layout_comes_back(size: int) -> None:
    content = noise(size)
    assert read_back(compound_file({"one": content, "two": {"three": content}})) == {"one": content, "two/three": content}


def test_streams_that_need_several_tables_of_sectors_come_back() -> None:
    content = noise(300_000)
    assert read_back(compound_file({f"s{i}": content for i in range(5)})) == {f"s{i}": content for i in range(5)}


@pytest.mark.parametrize("count", range(1, 40))
def test_the_tree_of_names_is_ordered_and_balanced_as_readers_that_search_it_need(count: int) -> None:
    """MS-CFB 2.6.4: shorter names first, then by capitals; no red entry below a red one; as many black ones on every path."""
    names = [f"{'n' * (i % 7 + 1)}{i}" for i in range(count)]
    file = olefile.OleFileIO(io.BytesIO(data := compound_file(dict.fromkeys(names, b"x"))))
    start = file.first_dir_sector
    file.close()
    entries = [data[512 * (start + 1) + 128 * i :][:128] for i in range(count + 1)]

    def fields(number: int) -> tuple[str, bool, int, int]:
        entry = entries[number]
        (length,) = struct.unpack_from("<H", entry, 64)
        left, right = struct.unpack_from("<II", entry, 68)
        return entry[: length - 2].decode("utf-16-le"), entry[67] == 0, left, right

    def walk(number: int, *, below_red: bool) -> tuple[list[str], int]:
        if number == 0xFFFFFFFF:
            return [], 1
        name, is_red, left, right = fields(number)
        assert not (is_red and below_red)
        before, black_left = walk(left, below_red=is_red)
        after, black_right = walk(right, below_red=is_red)
        assert black_left == black_right
        return [*before, name, *after], black_left + (not is_red)

    (child,) = struct.unpack_from("<I", entries[0], 76)
    found, _ = walk(child, below_red=False)
    assert found == sorted(names, key=lambda name: (len(name), name.upper()))


@pytest.mark.parametrize("tree", [{"a/b": b""}, {"": b""}, {"x" * 32: b""}, {"dir": b"", "DIR": b""}, {"a": {"b!": b""}}])
def test_names_that_cannot_be_written_are_refused(tree: Tree) -> None:
    with pytest.raises(ValueError, match="name"):
        compound_file(tree)


def test_more_than_the_header_can_name_is_refused_not_cut_off() -> None:
    with pytest.raises(ValueError, match="DIFAT"):
        compound_file({"big": bytes(8_000_000)})

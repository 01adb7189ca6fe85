"""The worksheet functions as the server registers them: those of `udfs`, a long column aside of the event loop."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from perfeval_xl.excel.udfs import FUNCTIONS

MODULE = "custom_functions"
"""The name under which xlwings Server looks for them."""
_SHORT = 50  # cells of all arguments: working that out takes less time than handing it over


def module() -> ModuleType:
    """A module with every function."""
    made = ModuleType(MODULE, __doc__)
    for function in FUNCTIONS:
        setattr(made, function.__name__, _aside(function))
    return made


def _aside(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)  # with it what xlwings noted of arguments
    async def called(*args: Any) -> Any:
        if sum(len(a) * len(a[0]) if isinstance(a, list) and a and isinstance(a[0], list) else 1 for a in args) <= _SHORT:
            return function(*args)
        return await asyncio.to_thread(function, *args)

    # annotations say nothing here and cost a fifth of a call: xlwings works out hints and signature anew each time
    called.__annotations__ = {}
    called.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return called

"""Python's collector of unused cycles, put off while very many objects are made that live to the end of the work."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def put_off() -> Iterator[None]:
    """Collect nothing within the block: going through all those objects again and again costs 15 % of a document's
    layout and 40 % of the check of a signed file."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

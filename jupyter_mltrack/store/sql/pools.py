"""What pools of connections log about a broken one is not printed into the user's cell."""

import logging
from typing import Final

from sqlalchemy.pool import NullPool, QueuePool

LOGGING_NAME: Final = "mltrack"
"""Given to every engine; programs that handle the library's logs still get them."""

for _kind in (NullPool, QueuePool):
    # A logger without any handler is printed to stderr by the standard library.
    _name = f"{_kind.__module__}.{_kind.__name__}.{LOGGING_NAME}"
    logging.getLogger(_name).addHandler(logging.NullHandler())

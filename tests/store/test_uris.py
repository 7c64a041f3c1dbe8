"""What is taken for a store, and what is refused without showing a password."""

import pytest

from jupyter_mltrack import settings
from jupyter_mltrack.errors import InvalidParameterValue


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://u:se@krit@127.0.0.1:1/db",
        "postgresql:u:sekrit@host/db",
        "postgresql:/u:sekrit@host/db",
        "u:sekrit@host/db",
        "mysql://u:sekrit@host/db",
    ],
)
def test_an_address_that_is_not_whole_is_refused_without_its_password(uri: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        settings.normalize_store_uri(uri)
    assert "krit" not in str(caught.value)
    assert "postgresql://user:password@host" in str(caught.value)

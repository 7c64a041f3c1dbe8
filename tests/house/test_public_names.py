"""The public functions are the sorted list they are said to be, and all of them are there."""

import jupyter_mltrack as mltrack


def test_every_public_name_exists_and_is_documented() -> None:
    missing = [name for name in mltrack.__all__ if not getattr(mltrack, name).__doc__]
    assert missing == []


def test_the_list_is_sorted() -> None:
    assert mltrack.__all__ == sorted(mltrack.__all__)


def test_completion_offers_what_loads_when_asked_for() -> None:
    assert set(mltrack.__all__) <= set(dir(mltrack))
    assert dir(mltrack) == sorted(dir(mltrack))


def test_nothing_public_is_left_out() -> None:
    import types

    public = {
        name
        for name, value in vars(mltrack).items()
        if not name.startswith("_")
        and not isinstance(value, types.ModuleType)
        and getattr(value, "__module__", "").startswith("jupyter_mltrack")
    }
    assert public - set(mltrack.__all__) == {"load_ipython_extension", "unload_ipython_extension"}

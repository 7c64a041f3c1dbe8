"""Seeded secrets through the real pipeline, and texts without secrets, which stay as they are."""

import base64
import hashlib
import random
import sysconfig
import uuid
from pathlib import Path

import nbformat
import pytest

from jupyter_mltrack.capture.redaction import REDACTED, Redactor, redact_value
from tests.capture.notebooks import Executed, execute
from tests.capture.seeded import ASSIGNED, STUBS, TOKENS, private_key, seeded_secrets

SEEDED = seeded_secrets(200)
FROM_ENVIRONMENT = "x9Kq-from-the-environment-77"


def test_there_are_formats_enough():
    assert len({one.kind for one in SEEDED}) == len(TOKENS) + len(ASSIGNED) >= 25


@pytest.fixture(scope="module")
def executed(tmp_path_factory) -> Executed:
    """A notebook of 200 cells with a secret each, executed in a real kernel, errors allowed."""
    make = nbformat.v4.new_code_cell
    cells = [make("%load_ext jupyter_mltrack\n%mltrack start --no-autolog", id="start")]
    cells += [make(STUBS, id="stubs")]
    for number, one in enumerate(SEEDED):
        cells.append(make(one.source, id=f"c{number}"))
    key = private_key(random.Random(1))
    cells += [
        make(f"key = '''{key}'''\nprint(key)", id="key"),
        make("import os\nprint(os.environ['SERVICE_TOKEN'])", id="environment"),
        make(
            "import jupyter_mltrack as mltrack\n"
            "with mltrack.start_run():\n"
            "    mltrack.log_param('from_env', os.environ['SERVICE_TOKEN'])\n"
            "    mltrack.set_tag('address', 'https://me:' + 'pa55w0rd-x' + '@example.org')",
            id="run",
        ),
    ]
    for cell in cells:
        cell.metadata["tags"] = ["raises-exception"]
    directory = tmp_path_factory.mktemp("secrets")
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbformat.write(notebook, directory / "source.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SERVICE_TOKEN", FROM_ENVIRONMENT)
        return execute("", directory, patch, directory / "source.ipynb")


def test_the_cells_ran_with_their_secrets(executed):
    errors = [
        output.evalue
        for cell in executed.notebook.cells
        for output in cell.outputs
        if output.output_type == "error"
    ]
    # Those that raise on purpose: nothing that runs was changed.
    assert all(any(one.secret in text for one in SEEDED) for text in errors), errors
    assert FROM_ENVIRONMENT in executed.shown("environment")[0].text


def test_no_secret_is_anywhere_in_the_store(executed):
    assert len(executed.cells) == 205
    content = executed.everything()
    missed = [one for one in SEEDED if one.secret.encode() in content]
    assert len(missed) <= 0.05 * len(SEEDED), missed
    # More than is asked for: none at all.
    assert missed == []


def test_secrets_of_the_environment_and_keys_are_not_stored(executed):
    content = executed.everything()
    assert FROM_ENVIRONMENT.encode() not in content
    assert private_key(random.Random(1)).splitlines()[3].encode() not in content
    assert b"pa55w0rd-x@" not in content


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_other_seeds_are_caught_too(seed):
    seeded = seeded_secrets(400, seed)
    missed = [one for one in seeded if one.secret in Redactor({}).redact(one.source)]
    assert len(missed) <= 0.01 * len(seeded), missed


def source_files() -> list[Path]:
    """Modules without example passwords: neither tests nor what documents database addresses."""
    library = Path(sysconfig.get_paths()["stdlib"])
    site = Path(sysconfig.get_paths()["purelib"])
    files = [file for name in (".", "json", "asyncio") for file in (library / name).glob("*.py")]
    for name in ("sklearn", "numpy", "matplotlib", "nbformat", "traitlets"):
        files += [
            file
            for file in (site / name).rglob("*.py")
            if "tests" not in file.parts and "distutils" not in file.parts
        ]
    return sorted(files)[:1500]


def harmless_texts() -> list[str]:
    """What looks random and is none: hashes, ids, commits, numbers, pictures."""
    generator = random.Random(5)
    texts = []
    for number in range(100):
        content = generator.randbytes(600)
        texts += [
            f"sha256:{hashlib.sha256(content).hexdigest()}",
            f"commit {hashlib.sha1(content).hexdigest()}\nAuthor: Ann <ann@example.org>",
            f"run_id = '{uuid.UUID(bytes=content[:16])}'",
            f'md5 = "{hashlib.md5(content).hexdigest()}"',
            f"<img src='data:image/png;base64,{base64.b64encode(content).decode()}'>",
            f"array([{', '.join(str(generator.random()) for _ in range(20))}])",
            f"tokens = {[generator.randrange(50000) for _ in range(20)]}",
            f"key: {content[:8].hex()} value: {number}",
        ]
    return texts


def test_sources_without_secrets_are_unchanged():
    redactor = Redactor({})
    files = source_files()
    assert len(files) >= 500
    texts = {file: file.read_text(errors="surrogateescape") for file in files}
    assert [file for file, text in texts.items() if redactor.redact(text) != text] == []


def test_texts_that_look_random_are_unchanged():
    redactor = Redactor({})
    texts = harmless_texts()
    assert len(texts) >= 500
    assert [text for text in texts if redactor.redact_source(text) != text] == []


def test_what_a_source_holds_is_known_in_outputs_and_params():
    redactor = Redactor({})
    redactor.redact_source("password = 'Quartz4411!abc'")
    assert redactor.redact("with Quartz4411!abc in it") == f"with {REDACTED} in it"
    assert redact_value("anything", "x=Quartz4411!abc") == f"x={REDACTED}"


def test_colours_of_a_traceback_hide_nothing():
    coloured = "\x1b[32mpassword\x1b[39m \x1b[38;5;241m=\x1b[39m \x1b[33m'Quartz4411!abc'\x1b[39m"
    redacted = Redactor({}).redact(coloured)
    assert "Quartz" not in redacted
    assert redacted == coloured.replace("Quartz4411!abc", REDACTED)
    pieces = "\x1b[32mpassword = 'Quartz\x1b[39m4411!abc'"
    assert "Quartz" not in Redactor({}).redact(pieces)
    plain = "\x1b[31mValueError\x1b[39m: too large"
    assert Redactor({}).redact(plain) is plain

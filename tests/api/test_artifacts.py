"""MLflow's functions for files of runs: listed, downloaded, pictures and tables."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import jupyter_mltrack as mltrack
from jupyter_mltrack.api.client import MlflowClient
from jupyter_mltrack.artifacts import download_artifacts, list_artifacts, load_dict, load_text
from jupyter_mltrack.autolog.drawings import add_drawings
from jupyter_mltrack.errors import InvalidParameterValue, MltrackException, ResourceDoesNotExist

BARS = {"kind": "bars", "names": ["a"], "values": [1.0]}
pytestmark = pytest.mark.usefixtures("store", "no_problems")


@pytest.fixture
def run_id():
    with mltrack.start_run() as run:
        mltrack.log_text("hello", "notes/today.txt")
        mltrack.log_dict({"a": [1]}, "config.json")
        add_drawings(run, {"importances.png": BARS})
    return run.run_id


def test_files_and_directories_are_listed_one_level_at_a_time(run_id):
    found = list_artifacts(run_id=run_id)
    assert [(one.path, one.is_dir) for one in found] == [
        ("config.json", False),
        ("drawings.json", False),
        ("importances.csv", False),
        ("importances.png", False),
        ("notes", True),
    ]
    sizes = {one.path: one.file_size for one in found}
    assert sizes["importances.png"] is None, "it is drawn when it is downloaded"
    assert sizes["notes"] is None
    (note,) = list_artifacts(f"runs:/{run_id}/notes")
    assert (note.path, note.file_size) == ("notes/today.txt", 5)
    assert list_artifacts(run_id=run_id, artifact_path="nothing") == []
    assert MlflowClient().list_artifacts(run_id, "notes") == [note]


def test_a_file_a_directory_and_everything_are_downloaded(run_id, tmp_path):
    picture = download_artifacts(run_id=run_id, artifact_path="importances.png", dst_path=tmp_path)
    assert picture == str(tmp_path / "importances.png")
    assert Path(picture).read_bytes().startswith(b"\x89PNG")
    notes = Path(download_artifacts(f"mltrack-artifacts:/{run_id}/notes"))
    assert [path.read_text() for path in notes.iterdir()] == ["hello"]
    everything = Path(MlflowClient().download_artifacts(run_id, ""))
    assert {path.name for path in everything.rglob("*") if path.is_file()} == {
        *("config.json", "drawings.json", "importances.csv", "importances.png", "today.txt"),
    }
    assert load_text(f"runs:/{run_id}/importances.csv") == "name,value\na,1.0\n"
    assert load_dict(f"runs:/{run_id}/config.json") == {"a": [1]}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"artifact_uri": "runs:/x/y", "run_id": "x"},
        {"artifact_uri": "runs:/x/y", "artifact_path": "z"},
        {"artifact_uri": "s3://bucket/x"},
        {"artifact_uri": "runs:/"},
        {"run_id": "none"},
        {"run_id": "this", "artifact_path": "none"},
        {"run_id": "this", "artifact_path": "../../etc/passwd"},
    ],
)
def test_what_cannot_be_downloaded_says_why(run_id, tmp_path, given):
    if given.get("run_id") == "this":
        given = {**given, "run_id": run_id}
    with pytest.raises(MltrackException):
        download_artifacts(**given, dst_path=tmp_path)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (np.array([[0, 255]], dtype=np.uint8), [0, 255]),
        (np.array([[0, 200]]), [0, 200]),
        (np.array([[0.0, 1.0]]), [0, 255]),
        (np.array([[False, True]]), [0, 255]),
        (np.array([[[0], [7]]], dtype=np.uint8), [0, 7]),
        (Image.new("L", (2, 1), 9), [9, 9]),
    ],
)
def test_a_picture_is_logged(tmp_path, image, expected):
    with mltrack.start_run() as run:
        mltrack.log_image(image, "a.png")
    path = MlflowClient().download_artifacts(run.run_id, "a.png", str(tmp_path))
    with Image.open(path) as picture:
        assert np.asarray(picture).ravel().tolist() == expected


def test_pictures_of_a_series_have_names_as_in_mlflow():
    with mltrack.start_run() as run:
        for step in range(2):
            mltrack.log_image(np.zeros((2, 2, 3)), key="grid/a", step=step, timestamp=5)
    names = [one.path for one in list_artifacts(run_id=run.run_id, artifact_path="images")]
    assert [name.rpartition("+")[0] for name in names] == [
        f"images/grid~a+step+{step}+timestamp+5" for step in range(2)
    ]


@pytest.mark.parametrize(
    ("image", "names"),
    [
        (np.zeros((2, 2, 5)), {"artifact_file": "a.png"}),
        (np.full((2, 2), 3.5), {"artifact_file": "a.png"}),
        (np.full((2, 2), -1), {"artifact_file": "a.png"}),
        ("picture", {"artifact_file": "a.png"}),
        (np.zeros((2, 2)), {"artifact_file": "a.exe"}),
        (np.zeros((2, 2)), {}),
        (np.zeros((2, 2)), {"artifact_file": "a.png", "key": "k"}),
        (np.zeros((2, 2)), {"artifact_file": "a.png", "step": 1}),
        (np.zeros((2, 2)), {"key": "a\nb"}),
    ],
)
def test_what_is_no_picture_is_refused(image, names):
    with mltrack.start_run(), pytest.raises(InvalidParameterValue):
        mltrack.log_image(image, **names)


def test_a_table_grows_and_is_read_over_runs():
    ids = []
    for number in range(2):
        with mltrack.start_run() as run:
            mltrack.log_table({"q": ["a", "b"], "n": [number, 1]}, "t.json")
            mltrack.log_table({"q": "c", "n": 2}, "t.json")
        ids.append(run.run_id)
    MlflowClient().log_table(ids[0], pd.DataFrame({"q": ["d"], "n": [3]}), "t.json")
    table = mltrack.load_table("t.json", extra_columns=["run_id"])
    of_first = table[table.run_id == ids[0]].drop(columns="run_id").reset_index(drop=True)
    expected = pd.DataFrame({"q": ["a", "b", "c", "d"], "n": [0, 1, 2, 3]})
    pd.testing.assert_frame_equal(of_first, expected, check_dtype=False)
    assert len(mltrack.load_table("t.json", run_ids=[ids[1]])) == 3
    with pytest.raises(ResourceDoesNotExist):
        mltrack.load_table("other.json")


@pytest.mark.parametrize(
    ("data", "name"), [([1], "t.json"), ({"a": 1}, "t.txt"), ({"a": 1}, "../t.json")]
)
def test_what_is_no_table_is_refused(data, name):
    with mltrack.start_run(), pytest.raises(InvalidParameterValue):
        mltrack.log_table(data, name)


def test_a_signature_is_inferred_as_mlflow_does():
    frame = pd.DataFrame({"a": [1.5], "b": ["x"]})
    signature = mltrack.models.infer_signature(frame, np.array([1]), {"top": 3})
    assert signature.inputs == [
        {"type": "double", "name": "a", "required": True},
        {"type": "string", "name": "b", "required": True},
    ]
    tensor = {"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}
    assert signature.outputs == [tensor]
    assert signature.params == [{"name": "top", "type": "long", "default": 3, "shape": None}]
    assert type(signature).from_dict(signature.to_dict()) == signature
    with pytest.raises(InvalidParameterValue):
        mltrack.models.infer_signature(object())


def test_figures_of_the_client():
    from matplotlib.figure import Figure

    client, figure = MlflowClient(), Figure()
    with mltrack.start_run() as run:
        client.log_figure(run.run_id, figure, "f.png")
        client.log_dict(run.run_id, {"a": 1}, "d.yaml")
        client.log_image(run.run_id, np.zeros((2, 2)), "i.png")
    with io.BytesIO(Path(client.download_artifacts(run.run_id, "f.png")).read_bytes()) as content:
        assert Image.open(content).format == "PNG"
    assert Path(client.download_artifacts(run.run_id, "d.yaml")).read_text() == "a: 1\n"

"""Artifacts of runs: upload, list, download, through the server's proxy."""
import os
import tempfile

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from flow import VERSION, equal, flow, new_experiment

client = MlflowClient()


def new_run():
    return client.create_run(new_experiment("artifacts")).info.run_id


def write(folder, name, content):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    return path


@flow("artifacts: files and folders")
def files():
    run_id = new_run()
    with tempfile.TemporaryDirectory() as folder:
        report = write(folder, "report.txt", b"hello artifact")
        write(folder, "deep/er/data.bin", bytes(range(256)) * 4096)
        write(folder, "deep/empty.bin", b"")
        client.log_artifact(run_id, report)
        client.log_artifact(run_id, report, "copies/of")
        client.log_artifacts(run_id, folder, "whole")
    equal([(item.path, item.is_dir) for item in client.list_artifacts(run_id)], [
        ("copies", True), ("report.txt", False), ("whole", True),
    ])
    equal([item.path for item in client.list_artifacts(run_id, "whole")], ["whole/deep", "whole/report.txt"])
    equal([(item.path, item.file_size or 0) for item in client.list_artifacts(run_id, "whole/deep")], [
        ("whole/deep/empty.bin", 0), ("whole/deep/er", 0),
    ])
    equal([item.file_size for item in client.list_artifacts(run_id, "whole/deep/er")], [1024 * 1024])
    equal(client.list_artifacts(run_id, "report.txt"), [])
    equal(client.list_artifacts(run_id, "no such folder"), [])
    with tempfile.TemporaryDirectory() as folder:
        local = client.download_artifacts(run_id, "whole", folder)
        equal(sorted(os.listdir(local)), ["deep", "report.txt"])
        with open(os.path.join(local, "deep/er/data.bin"), "rb") as file:
            equal(file.read(), bytes(range(256)) * 4096)
        equal(os.path.getsize(os.path.join(local, "deep/empty.bin")), 0)
        single = mlflow.artifacts.download_artifacts(artifact_uri=f"runs:/{run_id}/copies/of/report.txt", dst_path=folder)
        with open(single) as file:
            equal(file.read(), "hello artifact")
    everything = mlflow.artifacts.list_artifacts(run_id=run_id, artifact_path="copies")
    equal([item.path for item in everything], ["copies/of"])
    try:
        client.download_artifacts(run_id, "no such file")
        raise AssertionError("a missing artifact was downloaded")
    except (MlflowException, OSError) as error:
        assert "no such file" in str(error) or "404" in str(error), error


@flow("artifacts: odd names")
def odd_names():
    run_id = new_run()
    names = ["ü report.txt", "per cent 100%.txt", "a+b=c&d.txt", "quote'd.txt", "日本語.txt", "semi;colon,comma.txt"]
    if VERSION < (2, 20):
        # Clients before 2.20 do not escape a lone % on its way.
        names.remove("per cent 100%.txt")
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            client.log_artifact(run_id, write(folder, name, name.encode()), "odd folder")
    equal(sorted(item.path for item in client.list_artifacts(run_id, "odd folder")), sorted(
        f"odd folder/{name}" for name in names
    ))
    with tempfile.TemporaryDirectory() as folder:
        local = client.download_artifacts(run_id, "odd folder", folder)
        for name in names:
            with open(os.path.join(local, name), "rb") as file:
                equal(file.read().decode(), name)


@flow("artifacts: text, dict, table, image")
def typed():
    import numpy
    import pandas

    run_id = new_run()
    client.log_text(run_id, "one\ntwo ✓", "notes/text.txt")
    client.log_text(run_id, "overwritten", "notes/text.txt")
    client.log_dict(run_id, {"a": [1, 2], "b": None}, "config.json")
    client.log_dict(run_id, {"k": "v"}, "config.yml")
    equal(mlflow.artifacts.load_text(f"runs:/{run_id}/notes/text.txt"), "overwritten")
    equal(mlflow.artifacts.load_dict(f"runs:/{run_id}/config.json"), {"a": [1, 2], "b": None})
    client.log_table(run_id, pandas.DataFrame({"q": ["x"], "n": [1]}), "table.json")
    client.log_table(run_id, {"q": ["y", "z"], "n": [2, 3]}, "table.json")
    experiment_id = client.get_run(run_id).info.experiment_id
    table = client.load_table(experiment_id, "table.json", extra_columns=["run_id"])
    equal(list(table["q"]), ["x", "y", "z"])
    equal(set(table["run_id"]), {run_id})
    assert '"table.json"' in client.get_run(run_id).data.tags["mlflow.loggedArtifacts"]
    if VERSION >= (2, 12):
        image = numpy.zeros((4, 4, 3), dtype=numpy.uint8)
        client.log_image(run_id, image, key="dog", step=1, timestamp=1_700_000_000_000)
        equal(client.get_run(run_id).data.tags["mlflow.loggedImages"], "True")
        images = [item.path for item in client.list_artifacts(run_id, "images")]
        assert len(images) == 2 and all(path.startswith("images/dog") for path in images), images
        with tempfile.TemporaryDirectory() as folder:
            equal(len(os.listdir(client.download_artifacts(run_id, "images", folder))), 2)

"""Drives a server through an unmodified MLflow client, 2.x or 3.x, and asserts what comes back."""
import math
import os
import tempfile
import time

import mlflow
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException

client = mlflow.MlflowClient()

# Experiments
assert client.get_experiment("0").name == "Default"
name = f"flows {mlflow.__version__} {time.time_ns()}"
experiment = mlflow.set_experiment(name)
assert mlflow.set_experiment(name).experiment_id == experiment.experiment_id
client.set_experiment_tag(experiment.experiment_id, "team", "vision")
assert client.get_experiment_by_name(name).tags == {"team": "vision"}
assert client.get_experiment_by_name("no such experiment") is None
found = client.search_experiments(filter_string="tags.team = 'vision'", order_by=["creation_time DESC"])
assert found[0].name == name, found
try:
    client.create_experiment(name)
    raise AssertionError("a second experiment of the same name was created")
except MlflowException as error:
    assert error.error_code == "RESOURCE_ALREADY_EXISTS", error.error_code

# A run with everything that a training script logs
with mlflow.start_run(run_name="first", tags={"purpose": "test"}) as run:
    run_id = run.info.run_id
    mlflow.log_param("alpha", 0.5)
    mlflow.log_param("alpha", 0.5)
    mlflow.log_params({"β": "unicode", "empty": "", "nested/key": "x"})
    for step in range(5):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.log_metrics({"accuracy": 0.9, "f1": float("nan"), "big": float("inf")}, step=3)
    mlflow.set_tags({"stage": "dev", "mlflow.note.content": "a note"})
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "ü report.txt")
        with open(path, "w") as file:
            file.write("hello artifact")
        mlflow.log_artifact(path)
        mlflow.log_artifacts(folder, "folder/sub")
        open(os.path.join(folder, "empty.bin"), "w").close()
        mlflow.log_artifact(os.path.join(folder, "empty.bin"), "folder")
    mlflow.log_dict({"a": [1, 2]}, "folder/config.json")
    with mlflow.start_run(nested=True, run_name="child") as child:
        mlflow.log_metric("loss", 7)

seen = client.get_run(run_id)
assert seen.info.status == "FINISHED" and seen.info.end_time >= seen.info.start_time
assert seen.info.run_name == "first"
assert seen.data.params == {"alpha": "0.5", "β": "unicode", "empty": "", "nested/key": "x"}, seen.data.params
assert seen.data.metrics["loss"] == 0.2 and seen.data.metrics["accuracy"] == 0.9
assert math.isnan(seen.data.metrics["f1"]) and seen.data.metrics["big"] > 1e308
assert seen.data.tags["purpose"] == "test" and seen.data.tags["stage"] == "dev"
assert [(point.step, point.value) for point in client.get_metric_history(run_id, "loss")] == [
    (step, 1 / (step + 1)) for step in range(5)
]
assert client.get_metric_history(run_id, "unknown") == []
assert client.get_parent_run(child.info.run_id).info.run_id == run_id

# Artifacts
assert [item.path for item in client.list_artifacts(run_id)] == ["folder", "ü report.txt"]
assert [item.path for item in client.list_artifacts(run_id, "folder")] == [
    "folder/config.json",
    "folder/empty.bin",
    "folder/sub",
]
assert mlflow.artifacts.load_text(f"runs:/{run_id}/ü report.txt") == "hello artifact"
assert mlflow.artifacts.load_dict(f"runs:/{run_id}/folder/config.json") == {"a": [1, 2]}
with tempfile.TemporaryDirectory() as folder:
    local = client.download_artifacts(run_id, "folder", folder)
    assert sorted(os.listdir(local)) == ["config.json", "empty.bin", "sub"]
    assert os.path.getsize(os.path.join(local, "empty.bin")) == 0

# Mistakes are told with the right code, and never retried as if the server were ill
started = time.monotonic()
for mistake, code in [
    (lambda: client.log_param(run_id, "alpha", 0.6), "INVALID_PARAMETER_VALUE"),
    (lambda: client.log_metric(run_id, "bad|key", 1), "INVALID_PARAMETER_VALUE"),
    (lambda: client.get_run("0" * 32), "RESOURCE_DOES_NOT_EXIST"),
    (lambda: client.search_runs([experiment.experiment_id], "metrics.loss > 'a'"), "INVALID_PARAMETER_VALUE"),
]:
    try:
        mistake()
        raise AssertionError("a mistake was accepted")
    except MlflowException as error:
        assert error.error_code == code, (error.error_code, code, str(error))
assert time.monotonic() - started < 5

# Search
for value in range(6):
    batch = client.create_run(experiment.experiment_id, tags={"group": "search"})
    client.log_batch(
        batch.info.run_id,
        metrics=[Metric("score", value, 1, 0), Metric("score", value + 0.5, 2, 1)],
        params=[Param("kind", "even" if value % 2 == 0 else "odd")],
        tags=[RunTag("with space", str(value))],
    )
    client.set_terminated(batch.info.run_id)


def scores(filter_string, order_by=("metrics.score DESC",), **options):
    runs = client.search_runs([experiment.experiment_id], filter_string, order_by=list(order_by), **options)
    return [run.data.metrics["score"] for run in runs]


assert scores("metrics.score > 3 and params.kind = 'odd'") == [5.5, 3.5]
assert scores("tags.`with space` = '2'") == [2.5]
assert scores("tags.group = 'search' and params.kind LIKE 'ev%'", ["metrics.score ASC"]) == [0.5, 2.5, 4.5]
assert scores("attributes.status = 'FINISHED' and tags.group = 'search'", max_results=2) == [5.5, 4.5]
pages, token = [], None
while True:
    page = client.search_runs(
        [experiment.experiment_id], "tags.group = 'search'", order_by=["metrics.score ASC"], max_results=4, page_token=token
    )
    pages.append([run.data.metrics["score"] for run in page])
    token = page.token
    if not token:
        break
assert pages == [[0.5, 1.5, 2.5, 3.5], [4.5, 5.5]], pages

# Lifecycle
client.delete_run(child.info.run_id)
assert child.info.run_id not in [run.info.run_id for run in client.search_runs([experiment.experiment_id])]
deleted = client.search_runs([experiment.experiment_id], run_view_type=ViewType.DELETED_ONLY)
assert [run.info.run_id for run in deleted] == [child.info.run_id]
client.restore_run(child.info.run_id)
client.rename_experiment(experiment.experiment_id, name + " renamed")
client.delete_experiment(experiment.experiment_id)
assert client.get_experiment(experiment.experiment_id).lifecycle_stage == "deleted"
client.restore_experiment(experiment.experiment_id)
assert client.get_experiment(experiment.experiment_id).name == name + " renamed"
print("all flows passed with", mlflow.__version__)

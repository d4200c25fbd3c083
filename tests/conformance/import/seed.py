"""Fills a tracking store with one of everything that an import takes over. Argument: the tracking URI."""

import os
import sys

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric

uri = sys.argv[1]
mlflow.set_tracking_uri(uri)
client = MlflowClient()
is_new = mlflow.__version__.startswith("3.")

experiment_id = client.create_experiment("first", tags={"team": "a\nb"})
for index in range(3):
    run = client.create_run(experiment_id, tags={"kind": "x", "note": "two\nlines ü"}, run_name=f"run {index}")
    run_id = run.info.run_id
    for key, value in {"lr": "0.1", "folder/lines": "a\nb\n c ", "empty": "", "long": "v" * 500}.items():
        client.log_param(run_id, key, value)
    points = [Metric("loss", 1 / (step + 1), 1700000000000 + step, step) for step in range(50)]
    points += [Metric("folder/nan", float("nan"), 1700000000000, -3), Metric("folder/nan", 2.5, 1700000000001, -3)]
    points += [Metric("inf", float("inf"), 1700000000000, 2), Metric("inf", float("-inf"), 1700000000000, 1)]
    points += [Metric("same step", value, 1700000000000, 7) for value in (3.0, 1.0, 2.0)]
    client.log_batch(run_id, metrics=points)
    client.log_text(run_id, f"hello {index}", "notes/hello.txt")
    client.log_text(run_id, "ü", "name with space.txt")
    client.set_terminated(run_id, "FAILED" if index == 1 else "FINISHED")
client.delete_run(run_id)

gone = client.create_experiment("gone")
client.create_run(gone)
client.delete_experiment(gone)

run_id = client.create_run("0", run_name="with inputs").info.run_id
dataset = Dataset("data", "abc123", "local", '{"uri": "/x"}', schema='{"a": 1}', profile="{}")
client.log_inputs(run_id, datasets=[DatasetInput(dataset, tags=[InputTag("mlflow.data.context", "training")])])

if is_new:
    from mlflow.entities import LoggedModelInput, LoggedModelOutput, LoggedModelParameter

    model = client.create_logged_model(
        experiment_id,
        name="model",
        source_run_id=run_id,
        tags={"t": "1"},
        params={"depth": "3"},
        model_type="classifier",
    )
    client.finalize_logged_model(model.model_id, "READY")
    client.log_outputs(run_id, models=[LoggedModelOutput(model.model_id, 4)])
    client.log_inputs(run_id, models=[LoggedModelInput(model.model_id)])
    client.log_metric(run_id, "acc", 0.5, step=4, timestamp=1700000000000, model_id=model.model_id)
    client.create_logged_model(experiment_id, name="unfinished")

client.create_registered_model("registered", tags={"k": "v"}, description="words")
client.create_registered_model("empty")
artifact_uri = client.get_run(run_id).info.artifact_uri
client.log_text(run_id, "flavors: {}", "model/MLmodel")
for index in range(3):
    client.create_model_version("registered", f"{artifact_uri}/model", run_id=run_id, tags={"n": str(index)})
client.transition_model_version_stage("registered", "1", "Production")
client.update_model_version("registered", "2", "second")
client.set_registered_model_alias("registered", "champion", "2")
client.delete_model_version("registered", "3")

"""Prints as JSON all that a client sees of a tracking store, without the places of artifacts. Argument: its URI."""

import hashlib
import json
import math
import os
import sys
import tempfile

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"

import mlflow
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.entities import ViewType

LARGEST = sys.float_info.max

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()


def number(value):
    return "nan" if math.isnan(value) else max(-LARGEST, min(LARGEST, value))


def point(metric):
    return [metric.step, metric.timestamp, number(metric.value)]


def files(artifact_uri):
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        root = download_artifacts(artifact_uri, dst_path=folder)
        for parent, _, names in os.walk(root):
            for name in names:
                path = os.path.join(parent, name)
                with open(path, "rb") as file:
                    found[os.path.relpath(path, root)] = hashlib.sha256(file.read()).hexdigest()
        return found


def describe_run(run):
    info, inputs = run.info, run.inputs
    run_id = info.run_id
    return {
        "info": [info.experiment_id, info.run_name, info.user_id, info.status, info.start_time, info.end_time, info.lifecycle_stage],
        "params": run.data.params,
        "tags": run.data.tags,
        "metrics": {key: number(value) for key, value in run.data.metrics.items()},
        "history": {key: sorted(map(str, map(point, client.get_metric_history(run_id, key)))) for key in run.data.metrics},
        "datasets": [
            [entry.dataset.to_dictionary(), {tag.key: tag.value for tag in entry.tags}] for entry in inputs.dataset_inputs
        ],
        "model inputs": [entry.model_id for entry in getattr(inputs, "model_inputs", [])],
        "model outputs": [[entry.model_id, entry.step] for entry in getattr(run.outputs, "model_outputs", [])]
        if getattr(run, "outputs", None)
        else [],
        "files": files(info.artifact_uri) if client.list_artifacts(run_id) else {},
    }


def describe_experiment(experiment):
    runs = client.search_runs([experiment.experiment_id], run_view_type=ViewType.ALL, max_results=1000)
    described = {
        "info": [experiment.name, experiment.lifecycle_stage, experiment.creation_time, experiment.last_update_time],
        "tags": experiment.tags,
        "runs": {run.info.run_id: describe_run(client.get_run(run.info.run_id)) for run in runs},
    }
    if hasattr(client, "search_logged_models") and experiment.lifecycle_stage == "active":
        described["logged models"] = {
            model.model_id: [
                model.name,
                model.model_type or "",
                model.source_run_id or "",
                str(model.status),
                model.params,
                model.tags,
                model.creation_timestamp,
                sorted([metric.key, *map(str, point(metric)), metric.run_id] for metric in model.metrics or []),
            ]
            for model in client.search_logged_models([experiment.experiment_id])
        }
    return described


def describe_version(version):
    return {
        "info": [version.current_stage, version.description or "", version.run_id, version.status, version.creation_timestamp],
        "tags": version.tags,
        "aliases": sorted(version.aliases),
        "files": files(client.get_model_version_download_uri(version.name, version.version)),
    }


def describe_model(model):
    versions = client.search_model_versions(f"name='{model.name}'")
    return {
        "info": [model.description or "", model.creation_timestamp],
        "tags": model.tags,
        "aliases": {alias: str(version) for alias, version in model.aliases.items()},
        "versions": {
            str(each.version): describe_version(client.get_model_version(model.name, each.version)) for each in versions
        },
    }


print(
    json.dumps(
        {
            "experiments": {each.experiment_id: describe_experiment(each) for each in client.search_experiments(ViewType.ALL)},
            "models": {each.name: describe_model(each) for each in client.search_registered_models()},
        },
        sort_keys=True,
    )
)

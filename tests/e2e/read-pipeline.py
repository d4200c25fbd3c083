"""Reads a workflow run with an unmodified MLflow client and prints what it sees as JSON."""
import json
import sys

import mlflow

client = mlflow.MlflowClient()
root = client.get_run(sys.argv[1])
children = client.search_runs(
    [root.info.experiment_id],
    filter_string=f"tags.mlflow.parentRunId = '{root.info.run_id}'",
    order_by=["attributes.start_time ASC"],
)


def artifacts(run_id, path=None):
    files = []
    for item in client.list_artifacts(run_id, path):
        files += artifacts(run_id, item.path) if item.is_dir else [item.path]
    return sorted(files)


def seen(run):
    return {
        "run_id": run.info.run_id,
        "name": run.info.run_name,
        "status": run.info.status,
        "params": run.data.params,
        "metrics": run.data.metrics,
        "tags": run.data.tags,
        "artifacts": artifacts(run.info.run_id),
        "loss_history": [point.value for point in client.get_metric_history(run.info.run_id, "loss")],
    }


weights = [
    mlflow.artifacts.load_text(f"{child.info.artifact_uri}/model/weights.txt")
    for child in children
    if child.data.tags.get("flavour") == "tiny"
]
print(json.dumps({"root": seen(root), "children": [seen(child) for child in children], "weights": weights}))

"""Datasets as inputs of runs."""
import mlflow
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag

from flow import VERSION, equal, flow, new_experiment, refused

client = MlflowClient()


@flow("datasets: inputs of a run")
def inputs():
    import numpy
    import pandas

    experiment_id = new_experiment("datasets")
    frame = pandas.DataFrame({"x": [1.0, 2.0, 3.0], "y": [0, 1, 0]})
    dataset = mlflow.data.from_pandas(frame, source="https://example.com/data.csv", name="frame", targets="y")
    with mlflow.start_run() as run:
        mlflow.log_input(dataset, context="train")
        mlflow.log_input(dataset, context="train")
        mlflow.log_input(mlflow.data.from_numpy(numpy.arange(6), source="s3://bucket/array.npy", name="array"), "eval")
    seen = client.get_run(run.info.run_id).inputs.dataset_inputs
    by_name = {item.dataset.name: item for item in seen}
    equal(sorted(by_name), ["array", "frame"])
    equal(by_name["frame"].dataset.digest, dataset.digest)
    equal({tag.key: tag.value for tag in by_name["frame"].tags}, {"mlflow.data.context": "train"})
    assert '"num_rows": 3' in by_name["frame"].dataset.profile and "mlflow_colspec" in by_name["frame"].dataset.schema
    source = mlflow.data.get_source(client.get_run(run.info.run_id).inputs.dataset_inputs[
        [item.dataset.name for item in seen].index("frame")
    ])
    equal(source.url, "https://example.com/data.csv")

    def found(filter_string):
        return [item.info.run_id for item in client.search_runs([experiment_id], filter_string)]

    equal(found("dataset.name = 'frame'"), [run.info.run_id])
    equal(found(f"dataset.digest = '{dataset.digest}' AND datasets.context = 'train'"), [run.info.run_id])
    equal(found("dataset.name LIKE 'fr%' and dataset.context IN ('eval', 'train')"), [run.info.run_id])
    equal(found("dataset.name = 'other'"), [])


@flow("datasets: limits, and the first writer's source")
def limits():
    experiment_id = new_experiment("dataset limits")
    first = client.create_run(experiment_id).info.run_id
    second = client.create_run(experiment_id).info.run_id

    def log(run_id, source="a", **fields):
        values = {"name": "d", "digest": "1", "source_type": "local", "source": source, **fields}
        client.log_inputs(run_id, [DatasetInput(Dataset(**values), [InputTag("mlflow.data.context", "train")])])

    log(first)
    log(second, source="b", schema="{}")
    equal([item.dataset.source for item in client.get_run(second).inputs.dataset_inputs], ["a"])
    for field, length in [("name", 501), ("digest", 37), ("source", 65_536)]:
        with refused("INVALID_PARAMETER_VALUE"):
            log(first, **{field: "x" * length})
    equal(len(client.get_run(first).inputs.dataset_inputs), 1)
    assert VERSION >= (2, 0)

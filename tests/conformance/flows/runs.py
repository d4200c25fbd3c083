"""Experiments and runs: the fluent API and MlflowClient."""
import math
import time

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType

from flow import VERSION, equal, flow, new_experiment, refused, unique

client = MlflowClient()


@flow("experiments: create, tag, rename, delete, restore")
def experiments():
    equal(client.get_experiment("0").name, "Default")
    name = unique("experiments")
    experiment_id = client.create_experiment(name, tags={"team": "vision", "ümlaut": "✓"})
    seen = client.get_experiment(experiment_id)
    equal((seen.name, seen.lifecycle_stage), (name, "active"))
    equal(seen.tags, {"team": "vision", "ümlaut": "✓"})
    assert seen.creation_time <= seen.last_update_time
    equal(mlflow.set_experiment(name).experiment_id, experiment_id)
    equal(client.get_experiment_by_name(name).experiment_id, experiment_id)
    equal(client.get_experiment_by_name("no such experiment"), None)
    client.set_experiment_tag(experiment_id, "team", "speech")
    equal(client.get_experiment(experiment_id).tags["team"], "speech")
    with refused("RESOURCE_ALREADY_EXISTS"):
        client.create_experiment(name)
    client.rename_experiment(experiment_id, name + " renamed")
    equal(client.get_experiment_by_name(name), None)
    run = client.create_run(experiment_id)
    client.delete_experiment(experiment_id)
    equal(client.get_experiment(experiment_id).lifecycle_stage, "deleted")
    equal(client.get_run(run.info.run_id).info.lifecycle_stage, "deleted")
    with refused("INVALID_PARAMETER_VALUE"):
        client.set_experiment_tag(experiment_id, "team", "none")
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.delete_experiment(experiment_id)
    client.restore_experiment(experiment_id)
    equal(client.get_experiment(experiment_id).name, name + " renamed")
    equal(client.get_run(run.info.run_id).info.lifecycle_stage, "active")


@flow("experiment tags: delete", since=(3, 3))
def experiment_tags():
    experiment_id = client.create_experiment(unique("tags"), tags={"a": "1", "b": "2"})
    client.delete_experiment_tag(experiment_id, "a")
    equal(client.get_experiment(experiment_id).tags, {"b": "2"})


@flow("experiments: search, order, pages")
def search_experiments():
    mark = str(time.time_ns())
    names = [f"{name} {mark}" for name in ("b", "A", "c%", "Ab")]
    for name in names:
        client.create_experiment(name, tags={"mark": mark, "name": name})

    def found(filter_string="", **options):
        clause = f"tags.mark = '{mark}'" + (f" AND {filter_string}" if filter_string else "")
        return [item.name.split()[0] for item in client.search_experiments(filter_string=clause, **options)]

    equal(found(order_by=["name"]), ["A", "Ab", "b", "c%"])
    equal(found(order_by=["name DESC"]), ["c%", "b", "Ab", "A"])
    equal(found(order_by=["experiment_id ASC"]), ["b", "A", "c%", "Ab"])
    equal(found(f"name ILIKE 'a%{mark}'", order_by=["name"]), ["A", "Ab"])
    equal(found(f"name LIKE 'a%{mark}'"), [])
    equal(found(f"name != 'b {mark}'", order_by=["name"]), ["A", "Ab", "c%"])
    first = client.search_experiments(filter_string=f"tags.mark = '{mark}'", order_by=["name"], max_results=3)
    assert first.token
    rest = client.search_experiments(
        filter_string=f"tags.mark = '{mark}'", order_by=["name"], max_results=3, page_token=first.token
    )
    equal([item.name.split()[0] for item in [*first, *rest]], ["A", "Ab", "b", "c%"])
    deleted = client.get_experiment_by_name(names[0])
    client.delete_experiment(deleted.experiment_id)
    equal(found(order_by=["name"]), ["A", "Ab", "c%"])
    equal(found(view_type=ViewType.DELETED_ONLY), ["b"])
    equal(len(found(view_type=ViewType.ALL)), 4)
    with refused("INVALID_PARAMETER_VALUE"):
        client.search_experiments(filter_string="what = 'x'")
    with refused("INVALID_PARAMETER_VALUE"):
        client.search_experiments(max_results=100_000)


@flow("runs: a training script")
def training_script():
    new_experiment("training")
    with mlflow.start_run(run_name="first", tags={"purpose": "test"}) as run:
        run_id = run.info.run_id
        mlflow.log_param("alpha", 0.5)
        mlflow.log_param("alpha", 0.5)
        mlflow.log_params({"β": "unicode", "empty": "", "nested/key": "x"})
        for step in range(5):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"accuracy": 0.9, "f1": float("nan"), "big": float("inf")}, step=3)
        mlflow.set_tags({"stage": "dev", "mlflow.note.content": "a note"})
        mlflow.set_tag("stage", "prod")
        mlflow.set_tag("gone", "soon")
        mlflow.delete_tag("gone")
    seen = client.get_run(run_id)
    equal((seen.info.status, seen.info.run_name), ("FINISHED", "first"))
    assert seen.info.end_time >= seen.info.start_time
    equal(seen.data.params, {"alpha": "0.5", "β": "unicode", "empty": "", "nested/key": "x"})
    equal((seen.data.metrics["loss"], seen.data.metrics["accuracy"]), (0.2, 0.9))
    assert math.isnan(seen.data.metrics["f1"]) and seen.data.metrics["big"] > 1e308
    equal((seen.data.tags["purpose"], seen.data.tags["stage"]), ("test", "prod"))
    equal(seen.data.tags["mlflow.runName"], "first")
    assert "gone" not in seen.data.tags
    # A failing script leaves a failed run.
    try:
        with mlflow.start_run() as failing:
            raise ValueError("the script broke")
    except ValueError:
        pass
    equal(client.get_run(failing.info.run_id).info.status, "FAILED")
    # A run is taken up again under its id.
    with mlflow.start_run(run_id=run_id):
        equal(client.get_run(run_id).info.status, "RUNNING")
        mlflow.log_metric("loss", 0.1, step=5)
    seen = client.get_run(run_id)
    equal((seen.info.status, seen.data.metrics["loss"]), ("FINISHED", 0.1))


@flow("runs: nested")
def nested_runs():
    experiment_id = new_experiment("nested")
    with mlflow.start_run(run_name="parent") as parent:
        for index in range(3):
            with mlflow.start_run(nested=True, run_name=f"child {index}") as child:
                mlflow.log_metric("loss", index)
                with mlflow.start_run(nested=True) as grandchild:
                    pass
    equal(client.get_parent_run(child.info.run_id).info.run_id, parent.info.run_id)
    equal(client.get_parent_run(grandchild.info.run_id).info.run_id, child.info.run_id)
    equal(client.get_parent_run(parent.info.run_id), None)
    children = client.search_runs(
        [experiment_id], f"tags.mlflow.parentRunId = '{parent.info.run_id}'", order_by=["metrics.loss DESC"]
    )
    equal([run.info.run_name for run in children], ["child 2", "child 1", "child 0"])


@flow("runs: MlflowClient, from create to restore")
def client_runs():
    experiment_id = client.create_experiment(unique("client"))
    run = client.create_run(experiment_id, start_time=1_700_000_000_000, tags={"a": "b"}, run_name="named")
    run_id = run.info.run_id
    equal((run.info.status, run.info.start_time, run.info.end_time), ("RUNNING", 1_700_000_000_000, None))
    equal((run.info.run_name, run.data.tags["mlflow.runName"]), ("named", "named"))
    client.update_run(run_id, name="renamed")
    equal(client.get_run(run_id).data.tags["mlflow.runName"], "renamed")
    client.set_tag(run_id, "mlflow.runName", "by tag")
    equal(client.get_run(run_id).info.run_name, "by tag")
    client.log_batch(
        run_id,
        metrics=[Metric("m", value, 1_700_000_000_000 + value, value) for value in range(100)],
        params=[Param(f"p{index}", str(index)) for index in range(100)],
        tags=[RunTag(f"t{index}", str(index)) for index in range(100)],
    )
    seen = client.get_run(run_id)
    equal((seen.data.metrics["m"], len(seen.data.params)), (99, 100))
    client.set_terminated(run_id, "KILLED", 1_700_000_001_000)
    seen = client.get_run(run_id)
    equal((seen.info.status, seen.info.end_time), ("KILLED", 1_700_000_001_000))
    generated = client.create_run(experiment_id)
    assert generated.info.run_name and generated.data.tags["mlflow.runName"] == generated.info.run_name
    client.delete_run(run_id)
    equal(client.get_run(run_id).info.lifecycle_stage, "deleted")
    with refused("INVALID_PARAMETER_VALUE"):
        client.log_metric(run_id, "m", 1)
    equal([item.info.run_id for item in client.search_runs([experiment_id])], [generated.info.run_id])
    deleted = client.search_runs([experiment_id], run_view_type=ViewType.DELETED_ONLY)
    equal([item.info.run_id for item in deleted], [run_id])
    client.restore_run(run_id)
    client.log_metric(run_id, "m", 1, timestamp=1_800_000_000_000, step=1000)
    equal(client.get_run(run_id).data.metrics["m"], 1)


@flow("runs: mistakes are told with their code, at once")
def mistakes():
    experiment_id = client.create_experiment(unique("mistakes"))
    run_id = client.create_run(experiment_id).info.run_id
    client.log_param(run_id, "alpha", 0.5)
    started = time.monotonic()
    for mistake, code in [
        (lambda: client.log_param(run_id, "alpha", 0.6), "INVALID_PARAMETER_VALUE"),
        (lambda: client.log_metric(run_id, "bad|key", 1), "INVALID_PARAMETER_VALUE"),
        (lambda: client.set_tag(run_id, "x" * 251, 1), "INVALID_PARAMETER_VALUE"),
        (lambda: client.get_run("0" * 32), "RESOURCE_DOES_NOT_EXIST"),
        (lambda: client.get_experiment("123456789"), "RESOURCE_DOES_NOT_EXIST"),
        (lambda: client.delete_tag(run_id, "no such tag"), "RESOURCE_DOES_NOT_EXIST"),
        (lambda: client.search_runs([experiment_id], "metrics.loss > 'a'"), "INVALID_PARAMETER_VALUE"),
        (lambda: client.search_runs([experiment_id], "whatever.x = 'a'"), "INVALID_PARAMETER_VALUE"),
        (lambda: client.search_runs([experiment_id], max_results=100_000), "INVALID_PARAMETER_VALUE"),
    ]:
        with refused(code):
            mistake()
    assert time.monotonic() - started < 5
    equal(client.get_run(run_id).data.params, {"alpha": "0.5"})


@flow("metrics: history and latest value")
def metric_history():
    run_id = client.create_run(client.create_experiment(unique("history"))).info.run_id
    client.log_batch(run_id, metrics=[Metric("loss", index / 7, 1000 + index, index) for index in range(1000)])
    client.log_batch(run_id, metrics=[Metric("loss", index / 7, 1000 + index, index) for index in range(1000)])
    history = client.get_metric_history(run_id, "loss")
    equal([(point.step, point.value, point.timestamp) for point in history], [
        (index, index / 7, 1000 + index) for index in range(1000)
    ])
    for value, timestamp, step in [(5, 30, 2), (7, 20, 3), (6, 10, 3), (float("nan"), 40, 1), (-1, 50, -4)]:
        client.log_metric(run_id, "mixed", value, timestamp=timestamp, step=step)
    points = [(point.timestamp, point.step) for point in client.get_metric_history(run_id, "mixed")]
    equal(points, [(10, 3), (20, 3), (30, 2), (40, 1), (50, -4)])
    equal(client.get_run(run_id).data.metrics["mixed"], 7)
    equal(client.get_metric_history(run_id, "unknown"), [])


@flow("metrics: system metrics", since=(2, 8))
def system_metrics():
    new_experiment("system")
    mlflow.set_system_metrics_sampling_interval(0.2)
    mlflow.set_system_metrics_samples_before_logging(1)
    try:
        with mlflow.start_run(log_system_metrics=True) as run:
            deadline = time.monotonic() + 20
            while not client.get_run(run.info.run_id).data.metrics:
                assert time.monotonic() < deadline, "no system metric arrived"
                time.sleep(0.1)
    finally:
        mlflow.set_system_metrics_sampling_interval(None)
        mlflow.set_system_metrics_samples_before_logging(None)
    metrics = client.get_run(run.info.run_id).data.metrics
    assert metrics["system/cpu_utilization_percentage"] >= 0 and "system/system_memory_usage_megabytes" in metrics


@flow("metrics: of a logged model and a dataset", since=(3, 0))
def model_metrics():
    new_experiment("model metrics")
    with mlflow.start_run() as run:
        model = mlflow.create_external_model(name="outside")
        mlflow.log_metric("accuracy", 0.9, step=1, model_id=model.model_id)
        mlflow.log_metric("accuracy", 0.9, step=1)
    seen = mlflow.get_logged_model(model.model_id)
    equal([(metric.key, metric.value, metric.run_id) for metric in seen.metrics], [("accuracy", 0.9, run.info.run_id)])
    equal(client.get_run(run.info.run_id).data.metrics, {"accuracy": 0.9})
    assert VERSION >= (3, 0)

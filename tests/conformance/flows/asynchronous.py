"""Asynchronous logging: calls that return before the server has them."""
import mlflow
from mlflow import MlflowClient

from flow import equal, flow, new_experiment

client = MlflowClient()


@flow("async logging", since=(2, 8))
def async_logging():
    new_experiment("async")
    with mlflow.start_run() as run:
        waiting = [mlflow.log_metric("loss", step / 10, step=step, synchronous=False) for step in range(300)]
        waiting.append(mlflow.log_params({f"p{index}": index for index in range(150)}, synchronous=False))
        waiting.append(mlflow.set_tags({"a": "1", "b": "2"}, synchronous=False))
        waiting.append(mlflow.log_metrics({"x": 1, "y": 2}, step=7, synchronous=False))
        for operation in waiting:
            operation.wait()
    seen = client.get_run(run.info.run_id)
    equal(sorted(point.step for point in client.get_metric_history(run.info.run_id, "loss")), list(range(300)))
    equal((seen.data.metrics["x"], seen.data.metrics["loss"]), (1, 29.9))
    equal((len(seen.data.params), seen.data.tags["a"]), (150, "1"))


@flow("async logging by configuration", since=(2, 8))
def enabled():
    new_experiment("async enabled")
    mlflow.config.enable_async_logging(True)
    try:
        with mlflow.start_run() as run:
            for step in range(50):
                mlflow.log_metric("loss", step, step=step)
            mlflow.log_param("p", 1)
        mlflow.flush_async_logging()
    finally:
        mlflow.config.enable_async_logging(False)
    equal(len(client.get_metric_history(run.info.run_id, "loss")), 50)
    equal(client.get_run(run.info.run_id).data.params, {"p": "1"})

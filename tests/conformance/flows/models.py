"""Models that a run leaves: log_model, load_model, and their way into the registry."""
import os
import tempfile

import mlflow
from mlflow import MlflowClient
from mlflow.pyfunc import PythonModel

from flow import VERSION, equal, flow, new_experiment, refused, unique

client = MlflowClient()
IS_3 = VERSION >= (3, 0)


class AddOne(PythonModel):
    def predict(self, context, model_input, params=None):
        return [value + 1 for value in model_input]


def log_add_one(**options):
    """Logs the model of this file. Requirements are named, so that the client need not import everything to infer them."""
    place = {"name": "model"} if IS_3 else {"artifact_path": "model"}
    return mlflow.pyfunc.log_model(**place, python_model=AddOne(), pip_requirements=["mlflow"], **options)


def predict(uri):
    return list(mlflow.pyfunc.load_model(uri).predict([1, 2]))


@flow("models: log, then load by every kind of URI")
def log_and_load():
    new_experiment("models")
    name = unique("loaded")
    with mlflow.start_run() as run:
        info = log_add_one(registered_model_name=name)
    client.set_registered_model_alias(name, "champion", "1")
    client.transition_model_version_stage(name, "1", "Production")
    uris = [
        info.model_uri,
        f"runs:/{run.info.run_id}/model",
        f"models:/{name}/1",
        f"models:/{name}/latest",
        f"models:/{name}/Production",
        f"models:/{name}@champion",
    ]
    if IS_3:
        assert info.model_uri == f"models:/{info.model_id}", info.model_uri
    for uri in uris:
        equal(predict(uri), [2, 3])
    version = client.get_model_version(name, "1")
    equal((version.run_id, version.status, version.current_stage), (run.info.run_id, "READY", "Production"))
    equal(mlflow.models.get_model_info(f"models:/{name}/1").run_id, run.info.run_id)
    with tempfile.TemporaryDirectory() as folder:
        local = mlflow.artifacts.download_artifacts(f"models:/{name}/1", dst_path=folder)
        assert "MLmodel" in os.listdir(local), os.listdir(local)


@flow("models: scikit-learn with signature and example")
def sklearn_model():
    import pandas
    from sklearn.linear_model import LinearRegression

    new_experiment("sklearn model")
    features = pandas.DataFrame({"x": [1.0, 2.0, 3.0]})
    model = LinearRegression().fit(features, [2.0, 4.0, 6.0])
    signature = mlflow.models.infer_signature(features, model.predict(features))
    place = {"name": "line"} if IS_3 else {"artifact_path": "line"}
    with mlflow.start_run():
        info = mlflow.sklearn.log_model(
            model,
            **place,
            signature=signature,
            input_example=features.head(1),
            pip_requirements=["scikit-learn"],
            serialization_format="cloudpickle",
        )
    loaded = mlflow.sklearn.load_model(info.model_uri)
    equal(round(float(loaded.predict(features)[2]), 6), 6.0)
    served = mlflow.pyfunc.load_model(info.model_uri)
    equal(served.metadata.signature, signature)
    equal(round(float(served.predict(features)[0]), 6), 2.0)
    with refused("INVALID_PARAMETER_VALUE"):
        served.predict(pandas.DataFrame({"wrong": ["a"]}))


@flow("models: register a run's model afterwards")
def register():
    new_experiment("register")
    name = unique("registered")
    with mlflow.start_run() as run:
        log_add_one()
        log_add_one()
    first = mlflow.register_model(f"runs:/{run.info.run_id}/model", name, tags={"a": "b"})
    second = mlflow.register_model(f"runs:/{run.info.run_id}/model", name)
    equal((str(first.version), str(second.version), second.status), ("1", "2", "READY"))
    equal(client.get_model_version(name, "1").tags, {"a": "b"})
    equal(predict(f"models:/{name}/2"), [2, 3])
    if not IS_3:
        assert client.get_run(run.info.run_id).data.tags["mlflow.log-model.history"].count('"run_id"') >= 2
    # A source that is not of the run is nobody's model.
    other = client.create_run(run.info.experiment_id).info.run_id
    with refused("INVALID_PARAMETER_VALUE"):
        client.create_model_version(name, "/etc", run_id=other)
    with refused("INVALID_PARAMETER_VALUE"):
        client.create_model_version(name, "https://example.com/a/../../b")

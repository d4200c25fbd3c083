"""Logged models of MLflow 3: entities of their own beside runs."""
import mlflow
from mlflow import MlflowClient

from flow import equal, flow, new_experiment, refused

client = MlflowClient()


def status_of(model):
    return str(getattr(model.status, "value", model.status)).removeprefix("LOGGED_MODEL_")


@flow("logged models: create, finalize, tag, delete", since=(3, 0))
def lifecycle():
    from mlflow.entities import LoggedModelStatus

    experiment_id = new_experiment("logged models")
    model = client.create_logged_model(
        experiment_id, name="forest", tags={"a": "1"}, params={"depth": "3"}, model_type="tree"
    )
    equal((model.name, model.model_type, status_of(model)), ("forest", "tree", "PENDING"))
    assert model.model_id.startswith("m-") and model.artifact_location.endswith(f"/models/{model.model_id}/artifacts")
    equal(status_of(client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)), "READY")
    client.set_logged_model_tags(model.model_id, {"b": "2", "a/b c": "3"})
    client.delete_logged_model_tag(model.model_id, "a")
    seen = client.get_logged_model(model.model_id)
    equal((seen.tags, seen.params), ({"b": "2", "a/b c": "3"}, {"depth": "3"}))
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.delete_logged_model_tag(model.model_id, "a")
    many = mlflow.initialize_logged_model(name="many", params={f"p{index}": str(index) for index in range(250)})
    equal(len(client.get_logged_model(many.model_id).params), 250)
    for bad in ["a/b", "a:b", "a.b", "a%b", "a'b"]:
        with refused("INVALID_PARAMETER_VALUE", "Invalid model name"):
            client.create_logged_model(experiment_id, name=bad)
    client.delete_logged_model(model.model_id)
    with refused("RESOURCE_DOES_NOT_EXIST", "not found"):
        client.get_logged_model(model.model_id)
    assert client.create_logged_model(experiment_id).name


@flow("logged models: of a run, with its metrics and files", since=(3, 0))
def of_a_run():
    from models import log_add_one

    new_experiment("models of a run")
    with mlflow.start_run() as run:
        mlflow.log_params({"lr": "0.1"})
        mlflow.log_metric("loss", 0.5, step=0)
        info = log_add_one(step=0)
        mlflow.log_metric("loss", 0.25, step=1, model_id=info.model_id)
    model = mlflow.get_logged_model(info.model_id)
    equal((model.source_run_id, status_of(model), model.params["lr"]), (run.info.run_id, "READY", "0.1"))
    assert {("loss", 0.25, 1)} <= {(metric.key, metric.value, metric.step) for metric in model.metrics}
    equal([output.model_id for output in client.get_run(run.info.run_id).outputs.model_outputs], [info.model_id])
    equal(mlflow.last_logged_model().model_id, info.model_id)
    files = [item.path for item in client.list_logged_model_artifacts(info.model_id)]
    assert "MLmodel" in files and "python_model.pkl" in files, files
    with mlflow.start_run() as user:
        client.log_inputs(user.info.run_id, models=[mlflow.entities.LoggedModelInput(model_id=info.model_id)])
    equal([item.model_id for item in client.get_run(user.info.run_id).inputs.model_inputs], [info.model_id])


@flow("logged models: search, order, pages", since=(3, 0))
def search():
    experiment_id = new_experiment("search models")
    run_id = client.create_run(experiment_id).info.run_id
    ids = {}
    for index, name in enumerate(["b", "a", "c"]):
        model = client.create_logged_model(
            experiment_id, name=name, params={"p": name}, tags={"t": f"v {index}"}, source_run_id=run_id
        )
        client.log_metric(run_id, "score", index, step=index, model_id=model.model_id)
        ids[name] = model.model_id

    def names(filter_string=None, **options):
        found = client.search_logged_models([experiment_id], filter_string=filter_string, **options)
        return "".join(model.name for model in found)

    by_name = [{"field_name": "name", "ascending": True}]
    for filter_string, expected in [
        (None, "abc"),
        ("name = 'a'", "a"),
        ("name != 'a'", "bc"),
        ("name LIKE 'b%'", "b"),
        ("metrics.score >= 1", "ac"),
        ("params.p = 'c'", "c"),
        ("tags.t = 'v 0'", "b"),
        (f"model_id = '{ids['c']}'", "c"),
        (f"source_run_id = '{run_id}' AND name = 'b'", "b"),
    ]:
        assert names(filter_string, order_by=by_name) == expected, (filter_string, names(filter_string, order_by=by_name))
    equal(names(order_by=[{"field_name": "metrics.score", "ascending": False}]), "cab")
    equal(names(), "cab")
    first = client.search_logged_models([experiment_id], order_by=by_name, max_results=2)
    rest = client.search_logged_models([experiment_id], order_by=by_name, max_results=2, page_token=first.token)
    equal("".join(model.name for model in [*first, *rest]), "abc")
    equal(names("metrics.score > 0", datasets=[{"dataset_name": "none"}]), "")
    with refused("INVALID_PARAMETER_VALUE"):
        names("metric.score > 0")
    frame = mlflow.search_logged_models([experiment_id], filter_string="params.p = 'c'")
    equal(list(frame["name"]), ["c"])

"""Search of runs: grammar, order, pages, pandas."""
import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType

from flow import equal, flow, new_experiment, refused, unique

client = MlflowClient()


def sample_runs(experiment_id):
    """Six runs with scores 0.5 to 5.5, of which the even ones have kind 'even'."""
    ids = []
    for value in range(6):
        run = client.create_run(experiment_id, start_time=1000 + value, run_name=f"run {value}")
        client.log_batch(
            run.info.run_id,
            metrics=[Metric("score", value, 1, 0), Metric("score", value + 0.5, 2, 1), Metric("a.b/c d", value, 1, 0)],
            params=[Param("kind", "even" if value % 2 == 0 else "odd"), Param("lr", f"0.{value}")],
            tags=[RunTag("with space", str(value)), RunTag("name", "Größe" if value == 3 else "x")],
        )
        if value < 5:
            client.set_terminated(run.info.run_id, "FINISHED" if value < 4 else "FAILED", 2000 + value)
        ids.append(run.info.run_id)
    return ids


@flow("search runs: filters")
def filters():
    experiment_id = client.create_experiment(unique("filters"))
    ids = sample_runs(experiment_id)

    def names(filter_string):
        found = client.search_runs([experiment_id], filter_string, order_by=["start_time ASC"])
        return "".join(run.info.run_name.split()[1] for run in found)

    for filter_string, expected in [
        ("", "012345"),
        ("metrics.score > 3 and params.kind = 'odd'", "35"),
        ("metric.score >= 2.5 AND metrics.score < 4.5", "23"),
        ("metrics.score != 0.5", "12345"),
        ("metrics.`a.b/c d` <= 1", "01"),
        ('metrics."a.b/c d" = 2', "2"),
        ("metrics.score > 1e0", "12345"),
        ("metrics.score>1 and metrics.score<=3.5", "123"),
        ("params.kind != 'even'", "135"),
        ("params.kind LIKE 'ev%'", "024"),
        ("params.kind ILIKE 'EV_N'", "024"),
        ("parameters.lr = '0.3'", "3"),
        ("tags.`with space` = '2'", "2"),
        ("tags.name = 'Größe'", "3"),
        ('tag.name = "x"', "01245"),
        ("tags.missing != 'x'", ""),
        ("attributes.status = 'FINISHED'", "0123"),
        ("status != 'FINISHED'", "45"),
        ("attributes.start_time >= 1004", "45"),
        ("end_time < 2002", "01"),
        ("run_name = 'run 4'", "4"),
        ("attr.run_name LIKE 'run%'", "012345"),
        ("attributes.`run name` = 'run 1'", "1"),
        (f"run_id = '{ids[2]}'", "2"),
        (f"attributes.run_id IN ('{ids[1]}', '{ids[4]}')", "14"),
        (f"run_id NOT IN ('{ids[1]}')", "02345"),
        ("user_id = 'nobody'", ""),
    ]:
        assert names(filter_string) == expected, (filter_string, names(filter_string), expected)
    for filter_string in [
        "metrics.score > 'a'",
        "params.kind > 'a'",
        "metrics.score = 1 OR metrics.score = 2",
        "params.kind = even",
        "whatever.x = 'a'",
        "attributes.nothing = 'a'",
        "status IN ('FINISHED')",
        "run_id IN ()",
        "metrics.score >",
        "tags.name = 'x'; tags.name = 'y'",
    ]:
        with refused("INVALID_PARAMETER_VALUE"):
            names(filter_string)


@flow("search runs: order and pages")
def order():
    experiment_id = client.create_experiment(unique("order"))
    sample_runs(experiment_id)
    nan = client.create_run(experiment_id, start_time=5000, run_name="run 6").info.run_id
    client.log_metric(nan, "score", float("nan"))
    client.create_run(experiment_id, start_time=6000, run_name="run 7")

    def names(order_by, **options):
        found = client.search_runs([experiment_id], order_by=order_by, **options)
        return "".join(run.info.run_name.split()[1] for run in found)

    equal(names([]), "76543210")
    equal(names(["metrics.score ASC"])[:7], "0123456")
    equal(names(["metrics.score DESC"])[:7], "5432106")
    equal(names(["params.kind DESC", "metrics.score DESC"])[:6], "531420")
    equal(names(["attributes.end_time ASC"])[:5], "01234")
    equal(names(["status", "start_time DESC"]), "43210765")
    equal(names(["tags.`with space` DESC"])[:6], "543210")
    equal(names(["created DESC"]), "76543210")
    pages, token = [], None
    while True:
        page = client.search_runs(
            [experiment_id], "attributes.start_time < 6000", order_by=["metrics.score DESC"], max_results=4, page_token=token
        )
        pages.append("".join(run.info.run_name.split()[1] for run in page))
        token = page.token
        if not token:
            break
    equal([page for page in pages if page], ["5432", "106"])
    with refused("INVALID_PARAMETER_VALUE"):
        names(["dataset.name"])
    with refused("INVALID_PARAMETER_VALUE"):
        client.search_runs([experiment_id], page_token="not a token")


@flow("search runs: pandas, over experiments by name")
def pandas():
    name = unique("pandas")
    experiment_id = mlflow.set_experiment(name).experiment_id
    sample_runs(experiment_id)
    other = new_experiment("pandas other")
    client.create_run(other, run_name="run 9", start_time=900)
    frame = mlflow.search_runs(experiment_names=[name], order_by=["metrics.score DESC"], max_results=4)
    equal(list(frame["metrics.score"]), [5.5, 4.5, 3.5, 2.5])
    equal(list(frame["params.kind"]), ["odd", "even", "odd", "even"])
    equal(list(frame["tags.with space"]), ["5", "4", "3", "2"])
    frame = mlflow.search_runs([experiment_id, other], order_by=["start_time ASC"])
    equal(list(frame["tags.mlflow.runName"])[:2], ["run 9", "run 0"])
    everywhere = mlflow.search_runs(
        search_all_experiments=True, filter_string="run_name = 'run 9' and start_time = 900", output_format="list"
    )
    assert other in [run.info.experiment_id for run in everywhere]
    equal(mlflow.search_runs([other], run_view_type=ViewType.DELETED_ONLY, output_format="list"), [])

"""Autologging of scikit-learn, xgboost and lightgbm."""
import mlflow
from mlflow import MlflowClient

from flow import equal, flow, new_experiment

client = MlflowClient()


def data():
    from sklearn.datasets import make_classification

    return make_classification(n_samples=60, n_features=4, random_state=0)


def only_run(experiment_id):
    (run,) = client.search_runs([experiment_id])
    equal(run.info.status, "FINISHED")
    return run


@flow("autolog: scikit-learn")
def sklearn():
    from sklearn.linear_model import LogisticRegression

    experiment_id = new_experiment("sklearn")
    mlflow.sklearn.autolog(log_models=False, log_input_examples=False)
    try:
        features, labels = data()
        model = LogisticRegression(C=0.5, max_iter=50).fit(features, labels)
        with mlflow.start_run(run_name="second"):
            model.fit(features, labels)
            model.score(features, labels)
    finally:
        mlflow.sklearn.autolog(disable=True)
    second, first = client.search_runs([experiment_id])
    for run in (first, second):
        equal((run.data.params["C"], run.data.params["max_iter"]), ("0.5", "50"))
        equal(run.data.tags["estimator_name"], "LogisticRegression")
        assert 0 < run.data.metrics["training_accuracy_score"] <= 1, run.data.metrics
    equal(first.data.tags["mlflow.autologging"], "sklearn")
    assert any("score" in key and not key.startswith("training") for key in second.data.metrics), second.data.metrics
    names = [item.dataset.name for item in client.get_run(first.info.run_id).inputs.dataset_inputs]
    equal(len(names), 1)


@flow("autolog: scikit-learn grid search")
def grid_search():
    from sklearn.model_selection import GridSearchCV
    from sklearn.tree import DecisionTreeClassifier

    experiment_id = new_experiment("grid")
    mlflow.sklearn.autolog(log_models=False, log_datasets=False, max_tuning_runs=2)
    try:
        GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3]}, cv=2).fit(*data())
    finally:
        mlflow.sklearn.autolog(disable=True)
    runs = client.search_runs([experiment_id])
    parent = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    equal((len(runs), len(parent)), (3, 1))
    assert "best_max_depth" in parent[0].data.params and "best_cv_score" in parent[0].data.metrics
    assert "cv_results.csv" in [item.path for item in client.list_artifacts(parent[0].info.run_id)]


@flow("autolog: xgboost")
def xgboost():
    import xgboost

    experiment_id = new_experiment("xgboost")
    mlflow.xgboost.autolog(log_models=False, importance_types=["weight"])
    try:
        features, labels = data()
        matrix = xgboost.DMatrix(features, labels)
        xgboost.train({"objective": "binary:logistic", "max_depth": 2}, matrix, 5, [(matrix, "train")], verbose_eval=False)
    finally:
        mlflow.xgboost.autolog(disable=True)
    run = only_run(experiment_id)
    equal((run.data.params["max_depth"], run.data.params["num_boost_round"]), ("2", "5"))
    equal([point.step for point in client.get_metric_history(run.info.run_id, "train-logloss")], [0, 1, 2, 3, 4])


@flow("autolog: lightgbm")
def lightgbm():
    import lightgbm

    experiment_id = new_experiment("lightgbm")
    mlflow.lightgbm.autolog(log_models=False)
    try:
        dataset = lightgbm.Dataset(*data())
        lightgbm.train({"objective": "binary", "num_leaves": 4, "verbose": -1}, dataset, 5, valid_sets=[dataset])
    finally:
        mlflow.lightgbm.autolog(disable=True)
    run = only_run(experiment_id)
    equal((run.data.params["num_leaves"], run.data.params["num_boost_round"]), ("4", "5"))
    equal([point.step for point in client.get_metric_history(run.info.run_id, "training-binary_logloss")], [0, 1, 2, 3, 4])

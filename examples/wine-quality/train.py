"""Trains a linear classifier of the wines' cultivars with one strength of regularisation, `alpha`."""

import argparse
import csv
import json
import tempfile
from pathlib import Path

import joblib
import mlflow
import numpy as np
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def read_table(path: Path) -> tuple[np.ndarray, np.ndarray]:
    with path.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    table = np.array(rows, dtype=float)
    return table[:, :-1], table[:, -1].astype(int)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--alpha", type=float, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    args = parser.parse_args()

    train_x, train_y = read_table(args.data / "train.csv")
    test_x, test_y = read_table(args.data / "test.csv")
    scaler = StandardScaler().fit(train_x)
    train_x, test_x = scaler.transform(train_x), scaler.transform(test_x)
    classifier = SGDClassifier(loss="log_loss", alpha=args.alpha, random_state=7)
    classes = np.unique(train_y)

    with mlflow.start_run(), tempfile.TemporaryDirectory() as folder:
        for epoch in range(args.epochs):
            classifier.partial_fit(train_x, train_y, classes=classes)
            scores = {
                "train_log_loss": log_loss(train_y, classifier.predict_proba(train_x), labels=classes),
                "test_log_loss": log_loss(test_y, classifier.predict_proba(test_x), labels=classes),
                "test_accuracy": accuracy_score(test_y, classifier.predict(test_x)),
            }
            mlflow.log_metrics(scores, step=epoch)
        report = {
            "alpha": args.alpha,
            **scores,
            "confusion": confusion_matrix(test_y, classifier.predict(test_x)).tolist(),
        }
        (Path(folder) / "report.json").write_text(json.dumps(report, indent=2))
        joblib.dump(make_pipeline(scaler, classifier), Path(folder) / "model.joblib")
        mlflow.log_artifact(f"{folder}/report.json")
        mlflow.log_artifact(f"{folder}/model.joblib", "model")
    print(f"alpha {args.alpha}: accuracy {scores['test_accuracy']:.3f}, log loss {scores['test_log_loss']:.3f}")


if __name__ == "__main__":
    main()

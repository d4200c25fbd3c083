"""Splits scikit-learn's wine data set into a training and a test table, kept as the artifact `data`."""

import argparse
import csv
import tempfile
from pathlib import Path

import mlflow
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split


def write_table(path: Path, names, features, targets) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, "cultivar"])
        writer.writerows([*row, int(target)] for row, target in zip(features, targets))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test-share", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    args = parser.parse_args()

    wine = load_wine()
    train_x, test_x, train_y, test_y = train_test_split(
        wine.data, wine.target, test_size=args.test_share, random_state=args.seed, stratify=wine.target
    )
    with mlflow.start_run(), tempfile.TemporaryDirectory() as folder:
        write_table(Path(folder) / "train.csv", wine.feature_names, train_x, train_y)
        write_table(Path(folder) / "test.csv", wine.feature_names, test_x, test_y)
        mlflow.log_artifacts(folder, "data")
        mlflow.log_metrics({"train_rows": len(train_x), "test_rows": len(test_x)})
    print(f"{len(train_x)} rows to train on, {len(test_x)} to test on")


if __name__ == "__main__":
    main()

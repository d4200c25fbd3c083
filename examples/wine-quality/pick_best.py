"""Compares finished training runs by one metric, the lower the better, and records the best."""

import argparse

import mlflow


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", required=True, help="run ids, separated by commas")
    parser.add_argument("--metric", required=True)
    args = parser.parse_args()

    client = mlflow.MlflowClient()
    runs = [client.get_run(run_id) for run_id in args.candidates.split(",")]
    ranked = sorted(runs, key=lambda run: run.data.metrics[args.metric])
    best = ranked[0]

    with mlflow.start_run():
        mlflow.log_metrics({f"best_{key}": value for key, value in best.data.metrics.items()})
        mlflow.set_tags({"best_run_id": best.info.run_id, "best_alpha": best.data.params["alpha"]})
        mlflow.log_dict(
            {
                "metric": args.metric,
                "ranking": [
                    {"run_id": run.info.run_id, "alpha": run.data.params["alpha"], "value": run.data.metrics[args.metric]}
                    for run in ranked
                ],
            },
            "ranking.json",
        )
    print(f"best of {len(runs)}: alpha {best.data.params['alpha']}, {args.metric} {best.data.metrics[args.metric]:.3f}")


if __name__ == "__main__":
    main()

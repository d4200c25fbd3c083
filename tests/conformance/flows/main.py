"""Runs every flow against MLFLOW_TRACKING_URI and prints one JSON line for each: flow, outcome, seconds, detail.

Arguments name single flows; without any, all run.
"""
import json
import logging
import sys
import time
import traceback
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import mlflow  # noqa: E402

import artifacts, asynchronous, autologging, datasets, logged_models, models, prompts  # noqa: E401, E402, F401
import registry, runs, search, webhooks  # noqa: E401, E402, F401
from flow import FLOWS, VERSION  # noqa: E402


def outcome_of(since, function):
    if since > VERSION:
        return "absent", f"needs a client of {since[0]}.{since[1]}"
    try:
        function()
        return "passed", ""
    except BaseException:
        return "failed", traceback.format_exc()
    finally:
        while mlflow.active_run() is not None:
            mlflow.end_run()


for title, since, function in FLOWS:
    if len(sys.argv) > 1 and title not in sys.argv[1:]:
        continue
    started = time.monotonic()
    outcome, detail = outcome_of(since, function)
    line = {"flow": title, "outcome": outcome, "seconds": round(time.monotonic() - started, 2), "detail": detail}
    print("\n" + json.dumps(line), flush=True)

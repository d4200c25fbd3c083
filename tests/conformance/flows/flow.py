"""What a flow is: a function with a title and the client versions that have what it uses."""
import time
from contextlib import contextmanager

import mlflow
from mlflow.exceptions import MlflowException

VERSION = tuple(int(part) for part in mlflow.__version__.split(".")[:2])
FLOWS = []


def flow(title, since=(2, 0)):
    """Lists the function under its title; clients older than `since` (major, minor) do not have it."""

    def register(function):
        FLOWS.append((title, since, function))
        return function

    return register


def unique(name):
    """A name that no other flow, client or run of the tests has used on this server."""
    return f"{name} {mlflow.__version__} {time.time_ns()}"


def new_experiment(name):
    """The id of a new experiment, which is the active one from here on."""
    return mlflow.set_experiment(unique(name)).experiment_id


@contextmanager
def refused(code, text=""):
    """The block must raise an MlflowException with this code, whose message has the text."""
    try:
        yield
    except MlflowException as error:
        assert error.error_code == code, (error.error_code, code, str(error))
        assert text in str(error), (text, str(error))
    else:
        raise AssertionError(f"nothing was refused with {code}")


def equal(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"

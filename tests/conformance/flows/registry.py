"""The model registry through MlflowClient."""
from mlflow import MlflowClient

from flow import VERSION, equal, flow, refused, unique

client = MlflowClient()
SOURCE = "s3://bucket/model"


def new_model(name, versions=0, **options):
    name = unique(name)
    client.create_registered_model(name, **options)
    for _ in range(versions):
        client.create_model_version(name, SOURCE)
    return name


@flow("registry: models")
def models():
    name = new_model("crud", tags={"team": "vision"}, description="first")
    model = client.get_registered_model(name)
    equal((model.name, model.description, model.tags, model.latest_versions), (name, "first", {"team": "vision"}, []))
    with refused("RESOURCE_ALREADY_EXISTS"):
        client.create_registered_model(name)
    client.update_registered_model(name, "second")
    client.set_registered_model_tag(name, "team", "speech")
    client.set_registered_model_tag(name, "gone", "x")
    client.delete_registered_model_tag(name, "gone")
    model = client.get_registered_model(name)
    equal((model.description, model.tags), ("second", {"team": "speech"}))
    client.create_model_version(name, SOURCE, tags={"v": "1"})
    renamed = unique("renamed")
    client.rename_registered_model(name, renamed)
    equal(client.get_model_version(renamed, "1").tags, {"v": "1"})
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.get_registered_model(name)
    client.delete_registered_model(renamed)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.get_model_version(renamed, "1")
    client.create_registered_model(renamed)
    equal(str(client.create_model_version(renamed, SOURCE).version), "1")


@flow("registry: versions")
def versions():
    name = new_model("versions", versions=3)
    version = client.get_model_version(name, "2")
    equal((str(version.version), version.source, version.status, version.current_stage), ("2", SOURCE, "READY", "None"))
    client.update_model_version(name, "2", "described")
    client.set_model_version_tag(name, "2", "k", "v")
    client.set_model_version_tag(name, "2", "gone", "x")
    client.delete_model_version_tag(name, "2", "gone")
    version = client.get_model_version(name, "2")
    equal((version.description, version.tags), ("described", {"k": "v"}))
    equal(client.get_model_version_download_uri(name, "2"), SOURCE)
    client.delete_model_version(name, "3")
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.get_model_version(name, "3")
    equal(str(client.create_model_version(name, SOURCE).version), "4")
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.create_model_version("no such model", SOURCE)


@flow("registry: stages")
def stages():
    name = new_model("stages", versions=3)
    client.transition_model_version_stage(name, "1", "Production")
    client.transition_model_version_stage(name, "2", "staging")
    client.transition_model_version_stage(name, "3", "Production", archive_existing_versions=True)
    stage = {number: client.get_model_version(name, number).current_stage for number in "123"}
    equal(stage, {"1": "Archived", "2": "Staging", "3": "Production"})
    latest = client.get_latest_versions(name)
    equal(sorted(str(item.version) for item in latest), ["1", "2", "3"])
    equal([str(item.version) for item in client.get_latest_versions(name, ["Production"])], ["3"])
    with refused("INVALID_PARAMETER_VALUE"):
        client.transition_model_version_stage(name, "1", "Nowhere")


@flow("registry: aliases")
def aliases():
    name = new_model("aliases", versions=2)
    client.set_registered_model_alias(name, "champion", "1")
    client.set_registered_model_alias(name, "Canary-2", "1")
    client.set_registered_model_alias(name, "champion", "2")
    equal(client.get_registered_model(name).aliases, {"champion": "2", "Canary-2": "1"})
    equal(str(client.get_model_version_by_alias(name, "champion").version), "2")
    equal(client.get_model_version(name, "2").aliases, ["champion"])
    client.delete_registered_model_alias(name, "Canary-2")
    with refused("INVALID_PARAMETER_VALUE", "not found"):
        client.get_model_version_by_alias(name, "Canary-2")
    for bad in ["latest", "v1", "a b", ""]:
        with refused("INVALID_PARAMETER_VALUE"):
            client.set_registered_model_alias(name, bad, "1")
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.set_registered_model_alias(name, "champion", "9")


@flow("registry: copy a version")
def copy():
    source = new_model("source", versions=1)
    client.update_model_version(source, "1", "the original")
    client.set_model_version_tag(source, "1", "k", "v")
    client.set_registered_model_alias(source, "champion", "1")
    target = unique("target")
    copied = client.copy_model_version(f"models:/{source}/1", target)
    again = client.copy_model_version(f"models:/{source}@champion", target)
    equal((str(copied.version), str(again.version)), ("1", "2"))
    equal(client.get_model_version_download_uri(target, "2"), SOURCE)
    seen = client.get_model_version(target, "1")
    equal((seen.source, seen.description, seen.tags), (f"models:/{source}/1", "the original", {"k": "v"}))


@flow("registry: search")
def search():
    mark = unique("search").replace(" ", "-")
    for index, suffix in enumerate(["b", "a", "C"]):
        name = f"{mark}-{suffix}"
        client.create_registered_model(name, tags={"index": str(index), "mark": mark})
        client.create_model_version(name, f"{SOURCE}/{suffix}", tags={"kind": "x" if index else "y"})

    def names(filter_string, **options):
        return "".join(item.name[-1] for item in client.search_registered_models(filter_string, **options))

    equal(names(f"name LIKE '{mark}%'"), "Cab")
    equal(names(f"name ILIKE '{mark}-c'"), "C")
    equal(names(f"tags.mark = '{mark}' AND tags.index != '1'", order_by=["name DESC"]), "bC")
    equal(names(f"name LIKE '{mark}%'", order_by=["last_updated_timestamp DESC"]), "Cab")
    first = client.search_registered_models(f"name LIKE '{mark}%'", max_results=2)
    rest = client.search_registered_models(f"name LIKE '{mark}%'", max_results=2, page_token=first.token)
    equal("".join(item.name[-1] for item in [*first, *rest]), "Cab")
    equal([str(item.version) for item in first[0].latest_versions], ["1"])

    def versions(filter_string, **options):
        return "".join(item.name[-1] for item in client.search_model_versions(filter_string, **options))

    equal(versions(f"name = '{mark}-a'"), "a")
    equal(versions(f"name LIKE '{mark}%' AND tags.kind = 'x'", order_by=["name ASC"]), "Ca")
    equal(versions(f"source_path = '{SOURCE}/b' AND name = '{mark}-b' AND version_number >= 1"), "b")
    equal(versions(f"name LIKE '{mark}%'", order_by=["creation_timestamp DESC"]), "Cab")
    for filter_string in ["stage = 'x'", "tags.kind > 'x'", "name = x"]:
        with refused("INVALID_PARAMETER_VALUE"):
            versions(filter_string)
    assert VERSION >= (2, 0)

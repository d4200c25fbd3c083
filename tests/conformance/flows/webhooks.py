"""Webhooks of the registry: what a client can do with them."""
from mlflow import MlflowClient

from flow import equal, flow, refused

client = MlflowClient()
HOST = "https://1.1.1.1"


@flow("webhooks: create, list, update, delete", since=(3, 6))
def webhooks():
    # Disabled and by address: nothing is looked up, nothing is sent.
    first = client.create_webhook("conformance", f"{HOST}/1", ["model_version.created"], secret="s3", status="DISABLED")
    second = client.create_webhook("other.hook", f"{HOST}/2", ["prompt.created"], "a note", status="DISABLED")
    try:
        equal((first.name, first.url, str(first.status.value)), ("conformance", f"{HOST}/1", "DISABLED"))
        equal(getattr(first, "secret", None), None)
        equal(client.get_webhook(second.webhook_id).description, "a note")
        listed = [item.webhook_id for item in client.list_webhooks(max_results=1000)]
        assert listed.index(second.webhook_id) < listed.index(first.webhook_id)
        page = client.list_webhooks(max_results=1)
        equal((len(page), bool(page.token)), (1, True))
        changed = client.update_webhook(first.webhook_id, name="renamed", events=["prompt.created"], status="DISABLED")
        equal((changed.name, changed.url, str(changed.status.value)), ("renamed", f"{HOST}/1", "DISABLED"))
        equal([str(event) for event in client.get_webhook(first.webhook_id).events], ["prompt.created"])
        for mistake in [
            lambda: client.create_webhook("-bad name-", HOST, ["model_version.created"]),
            lambda: client.create_webhook("plain", HOST.replace("https", "http"), ["model_version.created"]),
            lambda: client.create_webhook("none", HOST, []),
        ]:
            with refused("INVALID_PARAMETER_VALUE"):
                mistake()
    finally:
        client.delete_webhook(first.webhook_id)
        client.delete_webhook(second.webhook_id)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.get_webhook(first.webhook_id)

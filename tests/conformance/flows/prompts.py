"""Prompts: registered models in another guise."""
import mlflow
from mlflow import MlflowClient

from flow import equal, flow, refused, unique

client = MlflowClient()


def new_name():
    return unique("prompt").replace(" ", "-")


@flow("prompts: register, load, search, delete", since=(3, 0))
def prompts():
    name = new_name()
    genai = mlflow.genai
    first = genai.register_prompt(name, "Say {{word}}.", commit_message="first", tags={"author": "ann"})
    second = genai.register_prompt(name, "Shout {{word}}!")
    equal((first.version, second.version), (1, 2))
    loaded = genai.load_prompt(f"prompts:/{name}/1")
    equal((loaded.template, loaded.commit_message, loaded.tags["author"]), ("Say {{word}}.", "first", "ann"))
    equal(loaded.format(word="hi"), "Say hi.")
    genai.set_prompt_alias(name, alias="production", version=2)
    equal(genai.load_prompt(f"prompts:/{name}@production").template, "Shout {{word}}!")
    equal(genai.load_prompt(name, allow_missing=True).version if hasattr(genai, "search_prompts") else 2, 2)
    assert name in [prompt.name for prompt in genai.search_prompts(f"name = '{name}'")]
    equal(client.search_registered_models(f"name = '{name}'"), [])
    with refused("RESOURCE_ALREADY_EXISTS"):
        client.create_registered_model(name)
    genai.delete_prompt_alias(name, alias="production")
    equal(genai.load_prompt(f"prompts:/{name}@production", allow_missing=True), None)
    client.delete_prompt_version(name, "1")
    client.delete_prompt_version(name, "2")
    client.delete_prompt(name)
    equal(genai.load_prompt(f"prompts:/{name}/1", allow_missing=True), None)


@flow("prompts: chat templates and tags", since=(3, 6))
def chat():
    name = new_name()
    messages = [{"role": "system", "content": "You are {{style}}."}, {"role": "user", "content": "{{question}}"}]
    mlflow.genai.register_prompt(name, messages)
    equal(mlflow.genai.load_prompt(f"prompts:/{name}/1").template, messages)
    client.set_prompt_tag(name, "team", "nlp")
    client.set_prompt_version_tag(name, "1", "reviewed", "yes")
    equal(client.get_prompt(name).tags["team"], "nlp")
    # load_prompt answers from the client's own cache; this asks the server.
    equal(client.get_prompt_version(name, "1").tags["reviewed"], "yes")
    client.delete_prompt_tag(name, "team")
    assert "team" not in client.get_prompt(name).tags

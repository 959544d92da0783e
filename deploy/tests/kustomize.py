"""What `kubectl kustomize` makes of our overlays, for machines without kubectl.

Knows what deploy/kubernetes uses and refuses the rest, so that nothing is left out unseen. Where kubectl
is there, `manifests` compares the two.
"""

import base64
import copy
from pathlib import Path

import yaml

KNOWN = {
    "apiVersion", "kind", "resources", "namespace", "images", "replicas", "patches",
    "configMapGenerator", "secretGenerator", "generatorOptions",
}
CLUSTER_WIDE = {"Namespace"}


def render(folder: Path) -> list[dict]:
    """The objects of the kustomization in `folder`."""
    spec = yaml.safe_load((folder / "kustomization.yaml").read_text())
    unknown = set(spec) - KNOWN
    if unknown:
        raise ValueError(f"{folder}: kustomize.py does not know {sorted(unknown)}; teach it")
    if spec.get("generatorOptions") != {"disableNameSuffixHash": True}:
        raise ValueError(f"{folder}: kustomize.py makes no suffix hashes; disable them")
    objects = []
    for resource in spec.get("resources", []):
        path = folder / resource
        objects += render(path) if path.is_dir() else list(yaml.safe_load_all(path.read_text()))
    objects = copy.deepcopy(objects)  # YAML anchors would tie parts together
    for generator in spec.get("configMapGenerator", []):
        generate(objects, "ConfigMap", generator, folder, lambda text: text)
    for generator in spec.get("secretGenerator", []):
        generate(objects, "Secret", generator, folder, lambda text: base64.b64encode(text.encode()).decode())
    for patch in spec.get("patches", []):
        found = [thing for thing in objects if matches(thing, patch["target"])]
        if not found:
            raise ValueError(f"{folder}: no object for the patch of {patch['target']}")
        for operation in yaml.safe_load(patch["patch"]):
            for thing in found:
                replace(thing, operation)
    for thing in objects:
        if "namespace" in spec and thing["kind"] not in CLUSTER_WIDE:
            thing["metadata"]["namespace"] = spec["namespace"]
        for replica in spec.get("replicas", []):
            if thing["metadata"]["name"] == replica["name"] and "replicas" in thing.get("spec", {}):
                thing["spec"]["replicas"] = replica["count"]
        for container in containers(thing):
            rename(container, spec.get("images", []))
    return objects


def containers(thing: dict) -> list[dict]:
    """The containers of a workload, or none."""
    pod = thing.get("spec", {}).get("template", {}).get("spec", {})
    return pod.get("initContainers", []) + pod.get("containers", [])


def generate(objects, kind, generator, folder, encode):
    lines = list(generator.get("literals", []))
    for file in generator.get("envs", []):
        lines += [line for line in (folder / file).read_text().splitlines() if line.strip()]
    data = {name: encode(value) for name, value in (line.split("=", 1) for line in lines)}
    if generator.get("behavior") == "merge":
        found = [thing for thing in objects if thing["kind"] == kind and thing["metadata"]["name"] == generator["name"]]
        found[0]["data"].update(data)
        return
    thing = {"apiVersion": "v1", "kind": kind, "metadata": {"name": generator["name"]}, "data": data}
    if kind == "Secret":
        thing["type"] = "Opaque"
    objects.append(thing)


def matches(thing, target):
    return thing["kind"] == target["kind"] and thing["metadata"]["name"] == target["name"]


def replace(thing, operation):
    if operation["op"] != "replace":
        raise ValueError(f"kustomize.py does not know the operation {operation['op']}; teach it")
    *way, last = operation["path"].strip("/").split("/")
    for step in way:
        thing = thing[int(step)] if isinstance(thing, list) else thing[step]
    thing[int(last) if isinstance(thing, list) else last] = operation["value"]


def rename(container, images):
    name, _, tag = container["image"].partition(":")
    for image in images:
        if image["name"] == name:
            container["image"] = f"{image.get('newName', name)}:{image.get('newTag', tag)}"

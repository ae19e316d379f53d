"""The API as an OpenAPI 3.1 document, made of the table of routes and of the classes of records."""

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

import msgspec

from console.web.asked import LONGEST
from console.web.bodies import Keys
from console.web.refusals import TYPE, Problem
from console.web.routes import Route
from schemas import Subscription
from schemas.jsonschema import tidy

_AT = "#/components/schemas/"
_NAME = re.compile(r"{([a-z]+)}")
_TAG = {"ETag": {"description": "Its tag.", "schema": {"type": "string"}}}


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """Describe routes: what they take, what they answer, and every no as a problem."""
    told = tuple(routes)
    classes = {each.answer for each in told} | {each.body for each in told}
    kinds = sorted(filter(None, classes - {Keys}), key=lambda kind: kind.__name__)
    paths: dict[str, dict[str, Any]] = {}
    for each in told:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tocsin",
            "version": version("tocsin"),
            "description": "Subscriptions, what rang for them, and where that was sent.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(kinds),
        },
    }


def _schemas(kinds: Iterable[type]) -> dict[str, Any]:
    all_of = [*kinds, Problem, Subscription]
    _, found = msgspec.json.schema_components(all_of, ref_template=_AT + "{name}")
    return dict(sorted((tidy(found) | {"Keys": _keys(tidy(found["Subscription"]))}).items()))


def _keys(subscription: Mapping[str, Any]) -> dict[str, Any]:
    """Describe what is put: the keys of a subscription as people write them."""
    actors = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    return {
        "title": "Keys",
        "description": "The keys of a subscription, as in a file: `query`, or `actors` instead.",
        "type": "object",
        "properties": {**subscription["properties"], "actors": actors},
        "additionalProperties": False,
    }


def _operation(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": _name(route),
        "summary": route.says,
        "parameters": _parameters(route),
        "responses": _responses(route),
    }
    if route.is_open:
        found["security"] = []
    if route.body is not None:
        is_needed = route.body is Keys or any(
            each.required for each in msgspec.structs.fields(route.body)
        )
        content = {"application/json": {"schema": {"$ref": _AT + route.body.__name__}}}
        found["requestBody"] = {"required": is_needed, "content": content}
    return found


def _name(route: Route) -> str:
    """Name an operation for those who make programs of the document: `subscriptions_put`."""
    module = route.do.__module__.rpartition(".")[2]
    return f"{module}_{route.do.__name__.strip('_')}"


def _parameters(route: Route) -> list[dict[str, Any]]:
    schema = {"type": "string", "minLength": 1, "maxLength": LONGEST}
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name in _NAME.findall(route.path)
    ]
    found += [
        {"name": each.name, "in": "query", "description": each.says, "schema": each.schema}
        for each in route.parameters
    ]
    if route.is_tagged and route.method != "GET":
        found.append(_header("If-Match", "The tag of what is changed, or `*`."))
    if route.method == "PUT":
        found.append(_header("If-None-Match", "`*`: only if there is none."))
    return found


def _header(name: str, says: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": says, "schema": {"type": "string"}}


def _responses(route: Route) -> dict[str, Any]:
    schema = {"$ref": _AT + route.answer.__name__} if route.answer else {"type": "object"}
    done: dict[str, Any] = {
        "description": "Done.",
        "content": {"application/json": {"schema": schema}},
    }
    done |= {"headers": _TAG} if route.is_tagged else {}
    problem = {"schema": {"$ref": _AT + Problem.__name__}}
    refused = {"description": "Refused, and why.", "content": {TYPE: problem}}
    statuses = {"200": done} | ({"201": done} if route.method == "PUT" else {})
    return statuses | {"4XX": refused, "5XX": refused}

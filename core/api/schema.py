"""The OpenAPI document: what can be asked, in the form that programs read."""

from collections.abc import Mapping
from typing import Any, Final

from core.analysis.verdict import Verdict
from core.api.bodies import MOST_BYTES
from core.api.images import PICTURES
from core.api.listing import MOST_LISTED, USUALLY_LISTED
from core.api.numbers import BRIGHTEST, MOST_IMAGES, PIXELS
from core.api.queries import RUN
from core.config import RUN_ID
from core.exports.browser_json import MOST_WEIGHTS

Schema = dict[str, Any]

_VERSION: Final = "1.0.0"
_REFUSALS: Final = {
    400: "A parameter or the JSON cannot be read.",
    404: "There is no such run, or it has no weights yet.",
    405: "The path takes a different method.",
    408: "The body did not arrive in time.",
    413: f"The body is larger than {MOST_BYTES // 10**6} MB.",
    415: "The Content-Type is not supported, or the body is compressed.",
    421: "The server does not answer to this name.",
    422: "The body can be parsed, but its content is not valid; or the network is too large to be sent.",
    429: "Too many requests from one address; Retry-After says for how many seconds to wait.",
    500: "Something went wrong in the server, whose log says what.",
    503: "Too many requests are waiting, or too many large answers are being sent; Retry-After says for how many "
    "seconds to wait.",
}
_ALWAYS: Final = (400, 405, 421, 429, 500)


def openapi(server: str) -> dict[str, Any]:
    """The whole document.

    Parameters
    ----------
    server
        Where the paths begin, such as ``/api/v1``.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Digit Lab",
            "version": _VERSION,
            "description": "Reads images with trained networks. Every refusal is explained in one sentence.",
        },
        "servers": [{"url": server}],
        "paths": {
            "/predict": {"post": _predict()},
            "/models": {"get": _models()},
            "/weights": {"get": _weights()},
            "/judge": {"get": _judge()},
            "/health": {"get": _health()},
        },
        "components": {"schemas": _SCHEMAS},
    }


def _predict() -> Schema:
    pictures = {kind: {"schema": {"contentMediaType": kind}} for kind in PICTURES}
    return _operation(
        "predict",
        "Read images with a network",
        "A picture is taken for a drawing or photograph: its ink is found and brought to 28×28 pixels in the same way "
        f"as the images that the network learned from. Numbers are pixels in MNIST’s own form: light on dark, {PIXELS} "
        "of them, row by row. Requests that arrive while the network computes are batched.",
        "Prediction",
        (404, 408, 413, 415, 422, 503),
        parameters=[_RUN],
        requestBody={"required": True, "content": {"application/json": {"schema": _ref("Images")}, **pictures}},
    )


def _models() -> Schema:
    return _operation(
        "models",
        "List the runs that can read images",
        "Runs with weights, newest first.",
        "Models",
        (),
        parameters=[
            _number("limit", "The maximum number of runs.", 1, MOST_LISTED, USUALLY_LISTED),
            _number("offset", "The number of runs to skip.", 0, 10**9, 0),
        ],
    )


def _weights() -> Schema:
    return _operation(
        "weights",
        "A network as JSON that a browser computes with",
        "Layers in order with their arrays, little-endian float32 in base64: what “Export” writes as JSON. "
        f"Networks of more than {MOST_WEIGHTS:,} parameters are not sent.",
        "Network",
        (404, 422, 503),
        parameters=[_RUN],
    )


def _judge() -> Schema:
    return _operation(
        "judge",
        "What a network’s verdicts are based on",
        "Its temperature, and training images as it sees them, for browsers that compute verdicts themselves: "
        "arrays as above.",
        "Judge",
        (404, 503),
        parameters=[_RUN],
    )


def _health() -> Schema:
    return _operation("health", "Check that the server is up", "", "Health", ())


def _operation(
    name: str, summary: str, description: str, answer: str, refusals: tuple[int, ...], **more: Any
) -> Schema:
    said = {"description": summary, "content": {"application/json": {"schema": _ref(answer)}}}
    error = {"application/json": {"schema": _ref("Error")}}
    refused = {
        str(status): {"description": _REFUSALS[status], "content": error} for status in sorted({*_ALWAYS, *refusals})
    }
    described = {"description": description} if description else {}
    return {"operationId": name, "summary": summary, **described, **more, "responses": {"200": said, **refused}}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: Mapping[str, Schema], *optional: str, is_closed: bool = True) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": not is_closed}


def _list(items: Schema, **limits: int) -> Schema:
    return {"type": "array", "items": items, **limits}


def _number(name: str, description: str, least: int, most: int, default: int) -> Schema:
    schema = {"type": "integer", "minimum": least, "maximum": most, "default": default}
    return {"name": name, "in": "query", "description": description, "schema": schema}


_TEXT: Final = {"type": "string"}
_VERDICT: Final = (
    "Whether to trust the answer, judging by the calibrated confidence (unsure below 80%) and by how similar the "
    "image is to what the network has learned from (not_a_digit: unlike any of it, whatever its classes are)."
)
_SHARE: Final = {"type": "number", "minimum": 0, "maximum": 1}
_ID: Final = {"type": "string", "pattern": f"^{RUN_ID}$"}
_RUN: Final = {
    "name": RUN,
    "in": "query",
    "description": "ID of the run to use, such as brave-otter-3f2a91. If omitted, the default that /models names.",
    "schema": _ID,
    "example": "demo",
}
_PROBABILITIES: Final = _list({"type": ["number", "null"], "minimum": 0, "maximum": 1.000001}, minItems=1)
_DIGIT: Final = _object(
    {
        "label": {"type": "integer", "minimum": 0},
        "verdict": {"enum": [Verdict.DIGIT.value, Verdict.UNSURE.value, Verdict.NOT_A_DIGIT.value]},
        "probabilities": _PROBABILITIES,
        "box": _list({"type": "integer", "minimum": 0}, minItems=4, maxItems=4)
        | {"description": "Left, top, right, bottom, in pixels of the picture as it was read: at most 1,600 a side."},
    }
)
_SCHEMAS: Final[Schema] = {
    "Error": _object({"error": _TEXT | {"description": "What is wrong and what to do about it."}}),
    "Health": _object({"status": {"const": "ok"}}),
    "Images": _object(
        {
            "images": _list(
                _list({"type": "number", "minimum": 0, "maximum": BRIGHTEST}, minItems=PIXELS, maxItems=PIXELS),
                minItems=1,
                maxItems=MOST_IMAGES,
            )
        }
    ),
    "Prediction": _object(
        {
            "run_id": _TEXT,
            "predictions": _list(
                _object(
                    {
                        "image": {"type": "integer", "minimum": 0, "description": "Its place among numbers, from 0."},
                        "label": {
                            "type": ["integer", "null"],
                            "minimum": 0,
                            "description": "The most probable class; null if there is no ink.",
                        },
                        "verdict": {"enum": [verdict.value for verdict in Verdict], "description": _VERDICT},
                        "probabilities": _PROBABILITIES | {"description": "The network’s own, by class."},
                        "class_name": {
                            "type": ["string", "null"],
                            "description": "Present if the classes are not digits.",
                        },
                        "digits": _list(_DIGIT, minItems=2)
                        | {"description": "Each of several digits on its own, from left to right."},
                    },
                    "image",
                    "class_name",
                    "digits",
                ),
                minItems=1,
                maxItems=MOST_IMAGES,
            ),
            "milliseconds": {"type": "number", "minimum": 0, "description": "From the last byte of the body."},
        }
    ),
    "Models": _object(
        {
            "models": _list(
                _object(
                    {
                        "run_id": _TEXT,
                        "name": _TEXT,
                        "status": _TEXT,
                        "dataset": _TEXT,
                        "network": _TEXT,
                        "class_names": _list(_TEXT),
                        "val_accuracy": {"anyOf": [_SHARE, {"type": "null"}]},
                        "created": _TEXT | {"format": "date-time"},
                    }
                ),
                maxItems=MOST_LISTED,
            ),
            "total": {"type": "integer", "minimum": 0},
            "default": _TEXT,
        }
    ),
    "Network": _object(
        {
            "format": {"const": "digit-lab-network"},
            "version": {"const": 1},
            "run_id": _TEXT,
            "name": _TEXT,
            "class_names": _list(_TEXT),
            "input": {"type": "object"},
            "layers": _list({"type": "object"}, minItems=1),
            "output": {"enum": ["softmax", "shares"]},
        }
    ),
    "Judge": _object(
        {
            "run_id": _TEXT,
            "confidence_needed": _SHARE,
            "temperature": {"type": ["number", "null"]},
            "loss": {"enum": ["cross_entropy", "squared_error"]},
            "familiarity": {"type": ["object", "null"]},
            "why_not": _TEXT,
        }
    ),
}

"""JSON Schema in a few words, for the page that describes the API."""

from typing import Any

Schema = dict[str, Any]


def words_for(schema: Schema) -> str:
    """Such as ``integer, 1 to 500``, ``list of FrameInfo`` or ``text or null``."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " or ".join(words_for(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " or ".join("null" if one is None else repr(one) for one in schema["enum"])
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {words_for(schema.get('items', {}))}"
    if kind == "object":
        return f"object of {words_for(schema['additionalProperties'])}" if has_values(schema) else "object"
    return f"{kind}{limits_of(schema)}"


def has_values(schema: Schema) -> bool:
    return isinstance(schema.get("additionalProperties"), dict) and bool(schema["additionalProperties"])


def limits_of(schema: Schema) -> str:
    low = schema.get("minimum", schema.get("minLength"))
    high = schema.get("maximum", schema.get("maxLength"))
    unit = " characters" if schema.get("type") == "string" else ""
    if "format" in schema:
        return f" ({schema['format']})"
    if low is not None and high is not None:
        return f", {low} to {high}{unit}"
    return f", at most {high}{unit}" if high is not None else ""


def fields_of(schema: Schema) -> list[dict[str, Any]]:
    """Of an object: name, words, and whether it has to be there."""
    required = set(schema.get("required", ()))
    return [
        {"name": name, "words": words_for(each), "is_required": name in required}
        for name, each in schema.get("properties", {}).items()
    ]

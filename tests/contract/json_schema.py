"""Validates every event against the schema, formats included, and against the closed one."""

import copy

from jsonschema import Draft202012Validator, FormatChecker

import records

#: What a schema that says something refuses: where, and what stands there then.
BROKEN = [
    (["received_at"], "yesterday"),
    (["received_at"], "2026-03-03T09:13:00"),
    (["received_at"], None),
    (["event_id"], "7"),
    (["version"], "1099511627789"),
    (["version"], 2**53),
    (["schema"], "copydesk.article/2"),
    (["event_type"], "of a later version"),
    (["content", "published", "at"], "2026-03-03"),
    (["content", "paragraphs"], {}),
    (["annotations", "places", 0, "latitude"], "37.383"),
]


def validator(schema):
    Draft202012Validator.check_schema(schema)
    checker = FormatChecker()
    # Without the libraries for them it would say nothing.
    assert {"date-time", "uuid"} <= set(checker.checkers)
    return Draft202012Validator(schema, format_checker=checker)


def with_value(event, path, value):
    event = copy.deepcopy(event)
    place = event
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return event


def main():
    is_open, closed = validator(records.schema(2)), validator(records.schema(3))
    for record in records.events():
        event = record.event()
        errors = [f"{error.json_path}: {error.message:.200}" for each in (is_open, closed) for error in each.iter_errors(event)]
        assert not errors, (event["source"].get("url"), errors)
        later = with_value(event, ["source", "of_a_later_version"], 1)
        assert is_open.is_valid(later) and not closed.is_valid(later), "only the closed schema refuses a new key"
    examples = is_open.schema["examples"]
    for example in examples:
        assert is_open.is_valid(example) and closed.is_valid(example)
    for path, value in BROKEN:
        broken = with_value(examples[0], path, value)
        assert not is_open.is_valid(broken) and not closed.is_valid(broken), (path, value)
    print(f"{len(records.events())} events and {len(examples)} examples read, {len(BROKEN)} broken ones refused, by the open and the closed schema")


if __name__ == "__main__":
    main()

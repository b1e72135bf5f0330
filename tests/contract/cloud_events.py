"""Reads every record with the CloudEvents SDK, in Kafka's binary mode."""

import json
import re
from datetime import datetime

from cloudevents.core.bindings import kafka
from rfc3339_validator import validate_rfc3339
from rfc3986_validator import validate_rfc3986

import records

REVERSE_DNS = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9_-]*){2,}")
ATTRIBUTES = {"specversion", "id", "source", "type", "subject", "time", "dataschema", "datacontenttype"}


def check(record, schema_id):
    """The event's id."""
    headers = dict(record.headers)
    assert len(headers) == len(record.headers), f"a header comes twice: {record.headers}"
    message = kafka.KafkaMessage(headers=headers, key=record.key, value=record.value)
    event, data = kafka.from_binary_event(message), json.loads(record.value)

    # The SDK adds the key, as the specification wants; all else are the standard's own attributes.
    assert set(event.get_attributes()) == ATTRIBUTES | {"partitionkey"}, event.get_attributes()
    assert event.get_specversion() == "1.0"
    assert event.get_id() == f"{data['event_id']}/{data['version']}"
    assert validate_rfc3986(event.get_source(), rule="URI_reference"), event.get_source()
    assert REVERSE_DNS.fullmatch(event.get_type()), event.get_type()
    assert event.get_type() == f"io.copydesk.article.{data['event_type']}"
    assert validate_rfc3986(event.get_dataschema(), rule="URI"), event.get_dataschema()
    assert event.get_dataschema() == schema_id
    assert event.get_subject() == data["article_id"]
    assert event.get_datacontenttype() == "application/json"
    # The SDK reads more of ISO 8601 than RFC 3339 has.
    assert validate_rfc3339(headers["ce_time"].decode()), headers["ce_time"]
    assert event.get_time() == datetime.fromisoformat(data["received_at"])
    assert event.get_data() == data

    assert record.topic == records.TOPICS[data["event_type"]]
    of = data["duplication"]["duplicate_of"] if record.topic == "duplicates" else data
    assert event.get_extension("partitionkey") == of["article_id"], "copies stand with what they are copies of"

    # Into the other mode and back.
    structured = kafka.to_structured_event(event, key_mapper=lambda event: event.get_extension("partitionkey"))
    again = kafka.from_kafka_event(structured)
    assert (again.get_attributes(), again.get_data()) == (event.get_attributes(), data)
    return event.get_source(), event.get_id()


def main():
    schema_id, events = records.schema()["$id"], records.events()
    ids = {check(record, schema_id) for record in events}
    assert len(ids) == len(events), "an id comes twice"
    letters = [record for record in records.read() if record.topic == "dead-letters"]
    assert letters and not any(name.lower().startswith("ce_") for letter in letters for name, _ in letter.headers), "a dead letter is no CloudEvent"
    print(f"{len(events)} events read, {len(ids)} ids; {len(letters)} dead letters are none")


if __name__ == "__main__":
    main()

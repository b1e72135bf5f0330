"""The records that the worker writes for the bundled pages, as a client of Kafka hands them out."""

import base64
import json
import sys
from dataclasses import dataclass

#: The kinds of event, and the topic of each.
TOPICS = {"published": "articles", "updated": "articles", "withdrawn": "articles", "duplicate": "duplicates"}


@dataclass(frozen=True)
class Record:
    topic: str  # articles, duplicates or dead-letters
    key: bytes | None
    headers: list  # pairs of name and bytes, or None
    value: bytes | None

    def event(self):
        return json.loads(self.value)


def read():
    """All records of the file that the first argument names, in order."""
    def octets(text):
        return None if text is None else base64.b64decode(text, validate=True)

    with open(sys.argv[1], encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return [Record(r["topic"], octets(r["key"]), [(n, octets(v)) for n, v in r["headers"]], octets(r["value"])) for r in lines]


def events():
    """Those with an event; each kind is among them."""
    found = [record for record in read() if record.topic != "dead-letters"]
    kinds = {record.event()["event_type"] for record in found}
    assert kinds == set(TOPICS), kinds
    return found


def schema(argument=2):
    with open(sys.argv[argument], encoding="utf-8") as file:
        return json.load(file)

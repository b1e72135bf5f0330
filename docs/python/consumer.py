#!/usr/bin/env python3
"""Keeps the newest state of articles and their copies in SQLite.

    pip install -r requirements.txt
    python consumer.py --bootstrap localhost:9092 --database news.db --language en

Offsets are committed after the database: a crash between the two makes records come again, and a record that comes again
changes nothing. So nothing is lost, nothing is doubled, and the group's lag is where everybody looks for it.
"""

import argparse
import json
import signal
import sqlite3

from confluent_kafka import Consumer, KafkaError, KafkaException

SCHEMA = """
CREATE TABLE IF NOT EXISTS articles (
  article_id TEXT PRIMARY KEY, version INTEGER NOT NULL, event_id TEXT NOT NULL, event_type TEXT NOT NULL,
  url TEXT, language TEXT, headline TEXT, lead TEXT, text TEXT
);
CREATE TABLE IF NOT EXISTS copies (
  article_id TEXT PRIMARY KEY, version INTEGER NOT NULL, event_id TEXT NOT NULL, kind TEXT NOT NULL,
  url TEXT, headline TEXT, original_id TEXT NOT NULL
);
-- An address may be a copy now and an article later, or the other way round: the greater version is its present state.
CREATE VIEW IF NOT EXISTS current_articles AS
  SELECT a.* FROM articles a LEFT JOIN copies c USING (article_id) WHERE a.version > coalesce(c.version, 0);
CREATE VIEW IF NOT EXISTS current_copies AS
  SELECT c.* FROM copies c LEFT JOIN articles a USING (article_id) WHERE c.version > coalesce(a.version, 0);
-- What a copy was copied from may be a copy itself: each copy with every article up the chain that is there already.
CREATE VIEW IF NOT EXISTS families AS
  WITH RECURSIVE chain(article_id, original_id) AS (
    SELECT article_id, original_id FROM current_copies
    UNION SELECT chain.article_id, c.original_id FROM chain JOIN current_copies c ON c.article_id = chain.original_id
  )
  SELECT chain.article_id AS copy_id, a.* FROM chain JOIN articles a ON a.article_id = chain.original_id;
"""

UPSERT = """
INSERT INTO {table} ({columns}) VALUES ({values})
ON CONFLICT (article_id) DO UPDATE SET {updates} WHERE excluded.version > version
"""


def upsert(db, table, row):
    """Writes a row unless one of a greater version is there: the order in which events arrive does not matter."""
    names = list(row)
    statement = UPSERT.format(
        table=table,
        columns=", ".join(names),
        values=", ".join(f":{name}" for name in names),
        updates=", ".join(f"{name} = excluded.{name}" for name in names),
    )
    db.execute(statement, row)


def store(db, event):
    """Takes one event of either topic."""
    row = {key: event[key] for key in ("article_id", "version", "event_id")}
    row["url"] = event["source"].get("url")
    content = event.get("content", {})
    row["headline"] = content.get("headline")
    if event["event_type"] == "duplicate":
        of = event["duplication"]["duplicate_of"]
        if of["article_id"] != event["article_id"]:  # else the same page was fetched again (same_url, stale): nothing new
            upsert(db, "copies", row | {"kind": event["duplication"]["kind"], "original_id": of["article_id"]})
        return
    # A withdrawal has no content: the row stays, empty, so that an older version that comes late does not bring it back.
    text = content.get("text")
    row |= {"event_type": event["event_type"], "text": text, "language": content.get("language", {}).get("code")}
    # start and end count Unicode scalar values: in Python they are indices of a str.
    row["lead"] = next((text[p["start"]:p["end"]] for p in content.get("paragraphs", []) if p["kind"] == "paragraph"), None)
    upsert(db, "articles", row)


def wanted(message, language):
    """Decides by headers, without parsing the value. A withdrawal says no language, and must not be missed."""
    headers = {name: (value or b"").decode() for name, value in message.headers() or []}
    return headers.get("ce_type") == "io.copydesk.article.withdrawn" or language in (None, headers.get("content-language"))


def consume(consumer, db, arguments, running):
    ended = set()  # partitions that were read to their end
    while running():
        messages = consumer.consume(num_messages=500, timeout=1.0)
        with db:  # one transaction
            for message in messages:
                place = (message.topic(), message.partition())
                if message.error() is None:
                    ended.discard(place)
                    if wanted(message, arguments.language):
                        store(db, json.loads(message.value()))
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    ended.add(place)
                else:
                    raise KafkaException(message.error())
        if any(message.error() is None for message in messages):
            consumer.commit(asynchronous=False)
        assigned = {(p.topic, p.partition) for p in consumer.assignment()}
        if arguments.once and assigned and assigned <= ended:
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bootstrap", default="localhost:9092")
    parser.add_argument("--property", action="append", default=[], metavar="NAME=VALUE", help="a property of the Kafka client, such as security.protocol=SSL")
    parser.add_argument("--group", default="news-archive")
    parser.add_argument("--topics", nargs="+", default=["news.articles", "news.duplicates"])
    parser.add_argument("--database", default="news.db")
    parser.add_argument("--language", help="only articles in this language (BCP 47)")
    parser.add_argument("--once", action="store_true", help="end when everything that is there was read")
    arguments = parser.parse_args()

    stopped = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.append(True))
    db = sqlite3.connect(arguments.database)
    db.executescript(SCHEMA)
    consumer = Consumer(dict(text.split("=", 1) for text in arguments.property) | {
        "bootstrap.servers": arguments.bootstrap,
        "group.id": arguments.group,
        "isolation.level": "read_committed",  # never see what a transaction took back
        "enable.auto.commit": False,  # the database first
        "auto.offset.reset": "earliest",
        "enable.partition.eof": arguments.once,
    })
    try:
        consumer.subscribe(arguments.topics)
        consume(consumer, db, arguments, lambda: not stopped)
    finally:
        consumer.close()
        db.close()


if __name__ == "__main__":
    main()

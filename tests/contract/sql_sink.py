"""Keeps the newest state of articles and copies in strictly typed tables, as a sink would.

Its checks are what a warehouse's types would be: instants are instants, numbers are numbers, and whatever is promised is not null.
"""

import copy
import random
import sqlite3
from collections import Counter
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import records


def instant(name, null="NULL"):
    """A column of instants in one form, so that they sort as text."""
    forms = ", ".join(f"strftime('%Y-%m-%dT%H:%M:{second}Z', {name})" for second in ("%S", "%f"))
    return f"{name} TEXT {null} CHECK ({name} IS NULL OR (datetime({name}) IS NOT NULL AND {name} IN ({forms})))"


SCHEMA = f"""
CREATE TABLE articles (
  article_id TEXT PRIMARY KEY, version INTEGER NOT NULL, event_id TEXT NOT NULL UNIQUE,
  event_type TEXT NOT NULL CHECK (event_type IN ('published', 'updated', 'withdrawn')),
  url TEXT, domain TEXT, headline TEXT, text TEXT, language TEXT, language_confidence REAL, section TEXT,
  word_count INTEGER, confidence REAL, truncated INTEGER CHECK (truncated IN (0, 1)),
  {instant("published_at")}, published_value TEXT, published_precision TEXT, published_zone_known INTEGER CHECK (published_zone_known IN (0, 1)),
  {instant("modified_at")}, {instant("received_at", "NOT NULL")}, {instant("fetched_at", "NOT NULL")},
  CHECK ((event_type = 'withdrawn') = (text IS NULL)),
  CHECK ((published_at IS NULL) = (published_precision IS NULL))
) STRICT;
CREATE TABLE copies (
  article_id TEXT PRIMARY KEY, version INTEGER NOT NULL, event_id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
  original_id TEXT NOT NULL CHECK (original_id <> article_id), similarity REAL NOT NULL, containment REAL NOT NULL,
  url TEXT, headline TEXT, text TEXT NOT NULL,
  {instant("published_at")}, {instant("received_at", "NOT NULL")}, {instant("original_received_at", "NOT NULL")}
) STRICT;
"""

UPSERT = """
INSERT INTO {table} ({columns}) VALUES ({values})
ON CONFLICT (article_id) DO UPDATE SET {updates} WHERE excluded.version > version
"""


def upsert(db, table, row):
    columns, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    updates = ", ".join(f"{name} = excluded.{name}" for name in row)
    db.execute(UPSERT.format(table=table, columns=columns, values=values, updates=updates), row)


def is_same_article(event):
    """The same page, fetched again or late (`same_url`, `stale`): its row is in `articles` already."""
    return event["event_type"] == "duplicate" and event["duplication"]["duplicate_of"]["article_id"] == event["article_id"]


def store(db, event):
    if is_same_article(event):
        return
    content, quality = event.get("content", {}), event.get("quality", {})
    published, language = content.get("published", {}), content.get("language", {})
    row = {key: event[key] for key in ("article_id", "version", "event_id", "received_at")}
    row |= {"url": event["source"].get("url"), "headline": content.get("headline"), "text": content.get("text"), "published_at": published.get("at")}
    if event["event_type"] == "duplicate":
        duplication = event["duplication"]
        of = duplication["duplicate_of"]
        row |= {key: duplication[key] for key in ("kind", "similarity", "containment")}
        upsert(db, "copies", row | {"original_id": of["article_id"], "original_received_at": of["received_at"]})
        return
    row |= {"event_type": event["event_type"], "domain": event["source"].get("domain"), "fetched_at": event["source"]["fetched_at"]}
    row |= {"language": language.get("code"), "language_confidence": language.get("confidence"), "section": content.get("section")}
    row |= {"word_count": content.get("word_count"), "confidence": quality.get("confidence"), "truncated": quality.get("truncated")}
    row |= {"published_value": published.get("value"), "published_precision": published.get("precision")}
    row |= {"published_zone_known": published.get("time_zone_known"), "modified_at": content.get("modified", {}).get("at")}
    upsert(db, "articles", row)


def fill(events):
    db = sqlite3.connect(":memory:")
    db.executescript(SCHEMA)
    for event in events:
        store(db, event)
    return db


def refuses(db, event, path, value):
    """Whether the table takes no such value: else its checks would say nothing."""
    place = event = copy.deepcopy(event)
    event["version"] += 1
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    try:
        store(db, event)
    except sqlite3.IntegrityError:
        return True
    return False


def contents(db):
    return [db.execute(f"SELECT * FROM {table} ORDER BY article_id").fetchall() for table in ("articles", "copies")]


def zone(name):
    """What `time_zone` says: a name of IANA's, or an offset."""
    if name[0] not in "+-":
        return ZoneInfo(name)
    hours, minutes = name[1:].split(":")
    return timezone((-1 if name[0] == "-" else 1) * timedelta(hours=int(hours), minutes=int(minutes)))


def check_time(time):
    """What `at` says is what `value` says."""
    at = datetime.fromisoformat(time["at"])
    assert at.utcoffset() == timedelta(0), time
    if time["precision"] in ("second", "minute"):
        value = datetime.fromisoformat(time["value"])
        assert (value.tzinfo is not None) == time["time_zone_known"], time
        assert (value if value.tzinfo else value.replace(tzinfo=timezone.utc)) == at, time
        assert time["precision"] == "second" or (value.second, value.microsecond) == (0, 0), time
        return
    local = at.astimezone(zone(time["time_zone"])) if time["time_zone_known"] else at
    first = datetime.fromisoformat(time["value"] + {"day": "", "month": "-01"}[time["precision"]])
    assert local.replace(tzinfo=None) == first, time


def main():
    events = [record.event() for record in records.events()]
    known = Counter()
    for event in events:
        for name in ("published", "modified"):
            time = event.get("content", {}).get(name)
            if time:
                check_time(time)
                known[name, time["precision"], time["time_zone_known"]] += 1
    dated = sum(count for (name, *_), count in known.items() if name == "published")
    to_the_instant = sum(count for (name, precision, zone_known), count in known.items() if precision in ("second", "minute") and zone_known)
    # No bundled page is dated by a month alone, and none has an hour without a zone.
    assert {precision for _, precision, _ in known} >= {"second", "minute", "day"}, known
    assert {zone_known for *_, zone_known in known} == {True, False}, known

    db = fill(events)
    newest = {}
    for event in events:
        if not is_same_article(event):
            place = ("copies" if event["event_type"] == "duplicate" else "articles", event["article_id"])
            newest[place] = max(newest.get(place, 0), event["version"])
    stored = {(table, *row) for table in ("articles", "copies") for row in db.execute(f"SELECT article_id, version FROM {table}")}
    assert stored == {(*place, version) for place, version in newest.items()}
    versions = [event["version"] for event in events]
    assert len(set(versions)) == len(versions) and versions == sorted(versions), "a version for each entry of the log"

    def one(query):
        return db.execute(query).fetchone()[0]

    assert one("SELECT count(*) FROM articles WHERE event_type = 'updated'") > 0
    assert one("SELECT count(*) FROM articles WHERE event_type = 'withdrawn'") > 0
    assert one("SELECT count(*) FROM articles WHERE published_at > received_at") == 0, "as text they sort as instants"
    first = next(event for event in events if event["event_type"] == "published" and "published" in event["content"])
    for path, value in [
        (["content", "published", "at"], "2026-03-03T09:12:00+01:00"),
        (["content", "published", "at"], "2026-03-03"),
        (["received_at"], "2026-13-01T09:12:00Z"),
        (["content", "word_count"], "many"),
        (["quality", "confidence"], "0.9 or so"),
        (["version"], "1-2"),
    ]:
        assert refuses(db, first, path, value), (path, value)
    random_ = random.Random(1)
    for _ in range(50):
        random_.shuffle(events)
        assert contents(fill(events + events)) == contents(db), "neither order nor repetition matters"
    articles, copies = one("SELECT count(*) FROM articles"), one("SELECT count(*) FROM copies")
    print(f"{len(events)} events read into {articles} articles and {copies} copies; {dated} times of publication, {sum(known.values())} times in all, "
          f"{to_the_instant} of them exact")


if __name__ == "__main__":
    main()

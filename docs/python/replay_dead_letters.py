#!/usr/bin/env python3
"""Sends dead letters to the raw topic again, byte for byte: after a fix, a new worker version, or a raised limit.

    python replay_dead_letters.py --bootstrap localhost:9092 --code oversize --code too_complex

Each run goes on where the last one ended. Records that were cut (dlq-truncated) stay: send them from the crawler.
"""

import argparse

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer


def replay(message, codes, limit):
    """The record to send, or None: (topic, key, value, headers)."""
    headers = message.headers() or []
    facts = {name: (value or b"").decode() for name, value in headers if name.startswith("dlq-")}
    replays = int(facts.get("dlq-replays") or 0)
    if facts["dlq-code"] not in codes or replays >= limit or "dlq-truncated" in facts:
        return None
    own = [(name, value) for name, value in headers if not name.startswith("dlq-")]
    # The worker takes this count over should it refuse the record again.
    own.append(("dlq-replays", str(replays + 1).encode()))
    return facts["dlq-topic"], message.key(), message.value(), own


def delivered(error, _):
    if error:
        raise KafkaException(error)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bootstrap", default="localhost:9092")
    parser.add_argument("--property", action="append", default=[], metavar="NAME=VALUE", help="a property of the Kafka client, such as security.protocol=SSL")
    parser.add_argument("--topic", default="news.dead-letters")
    parser.add_argument("--group", default="copydesk-replay")
    parser.add_argument("--code", action="append", required=True, help="only dead letters with this dlq-code")
    parser.add_argument("--limit", type=int, default=3, help="how often one record is sent again at most")
    arguments = parser.parse_args()

    properties = dict(text.split("=", 1) for text in arguments.property)
    producer = Producer(properties | {"bootstrap.servers": arguments.bootstrap, "enable.idempotence": True, "message.max.bytes": 101_000_000})
    consumer = Consumer(properties | {
        "bootstrap.servers": arguments.bootstrap,
        "group.id": arguments.group,
        "isolation.level": "read_committed",
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "enable.partition.eof": True,
    })
    consumer.subscribe([arguments.topic])
    ended, sent = set(), 0
    while True:
        messages = consumer.consume(num_messages=100, timeout=1.0)
        for message in messages:
            if message.error() is None:
                ended.discard(message.partition())
                record = replay(message, arguments.code, arguments.limit)
                if record:
                    topic, key, value, headers = record
                    producer.produce(topic, value, key, headers=headers, on_delivery=delivered)
                    sent += 1
            elif message.error().code() == KafkaError._PARTITION_EOF:
                ended.add(message.partition())
            else:
                raise KafkaException(message.error())
        producer.flush()
        if any(message.error() is None for message in messages):
            consumer.commit(asynchronous=False)
        assigned = {p.partition for p in consumer.assignment()}
        if assigned and assigned <= ended:
            break
    consumer.close()
    print(f"{sent} sent again")


if __name__ == "__main__":
    main()

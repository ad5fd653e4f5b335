"""Prints what becomes of payouts, one JSON object a line: python events.py BROKERS NAMESPACE GROUP [COUNT]"""

import json
import sys

from confluent_kafka import Consumer, KafkaException
from payout_avro import decode

brokers, namespace, group, *count = sys.argv[1:]
left = int(count[0]) if count else -1

consumer = Consumer(
    {
        "bootstrap.servers": brokers,
        "group.id": group,
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
)
consumer.subscribe([f"{namespace}.payout.events"])
standings = {}  # in production: a table with one row for each payout


def keep(event):
    """Keeps the standing of the payout's event with the highest version. Some events have no version or no standing."""
    key, version, standing = (event["partner"], event.get("payoutId")), event.get("version"), event.get("standing")
    if version and standing and version > standings.get(key, {"version": 0})["version"]:
        standings[key] = {"version": version, **standing}


try:
    while left != 0:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        name, event = decode(message.value())
        # An eventId that was seen before is the same event: nothing new.
        keep(event)
        print(json.dumps({"type": name, **event}, default=str, ensure_ascii=False), flush=True)
        consumer.commit(message, asynchronous=False)
        left -= 1
finally:
    consumer.close()

"""
Writes records with librdkafka: compressed_batches.py BROKERS TOPIC. A line in: codec, key and the value in base64, with tabs between.
"""

import base64
import sys

from confluent_kafka import Producer

brokers, topic = sys.argv[1:]
producers = {}
failures = []


def producer(codec):
    """One that waits for batches worth compressing."""
    settings = {"enable.idempotence": True, "partitioner": "murmur2_random", "linger.ms": 2000}
    return Producer({"bootstrap.servers": brokers, "compression.type": codec, **settings})


for line in sys.stdin:
    codec, key, value = line.rstrip("\n").split("\t")
    if codec not in producers:
        producers[codec] = producer(codec)
    producers[codec].produce(
        topic,
        key=key,
        value=base64.b64decode(value),
        on_delivery=lambda error, message: failures.append(error) if error else None,
    )
unsent = sum(each.flush(60) for each in producers.values())
if unsent or failures:
    sys.exit(f"not stored: {failures or unsent}")

"""Prints what librdkafka reads of a topic as committed, to the end: a list of values for each partition, as JSON."""

import json
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

brokers, topic = sys.argv[1:]
consumer = Consumer(
    {
        "bootstrap.servers": brokers,
        "group.id": "never-committed",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "enable.partition.eof": True,
    }
)
partitions = sorted(consumer.list_topics(topic, timeout=30).topics[topic].partitions)
consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
values = {partition: [] for partition in partitions}
unread = set(partitions)
while unread:
    message = consumer.poll(30)
    if message is None:
        sys.exit(f"nothing came of {topic} for 30 s, with partitions {sorted(unread)} not read to the end")
    if message.error() is None:
        values[message.partition()].append(message.value().decode())
    elif message.error().code() == KafkaError._PARTITION_EOF:
        unread.discard(message.partition())
    else:
        raise KafkaException(message.error())
consumer.close()
print(json.dumps([values[partition] for partition in partitions]))

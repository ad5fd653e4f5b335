"""Asks for one payout: python pay.py BROKERS NAMESPACE PARTNER PAYOUT_ID ACCOUNT NAME FEN"""

import sys
from datetime import datetime, timezone

from confluent_kafka import Producer
from payout_avro import encode, schema

brokers, namespace, partner, payout_id, account, name, fen = sys.argv[1:]
failures = []

producer = Producer({"bootstrap.servers": brokers, "enable.idempotence": True, "partitioner": "murmur2_random"})
producer.produce(
    f"{namespace}.payout.commands",
    key=payout_id,
    value=encode(
        schema("payout/payout-requested.avsc"),
        {
            "payoutId": payout_id,  # the same id is never paid twice: after a doubt, send the same again
            "partner": partner,
            "payeeAccount": account,
            "payeeName": name,
            "amountFen": int(fen),
            "requestedAt": datetime.now(timezone.utc),
        },
    ),
    on_delivery=lambda error, message: failures.append(error) if error else None,
)
unsent = producer.flush(30)
if unsent or failures:
    sys.exit(f"not sure that it was stored: {failures or 'no answer'}")

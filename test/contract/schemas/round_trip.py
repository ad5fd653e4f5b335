"""
Reads records, by the module that the documentation shows, and writes them again. A line in: {"value": base64}. A line out: {"name", "record",
"value": base64 of what this language writes}.
"""

import base64
import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "docs" / "snippets" / "python"))
from payout_avro import FOLDER, decode, encode, schema  # noqa: E402

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
CURRENT = {}
for path in FOLDER.glob("*/*.avsc"):
    parsed = schema(path)
    CURRENT[parsed["name"]] = parsed


def plain(value):
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(milliseconds=1)
    return {"base64": base64.b64encode(value).decode()}


for line in sys.stdin:
    name, record = decode(base64.b64decode(json.loads(line)["value"]))
    again = encode(CURRENT[name], record)
    answer = {"name": name, "record": record, "value": base64.b64encode(again).decode()}
    print(json.dumps(answer, default=plain, ensure_ascii=True))

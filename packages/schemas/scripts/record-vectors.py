"""
Writes src/testing/fastavro-vectors.json anew: what Python's fastavro makes of the records in it. A record that is to be added needs "name"
and "record" there; bytes are {"base64": ...}, moments are milliseconds.

    pip install -r docs/snippets/python/requirements.txt && python packages/schemas/scripts/record-vectors.py && npm run format
"""

import base64
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "docs" / "snippets" / "python"))
from payout_avro import FOLDER, encode, schema  # noqa: E402

FILE = ROOT / "packages" / "schemas" / "src" / "testing" / "fastavro-vectors.json"
SCHEMAS = {schema(path)["name"]: schema(path) for path in FOLDER.glob("*/*.avsc")}


def value(plain):
    if isinstance(plain, list):
        return [value(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    if "base64" in plain:
        return base64.b64decode(plain["base64"])
    return {name: value(inner) for name, inner in plain.items()}


vectors = json.loads(FILE.read_text("utf-8"))
for vector in vectors:
    vector["bytes"] = encode(SCHEMAS[vector["name"]], value(vector["record"])).hex()
FILE.write_text(json.dumps(vectors, indent=2, ensure_ascii=True) + "\n", "utf-8")

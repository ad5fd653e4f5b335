"""Avro single-object encoding: C3 01, the fingerprint of the writer's schema, the body."""

import io
from pathlib import Path

from fastavro import schemaless_reader, schemaless_writer
from fastavro.schema import fingerprint, load_schema, to_parsing_canonical_form

# The folder avro/ of packages/schemas, or a copy of it.
FOLDER = Path(__file__).resolve().parents[3] / "packages" / "schemas" / "avro"


def _header(schema):
    # fastavro gives the fingerprint in the order of bytes that the framing wants.
    return b"\xc3\x01" + bytes.fromhex(fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))


# All that was ever released can stand in a topic.
_schemas = {_header(schema): schema for schema in map(load_schema, sorted(FOLDER.rglob("*.avsc")))}


def schema(path):
    """The current schema of a record: schema("payout/payout-requested.avsc")."""
    return load_schema(FOLDER / path)


def encode(schema, record):
    """The record as the value of a Kafka message. Fails when the record doesn't fit the schema."""
    body = io.BytesIO()
    schemaless_writer(body, schema, record, strict_allow_default=True)
    return _header(schema) + body.getvalue()


def decode(value):
    """The full name of the record in a Kafka message, and the record."""
    writer = _schemas[value[:10]]
    return writer["name"], schemaless_reader(io.BytesIO(value[10:]), writer)

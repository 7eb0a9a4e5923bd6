"""Payloads taken apart without knowing their schema: JSON, XML, MessagePack, CBOR, protobuf."""

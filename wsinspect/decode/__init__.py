"""Payloads taken apart without knowing their schema: JSON, XML, MessagePack, CBOR, protobuf."""

from wsinspect.decode.recognise import structure
from wsinspect.decode.tree import Kind, Node, Structure

__all__ = ["Kind", "Node", "Structure", "structure"]

"""An example of a user's own action: sign each message anew, after a rule has changed it.

Many feeds put a signature over the rest of a message into the message itself. Who edits such a message has to sign it
again, or the server refuses it. This function does so for JSON like `{"amount": 5, "signature": "9f86…"}`:

    version: 1
    rules:
      - id: larger-order
        match: {dir: c2s, json: {$.type: order}}
        do:
          - json_set: {$.amount: 500}
          - script: {file: hmac_sign.py, args: {key_from: SHOP_KEY}}

Copy it beside your rule file, and start the engine with `--allow-scripts`. `message.payload`, `.text` and `.json` are
the message as the actions before it made it; `.dir`, `.type`, `.session`, `.vars` and `.args` tell the rest. Return
None to leave the message as it is, `bytes` or `str` as its new payload, a `dict` or `list` to be sent as JSON, or False
to drop it. What the function sets in `message.vars`, later rules of the session see. It runs in a process of its own;
what it prints goes to the log. An exception, or a call longer than the action's `timeout`, is an error of the rule.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsinspect.engine.script_worker import Message


def act(message: Message) -> str:
    """Return the message with the signature that belongs to it."""
    body = message.json
    if not isinstance(body, dict):
        raise ValueError("only a JSON object can be signed")
    field = str(message.args.get("field", "signature"))
    key = os.environ[str(message.args.get("key_from", "HMAC_KEY"))].encode()
    body.pop(field, None)
    signed = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    body[field] = hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()
    message.vars["signed"] = body[field]
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)

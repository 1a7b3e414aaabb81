"""Reads mails with Python's own email package: one JSON line in (base64 of a mail), one out (its leaves)."""

import base64
import email
import email.policy
import hashlib
import json
import sys

# Its parser and its walk call themselves once or more for each level of a mail.
sys.setrecursionlimit(20000)


def text_of(content, charset):
    try:
        return content.decode(charset or "utf-8", "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def leaf(part):
    content = part.get_payload(decode=True) or b""
    kind = part.get_content_type()
    is_text = part.get_content_maintype() == "text"
    return {
        "type": kind,
        "sha256": hashlib.sha256(content).hexdigest(),
        "text": text_of(content, part.get_content_charset()) if is_text else None,
    }


def leaves(mail):
    return [leaf(part) for part in mail.walk() if not part.is_multipart()]


for line in sys.stdin:
    mail = base64.b64decode(line)
    read = {}
    for name, policy in (("compat32", email.policy.compat32), ("default", email.policy.default)):
        try:
            read[name] = leaves(email.message_from_bytes(mail, policy=policy))
        except Exception as error:
            read[name] = f"{type(error).__name__}: {error}"
    sys.stdout.write(json.dumps(read) + "\n")
    sys.stdout.flush()

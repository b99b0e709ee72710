#!/usr/bin/env python3
"""The auditor's minimum: checks a copy of a ledger directory with Python's standard library and OpenSSL 3, and nothing of ours.

usage: audit_ledger.py DIRECTORY [VKEY]
"""

import base64
import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

WIDTH = 256
SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")


def fail(message):
    sys.exit(message)


def sha256(data):
    return hashlib.sha256(data).digest()


def node(left, right):
    return sha256(b"\x01" + left + right)


def tree_root(hashes):
    if not hashes:
        return sha256(b"")
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node(tree_root(hashes[:split]), tree_root(hashes[split:]))


def tile_path(level, index, width):
    groups = f"{index % 1000:03d}"
    while index >= 1000:
        index //= 1000
        groups = f"x{index % 1000:03d}/{groups}"
    return f"tile/{level}/{groups}" + ("" if width == WIDTH else f".p/{width}")


def check_signature(note, vkey):
    name, key_id, key = vkey.strip().split("+", 2)
    key = base64.b64decode(key, validate=True)
    if key[0] != 1 or sha256(name.encode() + b"\n" + key)[:4].hex() != key_id:
        fail("vkey: not an Ed25519 verifier key")
    text, _, lines = note.rpartition(b"\n\n")
    text += b"\n"
    for line in lines.decode().splitlines():
        dash, signer, blob = line.split(" ")
        blob = base64.b64decode(blob, validate=True)
        if dash != "\u2014" or signer != name or blob[:4].hex() != key_id:
            continue
        with tempfile.TemporaryDirectory() as place:
            base = pathlib.Path(place)
            (base / "key.der").write_bytes(SPKI_PREFIX + key[1:])
            (base / "text").write_bytes(text)
            (base / "signature").write_bytes(blob[4:])
            command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin"]
            command += ["-inkey", base / "key.der", "-in", base / "text", "-sigfile", base / "signature"]
            if subprocess.run(command, capture_output=True).returncode == 0:
                return name, text.decode()
    fail("checkpoint: not signed by this key")


def main():
    if len(sys.argv) < 2:
        fail(__doc__)
    directory = pathlib.Path(sys.argv[1])
    vkey = sys.argv[2] if len(sys.argv) > 2 else (directory / "vkey").read_text()
    name, text = check_signature((directory / "checkpoint").read_bytes(), vkey)
    origin, decimal, root = text.splitlines()[:3]
    if origin != name:
        fail("checkpoint: of another origin")
    size = int(decimal)
    leaves = []
    for first in range(0, size, WIDTH):
        count = min(WIDTH, size - first)
        bundle = (directory / tile_path("entries", first // WIDTH, count)).read_bytes()
        tile = (directory / tile_path(0, first // WIDTH, count)).read_bytes()
        at = 0
        for index in range(first, first + count):
            (length,) = struct.unpack_from(">H", bundle, at) if at + 2 <= len(bundle) else fail(f"entry {index}: cut off")
            entry = bundle[at + 2 : at + 2 + length]
            at += 2 + length
            leaf = sha256(b"\x00" + entry)
            if leaf != tile[32 * (index - first) : 32 * (index - first + 1)]:
                fail(f"entry {index}: does not hash to what its tile says")
            if not {"v", "event", "at"} <= json.loads(entry).keys():
                fail(f"entry {index}: not an entry")
            leaves.append(leaf)
        if at != len(bundle) or len(tile) != 32 * count:
            fail(f"entry {first + count - 1}: bytes after it")
    level, below = 0, leaves
    while len(below) >= WIDTH:
        level += 1
        hashes = [tree_root(below[i : i + WIDTH]) for i in range(0, len(below) - WIDTH + 1, WIDTH)]
        for first in range(0, len(hashes), WIDTH):
            part = hashes[first : first + WIDTH]
            path = tile_path(level, first // WIDTH, len(part))
            if (directory / path).read_bytes() != b"".join(part):
                fail(f"entry {first * WIDTH**level}: {path} does not fit the tiles below")
        below = hashes
    if tree_root(leaves) != base64.b64decode(root, validate=True):
        fail("checkpoint: the root is not that of the entries")
    print(f"ok {origin} size {size} root {root}")


main()

# SPDX-License-Identifier: Apache-2.0
"""Packages of the npm registry without npm, which brings four hundred packages of its own on Debian: their tarballs, checked by
the digest that the registry names, unpacked as node looks for them. No dependency is resolved: name all of them.
"""
import base64
import hashlib
import io
import json
import os
import tarfile
import urllib.error
import urllib.parse
import urllib.request

import pytest

REGISTRY = os.environ.get("npm_config_registry", "https://registry.npmjs.org").rstrip("/")


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=120) as answer:
            return answer.read()
    except urllib.error.HTTPError:
        raise
    except OSError as e:
        pytest.skip(f"the npm registry cannot be reached: {url}: {e}")


def unpack(folder, packages):
    """Each package into folder/node_modules/NAME."""
    for name, version in packages.items():
        dist = json.loads(get(f"{REGISTRY}/{urllib.parse.quote(name, safe='@')}/{version}"))["dist"]
        tarball = get(dist["tarball"])
        algorithm, digest = dist["integrity"].split("-", 1)
        assert base64.b64encode(hashlib.new(algorithm, tarball).digest()).decode() == digest, f"{name}: not what the registry names"
        with tarfile.open(fileobj=io.BytesIO(tarball)) as archive:
            for member in archive.getmembers():
                member.name = member.name.split("/", 1)[-1]  # the first folder is "package" by habit only
                archive.extract(member, folder / "node_modules" / name)

# SPDX-License-Identifier: Apache-2.0
"""Six requests by requests: URL, unread | read | new."""
import os
import sys

import requests

url, how = sys.argv[1:]
session, kept = requests.Session(), []
for _ in range(6):
    if how == "new":
        session = requests.Session()
    kept += [session, session.get(url, stream=how == "unread")]
print("done", flush=True)
os._exit(0)

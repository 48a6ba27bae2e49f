# SPDX-License-Identifier: Apache-2.0
"""Six requests by urllib3: URL, unread | read | new."""
import os
import sys

import urllib3

url, how = sys.argv[1:]
pool, kept = urllib3.PoolManager(), []
for _ in range(6):
    if how == "new":
        pool = urllib3.PoolManager()
    kept += [pool, pool.request("GET", url, preload_content=how != "unread")]
print("done", flush=True)
os._exit(0)

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# All of the everyday programs; tests/real/test_everyday.py alone runs those that take no time.
cd "$(dirname "$0")/../.." || exit 1
PATH=$PATH:/usr/sbin CONNLEAK_EVERYDAY=1 exec /usr/bin/python3 -m pytest -p no:cacheprovider -q -rfE tests/real/test_everyday.py "$@"

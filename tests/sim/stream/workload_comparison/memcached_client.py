#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fills a memcached and asks it for keys, through pymemcache, with the distributions that the
generator `memcached` uses: Facebook's ETC pool, keys by Zipf's law.

Usage: memcached_client.py PORT ITEMS REQUESTS SKEW
"""
import bisect
import random
import sys

from pymemcache.client.base import Client


def key_length(rng):
    """Generalized extreme value distribution, mu 30.7984, sigma 8.20449, k 0.078688."""
    x = 30.7984 + 8.20449 / 0.078688 * (rng.expovariate(1) ** -0.078688 - 1)
    return min(max(int(x), 16), 250)


def value_length(rng):
    """Generalized Pareto distribution, theta 0, sigma 214.476, k 0.348238."""
    x = 214.476 / 0.348238 * (rng.random() ** -0.348238 - 1)
    return min(max(int(x), 1), 8000)


def main():
    port, items, requests = (int(argument) for argument in sys.argv[1:4])
    skew = float(sys.argv[4])
    rng = random.Random(1)
    keys = [f"{i:012d}".ljust(key_length(rng), "k") for i in range(items)]
    sizes = [value_length(rng) for _ in range(items)]
    client = Client(("127.0.0.1", port), no_delay=True)
    value = b"v" * 8000
    for key, size in zip(keys, sizes):
        client.set(key, value[:size], noreply=True)
    if client.get(keys[0]) is None:
        sys.exit("the first item is gone: give memcached more memory")
    weights, total = [], 0.0
    for rank in range(1, items + 1):
        total += rank**-skew
        weights.append(total)
    order = list(range(items))
    rng.shuffle(order)
    missed = 0
    for _ in range(requests):
        item = order[bisect.bisect(weights, rng.random() * total)]
        if rng.random() < 30 / 31:
            missed += client.get(keys[item]) is None
        else:
            client.set(keys[item], value[: sizes[item]], noreply=False)
    stats = client.stats()
    print(f"missed {missed}, items {stats[b'curr_items']}, hash power {stats[b'hash_power_level']},"
          f" bytes {stats[b'bytes']}")
    client.close()


if __name__ == "__main__":
    main()

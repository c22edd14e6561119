"""Exit 0 when the PostgreSQL and the Redis of these two URLs answer; else say which one does not."""

import sys

import psycopg2
import redis

database, broker = sys.argv[1:]
try:
    psycopg2.connect(database, connect_timeout=3).close()
    redis.Redis.from_url(broker, socket_connect_timeout=3).ping()
except (psycopg2.OperationalError, redis.RedisError) as error:
    sys.exit(f"server leg: {str(error).strip().splitlines()[0]}")

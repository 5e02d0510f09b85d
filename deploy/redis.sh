#!/bin/sh
# Redis with a password that no process list shows, keeping nothing on disk: it carries hints, never the truth.
set -eu
: "${REDIS_PASSWORD:?}"
redis-server - <<END
requirepass $REDIS_PASSWORD
save ""
appendonly no
maxmemory 256mb
maxmemory-policy noeviction
END

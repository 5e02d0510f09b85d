#!/bin/sh
# Starts MLflow with its own database. Needs MLFLOW_DB_URL; MLFLOW_ALLOWED_HOSTS says under which names it may be asked.
set -eu
: "${MLFLOW_DB_URL:?}" "${MLFLOW_ALLOWED_HOSTS:?}"
mlflow db upgrade "$MLFLOW_DB_URL" 2>/dev/null || true # a new database: the server makes the tables itself
export MLFLOW_BACKEND_STORE_URI="$MLFLOW_DB_URL" # not as an argument: those are seen by every process
exec mlflow server --host 0.0.0.0 --port 5000 --workers 1 --artifacts-destination /artifacts \
    --allowed-hosts "$MLFLOW_ALLOWED_HOSTS"

#!/bin/sh
# Starts MLflow with its own database. Needs MLFLOW_DB_URL (with the driver: postgresql+psycopg2://...);
# MLFLOW_ALLOWED_HOSTS says under which names it may be asked.
set -eu
: "${MLFLOW_DB_URL:?}" "${MLFLOW_ALLOWED_HOSTS:?}"
# Tables of an older MLflow are brought up to date; in an empty database the server makes them itself.
if python -c 'import os, sys
from sqlalchemy import create_engine, inspect
sys.exit(not inspect(create_engine(os.environ["MLFLOW_DB_URL"])).has_table("alembic_version"))'; then
    mlflow db upgrade "$MLFLOW_DB_URL"
fi
export MLFLOW_BACKEND_STORE_URI="$MLFLOW_DB_URL" # not as an argument: those are shown by every process list
# What another page asks of it is refused: it is shown under the site's own address (annotate/tracking/server.py does alike).
origins="http://$(printf %s "$MLFLOW_ALLOWED_HOSTS" | sed 's|, *|,http://|g')"
exec mlflow server --host 0.0.0.0 --port 5000 --workers 1 --artifacts-destination /artifacts \
    --static-prefix /mlflow --allowed-hosts "$MLFLOW_ALLOWED_HOSTS" \
    --cors-allowed-origins "$origins"

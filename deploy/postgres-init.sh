#!/bin/sh
# Runs once, when the database volume is empty: the product and MLflow each get a role that owns one database and
# nothing else. Neither is a superuser, neither can open the other's.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set hitl="$HITL_DB_PASSWORD" --set mlflow="$MLFLOW_DB_PASSWORD" <<'SQL'
CREATE ROLE hitl LOGIN PASSWORD :'hitl';
CREATE ROLE mlflow LOGIN PASSWORD :'mlflow';
CREATE DATABASE hitl OWNER hitl;
CREATE DATABASE mlflow OWNER mlflow;
REVOKE CONNECT ON DATABASE hitl, mlflow FROM PUBLIC;
SQL

# One image for web, worker and migrations, and a small one for MLflow: docs/operations.md, "Containers".
# Pin the base by digest where you build: --build-arg PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:...
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS base
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

FROM base AS packages
ARG PIP_INDEX_URL
COPY requirements.lock /tmp/
# Hashes: a file replaced on the index is refused. Only wheels: nothing of a package runs while it is installed.
# The lock is complete (tools/lock.py), so nothing is resolved: what deploy/without.in leaves out stays out.
# At last pip goes, with the old setuptools that venv brings: nothing installs anything in a running container.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-deps --require-hashes --only-binary :all: -r /tmp/requirements.lock \
    && /opt/venv/bin/pip uninstall --yes --quiet setuptools pip

FROM base AS mlflow-packages
ARG PIP_INDEX_URL
COPY deploy/mlflow.lock /tmp/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-deps --require-hashes --only-binary :all: -r /tmp/mlflow.lock \
    && /opt/venv/bin/pip uninstall --yes --quiet setuptools pip

FROM base AS tree
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY manage.py pyproject.toml dvc.yaml LICENSE ./
COPY hitlsite hitlsite
COPY annotate annotate
COPY frontend frontend
COPY deploy/healthcheck.py deploy/healthcheck.py
# Compressed twins of the files of the interface, which WhiteNoise finds beside them.
# Settings make a key for an installation that has none; this one is made in a folder that no later stage copies.
RUN python -m whitenoise.compress --quiet frontend \
    && HITL_DATA_DIR=/tmp/build python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q annotate hitlsite

FROM base AS app
ENV PATH=/opt/venv/bin:$PATH \
    HITL_DATA_DIR=/data \
    HITL_BIND=0.0.0.0:8000
WORKDIR /app
# git keeps the dataset versions (docs/versions.md); in Debian's newest version, so that a build brings its corrections.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin hitl \
    && install -d -o 10001 -g 10001 -m 0750 /data
COPY --from=packages /opt/venv /opt/venv
COPY --from=tree /app /app
USER 10001:10001
# Which commit this is, for the runs in MLflow: no checkout is copied. Last, so that a new commit builds nothing else anew.
ARG GIT_COMMIT
ENV HITL_GIT_COMMIT=${GIT_COMMIT}

FROM app AS worker
CMD ["python", "manage.py", "worker"]

FROM base AS mlflow
ENV PATH=/opt/venv/bin:$PATH \
    MLFLOW_DISABLE_TELEMETRY=true \
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin mlflow \
    && install -d -o 10001 -g 10001 -m 0750 /artifacts
COPY --from=mlflow-packages /opt/venv /opt/venv
COPY deploy/mlflow.sh /usr/local/bin/start-mlflow
USER 10001:10001
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:5000/mlflow/health', timeout=4)"]
CMD ["start-mlflow"]

FROM app AS web
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "deploy/healthcheck.py"]
CMD ["python", "manage.py", "serve"]

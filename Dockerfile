# syntax=docker/dockerfile:1
# docker build --target cpu .    the service: API, agents and workers, models on the CPU
# docker build --target cuda .   the same beside CUDA's libraries, for recognition on a GPU
#
# Bases are pinned by tag: no digest could be looked up where this was written. Pin yours with
# `docker buildx imagetools inspect`, or let your updater do it. SBOM and provenance are attached
# by `docker buildx build --sbom=true --provenance=mode=max`.
#
# The models are baked in, as a layer of their own: pods have a read-only root and no way to a
# package index, a node fetches the layer once for all of its pods, and the image says exactly
# what interviews are held with. MODELS chooses which; where INTERVIEWER_LLM_BASE_URL is set the
# language model (1.1 GB of the 1.8) can be left out.

ARG PYTHON=3.12-slim-bookworm
ARG NODE=22-bookworm-slim
ARG CUDA=12.6.3-cudnn-runtime-ubuntu24.04

# --- dependencies: a virtual environment from the lock file, by hash ---------------------------
FROM python:${PYTHON} AS dependencies
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 UV_LINK_MODE=copy UV_NO_CACHE=1
WORKDIR /src
COPY lock/uv.txt lock/run.txt lock/
RUN python -m venv /uv && /uv/bin/pip install --quiet --require-hashes -r lock/uv.txt \
    && python -m venv /app \
    && VIRTUAL_ENV=/app /uv/bin/uv pip install --quiet --require-hashes -r lock/run.txt

# --- schema: what the pages' types are made from -----------------------------------------------
FROM dependencies AS schema
COPY interviewer/ interviewer/
COPY models/ models/
RUN INTERVIEWER_DATA_DIR=/tmp/data /app/bin/python -m interviewer openapi > /src/openapi.json

# --- pages -------------------------------------------------------------------------------------
FROM node:${NODE} AS pages
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-fund --no-audit --loglevel=error
COPY web/ ./
COPY --from=schema /src/openapi.json openapi.json
RUN npm run --silent api:types && npm run --silent build

# --- package -----------------------------------------------------------------------------------
FROM dependencies AS package
COPY pyproject.toml README.md LICENSE ./
COPY models/ models/
COPY interviewer/ interviewer/
COPY --from=pages /src/interviewer/web/ interviewer/web/
RUN VIRTUAL_ENV=/app /uv/bin/uv pip install --quiet --no-deps . \
    && /app/bin/python -m compileall -q /app/lib

# --- models: fetched and checked by SHA-256 by the service's own command ------------------------
FROM package AS models
ARG MODELS="whisper-base joe qwen2.5-coder-1.5b-instruct all-minilm-l6-v2 all-mpnet-base-v2"
ENV INTERVIEWER_MODEL_DIR=/models INTERVIEWER_DATA_DIR=/tmp/data
RUN /app/bin/interviewer models pull ${MODELS} && /app/bin/interviewer models verify ${MODELS}

# --- cpu ---------------------------------------------------------------------------------------
FROM python:${PYTHON} AS cpu
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="interviewer" \
      org.opencontainers.image.description="A fair, fast, self-hosted voice interviewer" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="python:3.12-slim-bookworm"
COPY --from=models /models /models
COPY --from=package /app /app
# The lock file is the list of what is in it, by hash, for scanners that read requirements.
COPY lock/run.txt /usr/share/interviewer/requirements.txt
RUN mkdir /data && chown 10001:10001 /data
ENV PATH=/app/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    INTERVIEWER_HOST=0.0.0.0 \
    INTERVIEWER_PORT=8080 \
    INTERVIEWER_OPS_PORT=9090 \
    INTERVIEWER_DATA_DIR=/data \
    INTERVIEWER_MODEL_DIR=/models \
    INTERVIEWER_LOG_FORMAT=json
# A number, so that Kubernetes can see that it is not root's. The root may be read-only: only
# /data and /tmp are written to.
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=10s --start-period=120s --retries=4 \
    CMD ["interviewer", "health"]
ENTRYPOINT ["interviewer"]
CMD ["serve"]

# --- cuda: Ubuntu 24.04 has Python 3.12 too; the environment is told where ----------------------
FROM nvidia/cuda:${CUDA} AS cuda
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="interviewer" \
      org.opencontainers.image.description="A fair, fast, self-hosted voice interviewer, with CUDA" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="nvidia/cuda:12.6.3-cudnn-runtime-ubuntu24.04"
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3.12 ca-certificates \
    && rm -rf /var/lib/apt/lists/*
COPY --from=models /models /models
COPY --from=package /app /app
COPY lock/run.txt /usr/share/interviewer/requirements.txt
RUN ln -sf /usr/bin/python3.12 /app/bin/python && ln -sf python /app/bin/python3 \
    && ln -sf python /app/bin/python3.12 \
    && sed -i 's|^home = .*|home = /usr/bin|' /app/pyvenv.cfg \
    && mkdir /data && chown 10001:10001 /data
ENV PATH=/app/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    INTERVIEWER_HOST=0.0.0.0 \
    INTERVIEWER_PORT=8080 \
    INTERVIEWER_OPS_PORT=9090 \
    INTERVIEWER_DATA_DIR=/data \
    INTERVIEWER_MODEL_DIR=/models \
    INTERVIEWER_LOG_FORMAT=json
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=10s --start-period=120s --retries=4 \
    CMD ["interviewer", "health"]
ENTRYPOINT ["interviewer"]
CMD ["serve"]

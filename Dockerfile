# One file, three images, a `--target` each: `service` (API, worker, cron, migrate, rq-dashboard), `caddy` (with the page),
# `clamav` (with our limits and signatures). The base images are arguments, for your own mirror.
ARG PYTHON_IMAGE=python:3.12-slim-bookworm
ARG NODE_IMAGE=node:22-slim
ARG CADDY_IMAGE=caddy:2
ARG CLAMAV_IMAGE=clamav/clamav:1.4

# -- the page ----------------------------------------------------------------------------------------------------------
FROM ${NODE_IMAGE} AS page
WORKDIR /web
COPY web/package.json web/package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error
COPY web ./
RUN npm run --silent build

# -- the Python packages -----------------------------------------------------------------------------------------------
FROM ${PYTHON_IMAGE} AS packages
WORKDIR /build
RUN python3 -m venv /opt/longshore
COPY setup.cfg requirements.lock ./
COPY tools/checks/pins.py tools/checks/
# The packages of setup.cfg, without the project itself: its code comes last, so that a change of it builds in seconds.
# All are wheels, except two that exist as pure Python sources only.
RUN python3 tools/checks/pins.py setuptools >build.txt && python3 tools/checks/pins.py service dashboard >required.txt \
    && for pins in build.txt required.txt; do /opt/longshore/bin/pip install --disable-pip-version-check --no-cache-dir --no-compile --no-build-isolation --only-binary :all: --no-binary pyclamd,redis-sentinel-url --require-hashes -r $pins || exit 1; done \
    && /opt/longshore/bin/pip uninstall --yes --quiet pip

# -- the service -------------------------------------------------------------------------------------------------------
FROM ${PYTHON_IMAGE} AS service
# MALLOC_ARENA_MAX: with an arena per thread, the memory of big responses grows for hours.
# ALIVE_FOLDER: the files by which `python3 -m jobs.liveness` checks the worker and the cron.
ENV PATH=/opt/longshore/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=1 ALIVE_FOLDER=/tmp/alive
WORKDIR /app
COPY --from=packages /opt/longshore /opt/longshore
COPY --from=page /web/dist web/dist
COPY service service
COPY jobs jobs
COPY longshore longshore
COPY migrations migrations
RUN python3 -m compileall -q /opt/longshore/lib service jobs longshore migrations
USER 10001:10001
EXPOSE 8000
# The socket for gunicorn's heartbeats must not be on a disk, and its control socket would need a home folder. The number of
# processes is WEB_CONCURRENCY, which a --workers here would override.
CMD ["gunicorn", "--config=python:service.server", "--bind=0.0.0.0:8000", "--threads=8", "--worker-tmp-dir=/dev/shm", "--no-control-socket", "service.app:create_app()"]

# -- the proxy ---------------------------------------------------------------------------------------------------------
FROM ${CADDY_IMAGE} AS caddy
# Caddyfile is for a single host. Behind an ingress that has the certificates: `--config /etc/caddy/deploy/caddy/behind.caddy` for the page
# and the API, storage_behind.caddy for storage.
COPY Caddyfile /etc/caddy/
COPY deploy/caddy /etc/caddy/deploy/caddy
COPY --from=page /web/dist /srv/page
# Certificates and the internal CA; a new volume takes its owner from here.
RUN mkdir -p /var/lib/caddy && chown 10001:10001 /var/lib/caddy
ENV XDG_DATA_HOME=/var/lib/caddy XDG_CONFIG_HOME=/var/lib/caddy
USER 10001:10001

# -- the scanner -------------------------------------------------------------------------------------------------------
FROM ${CLAMAV_IMAGE} AS clamav
COPY deploy/clamav /etc/longshore
# The files that are being scanned, up to 2 GB each: on disk, not in a tmpfs, which is memory.
RUN mkdir -p /var/tmp/clamav && chown clamav:clamav /var/tmp/clamav
USER clamav
EXPOSE 3310
ENTRYPOINT ["/bin/sh", "/etc/longshore/start-clamd"]

# Weixuan for production: one image, several processes (docker-compose.yml).
# `--target sandbox` adds what the WeChat sandbox needs; `--build-arg EXTRAS="tantivy reranker"` adds optional extras.

FROM node:24-slim AS frontend
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.12-slim AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements/production.txt /requirements/
RUN /venv/bin/pip install --require-hashes --only-binary :all: -r /requirements/production.txt
# Names of further lock files; another choice leaves the layer above as it is.
ARG EXTRAS=""
COPY requirements/ /requirements/
RUN for name in $EXTRAS; do \
        /venv/bin/pip install --require-hashes --only-binary :all: -r "/requirements/$name.txt" || exit 1; \
    done

FROM packages AS packages-sandbox
COPY requirements/sandbox.txt /requirements/
RUN /venv/bin/pip install --require-hashes --only-binary :all: -r /requirements/sandbox.txt

FROM python:3.12-slim AS base
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    WEIXUAN_NO_BOOTSTRAP=1 \
    DJANGO_SETTINGS_MODULE=weixuan.settings \
    MEDIA_ROOT=/data/media \
    PRIVATE_ROOT=/data/private \
    SEARCH_INDEX_ROOT=/data/search-index
RUN groupadd --gid 10001 weixuan \
    && useradd --uid 10001 --gid weixuan --home-dir /app --no-create-home --shell /usr/sbin/nologin weixuan \
    && install -d -o weixuan -g weixuan /data /data/media /data/private /data/sandbox /run/weixuan
WORKDIR /app

FROM base AS application
COPY --from=packages /venv /venv
COPY . .
COPY --from=frontend /app/node_modules ./node_modules
# Static files and translations are made here, once. Every setting that .env.example leaves empty gets
# a placeholder for this one command; none of them is kept in the image.
RUN python -m weixuan.run.translations \
    && env $(sed -n "s/^\([A-Z_0-9]*\)=$/\1=build/p" .env.example) \
       DATABASE_URL=postgres://build REDIS_URL=redis://build \
       python manage.py collectstatic --noinput --verbosity 0 \
    && rm -rf node_modules

FROM application AS sandbox
COPY --from=packages-sandbox /venv /venv
USER weixuan
EXPOSE 8002
CMD ["python", "manage.py", "wechat_sandbox", "--host", "0.0.0.0", "--port", "8002", "--data", "/data/sandbox"]

# Last, so that a plain `docker build .` makes it.
FROM application AS production
USER weixuan
EXPOSE 8000 8001
CMD ["gunicorn", "weixuan.wsgi", "--config", "python:weixuan.run.gunicorn_settings"]
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s CMD ["python", "-m", "weixuan.run.probe", "web"]

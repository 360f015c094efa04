# Builds a distribution, runs its programs where there is no Python, and keeps nothing but it.
# docs/containers.md tells what the arguments and stages are for.

# Who builds: the oldest Debian that has CPython 3.11 and takes the wheels of PyQt6 (glibc 2.34).
ARG BUILD_BASE=debian:12-slim
# Who runs: a glibc as new as the programs need, and a shell for the test.
ARG BARE_BASE=debian:12-slim

FROM ${BUILD_BASE} AS tools
# A pinned version of a package is gone from Debian's servers with its next update.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
      binutils ca-certificates gcc libc6-dev libpython3.11-dev python3-venv \
    && rm -rf /var/lib/apt/lists/*
# No daemon outlives a RUN. The CPython that uv may install for Pants is kept with what Pants keeps.
ENV LANG=C.UTF-8 PANTS_PANTSD=false PANTS_DYNAMIC_UI=false \
    XDG_CACHE_HOME=/cache UV_PYTHON_INSTALL_DIR=/cache/uv-python
WORKDIR /src

FROM tools AS sources
COPY . .

FROM sources AS build
ARG DISTRIBUTION=light
# Not two at once in one cache. What pip and TLS need for a company mirror comes as secrets, so that
# none of it stays in a layer. The move fails if there is more than one folder.
RUN --mount=type=cache,target=/cache,sharing=locked \
    --mount=type=secret,id=pip,target=/etc/pip.conf \
    --mount=type=secret,id=certificates,target=/etc/ssl/certs/ca-certificates.crt \
    ./pants package "//:${DISTRIBUTION}" && mv -T dist/*/ /distribution

FROM scratch AS archive
COPY --from=build /src/dist/*.tar.xz /

FROM ${BARE_BASE} AS test
COPY --from=build /distribution /opt/ai-coder-assistant
COPY tests/containers/bare.sh /
RUN sh /bare.sh /opt/ai-coder-assistant

FROM ${BARE_BASE}
# From the stage that tested it: without that there is no image.
COPY --from=test /opt/ai-coder-assistant /opt/ai-coder-assistant
USER 65534:65534
ENTRYPOINT ["/opt/ai-coder-assistant/ai-coder-launcher"]
CMD ["list"]

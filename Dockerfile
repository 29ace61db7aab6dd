# One image for all apps, the operator's command, the load test and the conformance suite; the command names the one to run: `docker run parley apps/gateway/dist/main.js`.
# Without a command it runs everything in one container, on PORT and REDIS_URL, as npm start does.
# docs/operations.md, "The image", gives the reason and the size.

# With a digest, node:24-bookworm-slim@sha256:…, a registry cannot serve anything else. `npm run pin-images` writes it into .env.
ARG NODE_IMAGE=node:24-bookworm-slim
FROM ${NODE_IMAGE} AS base
WORKDIR /app

# Only the files that npm reads: while they stay the same, dependencies come from the cache.
FROM base AS manifests
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete && find . -type d -empty -delete

# The packages that these projects need at run time. Removing devDependencies also removes packages that only tests need. What licences
# ask to be passed on stays. No package runs a program of its own here.
FROM base AS dependencies
ARG PROJECTS="apps/admin apps/auth apps/users apps/channels apps/gateway apps/load-test tools/conformance tools/local-stack"
COPY --from=manifests /app ./
RUN npm pkg delete devDependencies --workspaces --include-workspace-root \
  && npm install --omit=dev --ignore-scripts $(printf -- '--workspace=%s ' $PROJECTS) \
  && find . -path '*/node_modules/*' -type f \( -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' -o -name '*.map' -o -name '*.md' \) \
    ! -iname '*licen[cs]e*' ! -iname '*copying*' ! -iname '*notice*' -delete

# Our own code, compiled: these projects and those that they depend on, and the web client, which is only files here.
FROM base AS build
ARG PROJECTS="apps/admin apps/auth apps/users apps/channels apps/gateway apps/load-test tools/conformance tools/local-stack"
COPY --from=manifests /app ./
RUN npm ci
COPY . .
RUN npx tsc -b $PROJECTS apps/web && node tools/build/inline-lua.mjs && node apps/web/build.mjs
COPY --from=dependencies /app/node_modules/@parley /linked
RUN mkdir /ours && find deploy $(readlink /linked/* | cut -c7-) -type f ! -path '*/node_modules/*' \
    \( -name package.json -o -path '*/dist/*.js' -o -path '*/public/*' -o -path 'deploy/*.mjs' \) -print0 \
  | tar -c --null -T - | tar -x -C /ours \
  && mkdir -p /ours/apps/web/dist && cp -R apps/web/dist/client apps/web/dist/admin /ours/apps/web/dist/

FROM base
# The commit that the image is built from: --build-arg REVISION=$(git rev-parse HEAD).
ARG REVISION=unknown
LABEL org.opencontainers.image.title=parley org.opencontainers.image.licenses=MIT org.opencontainers.image.revision=$REVISION
ENV NODE_ENV=production \
    # For everything in one container: reachable from outside it, and with a folder that it may write to.
    HOST=0.0.0.0 \
    DATA_DIR=/data \
    # Prometheus asks from another container. The port is not published.
    METRICS_HOST=0.0.0.0 \
    # A share of the container's memory limit; by default V8 ignores a limit below 4 GiB. The rest is for buffers and argon2.
    NODE_OPTIONS=--max-old-space-size-percentage=65
# redis-files.mjs writes here. A new volume mounted here gets the same owner.
RUN install -d -o 1000 -g 1000 /run/redis /data
COPY --from=dependencies /app/node_modules ./node_modules
# A package needed in two versions has one of them beside the project that needs it.
COPY --from=dependencies /app/apps ./apps
COPY --from=dependencies /app/libs ./libs
COPY --from=dependencies /app/tools ./tools
COPY --from=build /ours ./
COPY package.json ./
# The user "node". From a number an orchestrator can tell that it is not root.
USER 1000:1000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "deploy/health-check.mjs"]
ENTRYPOINT ["node"]
CMD ["tools/local-stack/dist/main.js"]

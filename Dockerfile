# One image for all apps; the command names the one to run: `docker run parley apps/gateway/dist/main.js`.
# docs/operations.md, "The image", says why one, and what it measures.

FROM node:24-bookworm-slim AS base
WORKDIR /app

# What npm reads, and nothing else: as long as that stays the same, dependencies come from the cache.
FROM base AS manifests
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete && find . -type d -empty -delete

# The packages that the apps run with. Without its devDependencies a project no longer leads to those that only tests need.
FROM base AS dependencies
ARG APPS="auth users channels gateway load-test"
COPY --from=manifests /app ./
RUN npm pkg delete devDependencies --workspaces --include-workspace-root \
  && npm install --omit=dev --ignore-scripts $(printf -- '--workspace=apps/%s ' $APPS) \
  && find . -path '*/node_modules/*' -type f \( -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' -o -name '*.map' -o -name '*.md' \) -delete

# What is ours, compiled: of the apps and of the projects that they lead to.
FROM base AS build
ARG APPS="auth users channels gateway load-test"
COPY --from=manifests /app ./
RUN npm ci
COPY . .
RUN npx tsc -b $(printf 'apps/%s ' $APPS)
COPY --from=dependencies /app/node_modules/@parley /linked
RUN mkdir /ours && find deploy $(readlink /linked/* | cut -c7-) -type f ! -path '*/node_modules/*' \
    \( -name package.json -o -path '*/dist/*.js' -o -name '*.lua' -o -path '*/public/*' -o -path 'deploy/*.mjs' \) -print0 \
  | tar -c --null -T - | tar -x -C /ours

FROM base
ENV NODE_ENV=production \
    # Of the container's memory limit: without it V8 takes no notice of one below 4 GiB. The rest is for buffers and for argon2.
    NODE_OPTIONS=--max-old-space-size-percentage=65
# Where redis-files.mjs writes: a volume that is made for it belongs to the same user.
RUN install -d -o 1000 -g 1000 /run/redis
COPY --from=dependencies /app/node_modules ./node_modules
# Of a package that is needed in two versions one lies beside who needs it.
COPY --from=dependencies /app/apps ./apps
COPY --from=dependencies /app/libs ./libs
COPY --from=build /ours ./
COPY package.json ./
# "node", by its number, so that an orchestrator can tell that it is not root.
USER 1000:1000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "deploy/health-check.mjs"]
ENTRYPOINT ["node"]

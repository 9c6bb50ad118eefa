# The web program: receives deliveries, writes job files, shows what happened. It can do nothing else, and has no tools.
# The worker is not in here: it runs on the host. Run `npm ci` first: the modules come from node_modules, and of those
# only what the web program imports.
FROM node:24.11.1-alpine3.22 AS modules
WORKDIR /src
COPY . .
RUN ["node", "webhook/image/keep-needed-modules.ts", "/src", "/out"]

FROM node:24.11.1-alpine3.22
LABEL org.opencontainers.image.title="Letterbox web program" org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production \
    LETTERBOX_CONFIG=/etc/letterbox/config.yaml \
    LETTERBOX_DATA=/var/lib/letterbox
WORKDIR /opt/letterbox
COPY package.json ./
COPY config/ config/
COPY forge/ forge/
COPY job/ job/
COPY webhook/ webhook/
COPY --from=modules /out/node_modules/ node_modules/
# a number, so that the engine sees that it is not root; no such user has to exist
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 CMD ["node", "webhook/healthcheck.ts"]
CMD ["node", "--max-semi-space-size=2", "webhook/main.ts", "--host", "0.0.0.0", "--port", "8080"]

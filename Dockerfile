# Runs Latchkey on a machine in your network. See docs/guides/getting-started.md, "Run it in a container".
FROM node:24-slim
WORKDIR /app
RUN mkdir /data && chown node:node /app /data
USER node
COPY --chown=node:node package.json package-lock.json ./
# The local run needs the development packages too: bundler, embedded DynamoDB and template.
RUN npm ci --no-audit --no-fund
COPY --chown=node:node . ./
ENV HOST=0.0.0.0 LATCHKEY_FOLDER=/data
VOLUME /data
EXPOSE 3000
HEALTHCHECK --start-period=60s CMD ["node", "-e", "fetch('http://localhost:3000/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself, because npm and shells may not pass on the SIGTERM of docker stop.
CMD ["node", "--import", "./dev/require-node.mjs", "dev/start.ts"]

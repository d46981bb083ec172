# Packwatch as a sidecar: no embedded database, no root, nothing written.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json ./
# With the optional packages, of which the compiler is one; installed again without them once it has done its work.
RUN ["npm", "ci", "--ignore-scripts"]
COPY src ./src
RUN ["npm", "run", "build"]
RUN ["npm", "ci", "--omit=dev", "--omit=optional", "--ignore-scripts"]

FROM node:24-slim AS run
ENV NODE_ENV=production PACKWATCH_ROOTS=/packs
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY sql ./sql
COPY src/commands/new-pack ./src/commands/new-pack
USER node
EXPOSE 7410
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["node", "-e", "fetch('http://127.0.0.1:7410/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["run"]

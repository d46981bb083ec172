# Packwatch as a sidecar: no embedded database, no root, nothing written.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json ./
# With the optional packages, of which the compiler is one; installed again without them once it has done its work.
RUN ["npm", "ci", "--ignore-scripts"]
COPY src ./src
RUN ["npm", "run", "build"]
RUN ["npm", "ci", "--omit=dev", "--omit=optional", "--ignore-scripts"]
COPY sql ./sql
COPY LICENSE ./
# Files of a checkout may be closed to all but its owner.
RUN ["chmod", "-R", "a+rX", "."]

FROM node:24-slim AS run
ENV NODE_ENV=production PACKWATCH_ROOTS=/packs
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/sql ./sql
COPY --from=build /app/src/commands/new-pack ./src/commands/new-pack
USER node
EXPOSE 7410
# Node itself asks, at the port that the setting names. It needs no token. Whoever turns the listener off turns this off too.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["node", "-e", "fetch('http://localhost:' + (process.env.PACKWATCH_HTTP ?? ':7410').split(':').at(-1) + '/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["run"]

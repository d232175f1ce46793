# All commands of btrollout in one small image; the compose file says which runs.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY cmd cmd
COPY internal internal
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/ ./cmd/...

FROM alpine:3.22
RUN adduser -D -u 10001 btrollout && install -d -o btrollout -m 0750 /reports
COPY --from=build /out/ /usr/local/bin/
USER btrollout
ENV REPORT_DIR=/reports
CMD ["worker"]

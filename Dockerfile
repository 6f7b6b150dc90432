# One container is the whole product: without DATABASE_URL the program runs its own PostgreSQL, whose
# data is in the volume.
#
#   docker build -t maru .
#   docker run --rm -it -p 8080:8080 maru demo
#   docker run -d -p 8080:8080 -v maru:/var/lib/maru -e MARU_SECRET=$(openssl rand -hex 32) maru
#
# With DATABASE_URL it uses that server, and needs no volume.

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/maru .

FROM debian:bookworm-slim
# The package is wanted for its programs: no cluster of the system's is made.
RUN mkdir -p /etc/postgresql-common/createcluster.d \
	&& echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/maru.conf \
	&& apt-get update \
	&& DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates postgresql-15 \
	&& rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
	&& useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/maru --shell /usr/sbin/nologin maru \
	&& install -d -o maru -g maru -m 0700 /var/lib/maru
COPY --from=build /out/maru /usr/local/bin/maru
COPY LICENSE /usr/share/doc/maru/LICENSE
ENV MARU_DATA=/var/lib/maru MARU_LISTEN=:8080
USER 10001:10001
WORKDIR /var/lib/maru
VOLUME /var/lib/maru
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s CMD ["maru", "healthcheck"]
ENTRYPOINT ["maru"]
CMD ["serve"]

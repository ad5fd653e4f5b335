#!/usr/bin/env bash
# Builds local images under the official names (apache/kafka:4.1.0 and redis:7) for a machine that has a Docker engine
# but reaches no image registry, so that `npm run test:docker` can run there. They have the same contract as the
# official ones as far as the provision uses it: Kafka's own kafka.docker.KafkaDockerWrapper reads the KAFKA_ variables.
#
#   test/docker/stand-in-images.sh
#
# Needs: a Docker engine, Debian or Ubuntu with apt (after `apt-get update`), a JDK 17 or later (jlink), Maven.
# Undo: docker image rm apache/kafka:4.1.0 redis:7
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for command in docker apt-get apt-cache dpkg-deb jlink mvn tar; do
  command -v "$command" > /dev/null || { echo "stand-in-images: $command is missing" >&2; exit 1; }
done

# unpack ROOT PACKAGE…: the packages and all they depend on, unpacked but not installed (no maintainer script runs).
unpack() {
  local root=$1 packages
  shift
  packages=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@" |
    grep '^[a-z0-9]' | sort -u | grep -Ev '^(adduser|debconf.*|cdebconf|dpkg|init-system-helpers|install-info|libpam.*|lsb-base|passwd|perl.*|systemd.*|sysvinit.*)$')
  mkdir -p "$root" "$work/debs"
  # shellcheck disable=SC2086 # one word per package
  (cd "$work/debs" && rm -f ./*.deb && apt-get -qq -o APT::Sandbox::User=root download $packages)
  for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$root"; done
  rm -rf "$root"/usr/share/{doc,man,locale}
  mkdir -p "$root"/{tmp,etc,data,usr/local/bin}
  chmod 1777 "$root/tmp"
  printf 'root:x:0:0:root:/root:/bin/sh\nappuser:x:1000:1000::/tmp:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' > "$root/etc/passwd"
  printf 'root:x:0:\nappuser:x:1000:\nnogroup:x:65534:\n' > "$root/etc/group"
}

import_image() {
  local root=$1 name=$2
  shift 2
  tar -C "$root" -c . | docker import "$@" - "$name" > /dev/null
  echo "$name is there"
}

redis_image() {
  local root=$work/redis
  unpack "$root" redis-server redis-tools bash dash coreutils grep sed
  cat > "$root/usr/local/bin/docker-entrypoint.sh" << 'SCRIPT'
#!/bin/sh
case "$1" in -*) set -- redis-server "$@" ;; esac
[ "$1" = redis-server ] && set -- "$@" --protected-mode no
exec "$@"
SCRIPT
  chmod 755 "$root/usr/local/bin/docker-entrypoint.sh"
  import_image "$root" redis:7 --change 'ENTRYPOINT ["/usr/local/bin/docker-entrypoint.sh"]' \
    --change 'CMD ["redis-server"]' --change 'WORKDIR /data' --change 'VOLUME /data' --change 'EXPOSE 6379'
}

kafka_image() {
  local root=$work/kafka
  unpack "$root" bash dash coreutils grep sed zlib1g libstdc++6 libgcc-s1
  mkdir -p "$root"/opt/kafka/config "$root"/etc/kafka/docker "$root"/mnt/shared/config
  jlink --no-header-files --no-man-pages --strip-debug --output "$root/opt/java" --add-modules \
    java.base,java.desktop,java.logging,java.management,java.naming,java.security.jgss,java.security.sasl,java.sql,java.xml,jdk.management,jdk.unsupported,jdk.zipfs
  mvn -B -q -f "$here/../../packages/sandbox/maven/kafka.xml" dependency:copy-dependencies "-DoutputDirectory=$root/opt/kafka/libs"
  printf 'process.roles=broker,controller\nnode.id=1\n' > "$root/etc/kafka/docker/server.properties"
  cat > "$root/etc/kafka/docker/log4j2.yaml" << 'YAML'
Configuration:
  Appenders:
    Console:
      name: STDOUT
      PatternLayout:
        pattern: "[%d] %p %m (%c)%n"
  Loggers:
    Root:
      level: INFO
      AppenderRef:
        - ref: STDOUT
YAML
  cp "$root/etc/kafka/docker/log4j2.yaml" "$root/etc/kafka/docker/tools-log4j2.yaml"
  cat > "$root/etc/kafka/docker/run" << 'SCRIPT'
#!/bin/bash
set -e
export CLASSPATH='/opt/kafka/libs/*' CLUSTER_ID=${CLUSTER_ID:-5L6g3nShT-eMCtK--X86sw}
# A container that is started again finds its data formatted, which is no error.
said=$(/opt/java/bin/java kafka.docker.KafkaDockerWrapper setup --default-configs-dir /etc/kafka/docker \
  --mounted-configs-dir /mnt/shared/config --final-configs-dir /opt/kafka/config 2>&1) ||
  grep -i 'already formatted' <<< "$said" || { echo "$said"; exit 1; }
exec /opt/java/bin/java ${KAFKA_HEAP_OPTS:--Xmx1G} -Dlog4j2.configurationFile=/opt/kafka/config/log4j2.yaml \
  kafka.Kafka /opt/kafka/config/server.properties
SCRIPT
  chmod 755 "$root/etc/kafka/docker/run"
  chown -R 1000:1000 "$root/opt/kafka" "$root/mnt/shared" 2> /dev/null || chmod -R a+rwX "$root/opt/kafka" "$root/mnt/shared"
  import_image "$root" apache/kafka:4.1.0 --change 'CMD ["/etc/kafka/docker/run"]' --change 'USER 1000' --change 'EXPOSE 9092'
}

redis_image
kafka_image

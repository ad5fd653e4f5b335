/** What `--help` says about the limits of what is started. */
export const startLimitHelp = `START_LIMIT in the environment (3m; 90s, 10m) is how long each server and service may take until it is ready: raise it on a machine that is slow.
DOCKER_LIMIT (5s) is how long a Docker engine may take to answer, CONNECT_LIMIT (5s) a server that KAFKA_BROKERS or REDIS_URL names to take a connection.`

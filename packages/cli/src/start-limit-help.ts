/** What `--help` says about the limit of what is started. */
export const startLimitHelp = `START_LIMIT in the environment (3m; 90s, 10m) is how long each server and service may take until it is ready: raise it on a machine that is slow.`

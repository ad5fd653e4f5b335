import { type ErrorNote, mapiErrorNotes, SETTING, WRITER } from './mapi-error-notes.ts'

/** Notes on the codes that begin with one prefix. */
export interface ErrorSection {
  readonly title: string
  readonly notes: Readonly<Record<string, ErrorNote>>
}

const BY_ITSELF = 'Nothing, if it is rare: the work begins again by itself.'

/** Every code that the pipeline's own errors carry. A test compares it with the sources, both ways. */
export const ERROR_SECTIONS: readonly ErrorSection[] = [
  {
    title: 'Start, settings and stop',
    notes: {
      CONFIGURATION: {
        meaning: 'Settings, the partners file or a key file are wrong; all faults are in the message. Exit code 78.',
        todo: 'Correct what it names; docs/configuration.md has every setting.',
      },
      NAMESPACE_INVALID: { meaning: 'The namespace has a character that Redis keys must not have.', todo: SETTING },
      SHUTDOWN_LIMIT: {
        meaning:
          'A stop took longer than its limit, and the process ended at once. Work in progress continues at the next start.',
        todo: 'If this happens often, raise `SHUTDOWN_LIMIT` and the grace period of the supervisor.',
      },
    },
  },
  {
    title: 'Records and schemas',
    notes: {
      SCHEMA_NOT_AVRO: {
        meaning: 'The bytes are no record: they begin with neither framing, or the body does not fit its schema.',
        todo: 'On a command topic it is a dead letter: have the writer corrected, then replay it. On `gateway.*` the task waits: find the writer.',
      },
      SCHEMA_UNKNOWN: {
        meaning: 'The framing is right, but this release does not know the schema.',
        todo: 'Upgrade this service before the writer. On a command topic it is a dead letter that can be replayed; on `gateway.*` the task waits.',
      },
      SCHEMA_UNEXPECTED_RECORD: {
        meaning: 'A topic has a record that must not be there.',
        todo: 'Find the writer and correct it; see SCHEMA_NOT_AVRO.',
      },
      SWITCH_KEY: {
        meaning:
          'A record of `gateway.switches` has a key that does not match its scope and origin. What the key names is stopped.',
        todo: 'Find the writer. `npm run partner -- go ALIAS --why WORDS` writes the switch of a partner again.',
      },
      REGISTRY_UNAVAILABLE: {
        meaning: 'The schema registry did not answer, or not in time.',
        todo: 'Bring the registry back; the services continue by themselves.',
      },
      REGISTRY_REFUSED: {
        meaning: 'The schema registry answered with a refusal.',
        todo: 'Its answer is in the message: login, compatibility level, or a schema that it does not have.',
      },
      SCHEMA_INVALID_RECORD: { meaning: 'A value does not fit its schema and was not written.', todo: WRITER },
    },
  },
  {
    title: 'Kafka',
    notes: {
      LOG_UNAVAILABLE: {
        meaning: 'Kafka did not answer, or not in time; whether a record was stored is not known.',
        todo: 'Bring Kafka back; the services continue by themselves.',
      },
      LOG_LOGIN_REFUSED: {
        meaning: 'The brokers know no such user and password for this mechanism.',
        todo: 'Set `KAFKA_SASL_USERNAME` and `KAFKA_SASL_PASSWORD`, or make the user at the brokers.',
      },
      LOG_LOGIN_MISSING: {
        meaning: 'The port requires a login, and none is set.',
        todo: 'Set `KAFKA_SASL_MECHANISM` to one that the message names, with user and password.',
      },
      LOG_LOGIN_UNWANTED: {
        meaning: 'A login is set, and the port accepts none.',
        todo: 'Give the port with SASL in `KAFKA_BROKERS`, or leave `KAFKA_SASL_MECHANISM` out.',
      },
      LOG_LOGIN_MECHANISM: {
        meaning: 'The port accepts logins, but not by this mechanism.',
        todo: 'Set `KAFKA_SASL_MECHANISM` to one that the message names.',
      },
      LOG_CERTIFICATE_UNTRUSTED: {
        meaning: "No known authority signed the broker's certificate.",
        todo: 'Set `KAFKA_TLS_CA_FILE` to the certificate of the authority in the message.',
      },
      LOG_CERTIFICATE_HOST: {
        meaning: "The broker's certificate is for another host than the one that was reached.",
        todo: 'Name the broker in `KAFKA_BROKERS` and in its `advertised.listeners` as its certificate does, or renew the certificate.',
      },
      LOG_CERTIFICATE_DATE: {
        meaning: "The broker's certificate is not valid yet, or has expired.",
        todo: 'Renew it. Check the clock of this machine too.',
      },
      LOG_CLIENT_CERTIFICATE: {
        meaning: 'The port requires a certificate of the client. None is set, or the brokers do not trust it.',
        todo: 'Set `KAFKA_TLS_CERT_FILE` and `KAFKA_TLS_KEY_FILE` to one that is valid and whose authority the brokers trust.',
      },
      LOG_TLS_MISSING: {
        meaning: 'The port uses TLS, and the client does not.',
        todo: 'Set `KAFKA_TLS=true`, or give another port in `KAFKA_BROKERS`.',
      },
      LOG_TLS_UNWANTED: {
        meaning: 'The port does not use TLS, and the client does.',
        todo: 'Give the port for TLS in `KAFKA_BROKERS`, or set `KAFKA_TLS=false` and none of `KAFKA_TLS_…_FILE`.',
      },
      LOG_TLS_FILES: {
        meaning: 'Certificate and key for Kafka do not belong together, or are not PEM.',
        todo: 'Set `KAFKA_TLS_KEY_FILE` to the key of the certificate in `KAFKA_TLS_CERT_FILE`.',
      },
      LOG_TASK_ENDED: {
        meaning:
          'The session of a task is over: the task went to another process, a transaction failed, or the process stops.',
        todo: BY_ITSELF,
      },
      LOG_PUBLISHER_FULL: {
        meaning: 'The limit of bytes on their way to Kafka is reached; nothing was sent.',
        todo: 'Nothing: Alipay sends the notify again. If it lasts, find out why Kafka is slow.',
      },
      LOG_TOPICS_UNFIT: {
        meaning:
          'Topics are not as they must be. Going on could pay twice or lose records. Each finding is in the message.',
        todo: 'Do what each finding says; docs/configuration.md has the table of all findings. Services wait, and continue by themselves.',
      },
      LOG_PARTITION_MISSING: {
        meaning: 'A topic has fewer partitions than another topic with which it must be equal.',
        todo: 'Run `npm run topics -- check`; see "Partitions were added" in docs/operations.md.',
      },
      LOG_TOPIC_MISSING: {
        meaning: 'A topic does not exist. Topics are never made automatically.',
        todo: 'Run `npm run topics -- apply`.',
      },
      LOG_RECORD_TOO_LARGE: {
        meaning: 'A record is larger than its topic allows; nothing was sent.',
        todo: 'Run `npm run topics -- check`: `max.message.bytes` of the topic is likely lower than it should be.',
      },
      LOG_GROUP_AT_WORK: {
        meaning: 'The offsets of a group cannot be set while it has members; nothing was changed.',
        todo: 'Stop all its processes, wait until the group has noticed (a session timeout), and try again.',
      },
      LOG_BATCH_UNDECODABLE: {
        meaning:
          'A record batch cannot be decoded: its codec is unknown, it is damaged, or it holds more than `KAFKA_MAX_BATCH_BYTES` when decompressed.',
        todo: 'Its partition waits, others go on. See "A batch can\'t be decoded" in docs/operations.md.',
      },
      LOG_OFFSET_OUT_OF_RANGE: {
        meaning: 'The partition has no record at a position: records were deleted, or the topic was made anew.',
        todo: 'The task waits. See "A topic was made anew" in docs/operations.md.',
      },
      TASK_OFFSETS_BEHIND: {
        meaning: 'A committed offset is gone, or is lower than the checkpoint; nothing is signed or sent.',
        todo: 'The task waits. The message says which offset to set, and how; see "A topic was made anew" in docs/operations.md.',
      },
    },
  },
  {
    title: 'Redis',
    notes: {
      REDIS_UNAVAILABLE: {
        meaning: 'Redis is away, too slow, not the primary, or refuses. Nothing is signed or sent meanwhile.',
        todo: 'Bring Redis back; the services continue by themselves.',
      },
      REDIS_NOT_TRUSTED: {
        meaning:
          'Redis has forgotten something: it is empty, was restarted, or a replica took over. Nothing is signed or sent.',
        todo: 'After a restart or failover it is rebuilt automatically. If it was emptied, run `npm run rebuild`.',
      },
      REDIS_REBUILD_SUPERSEDED: {
        meaning: 'Another rebuild began after this one, or Redis is another server since.',
        todo: 'Check whether Redis is trusted now; if not, begin again.',
      },
      REDIS_UNFIT: {
        meaning:
          'The Redis that is configured must not be used: it evicts, or its primary accepts writes without a replica. All faults are in the message.',
        todo: "Change Redis' settings as the message says.",
      },
      REDIS_CLAIM_UNREADABLE: {
        meaning: 'A claim in Redis has a wrong format: another program wrote under this namespace.',
        todo: 'The task waits. Find the writer, give it another namespace, then empty ours and run `npm run rebuild`.',
      },
    },
  },
  {
    title: 'gateway-ingress',
    notes: {
      NOTIFY_REFUSED: {
        meaning: 'A request got no `success`; `reason` in the log and in `ingress_refusals_total` says why.',
        todo: 'Forged traffic: nothing. `malformed-field` and `not-confirmed` of a real notify: compare with the raw body.',
      },
      INGRESS_LANES_UNKNOWN: {
        meaning: 'The number of lanes is not known from Kafka yet, so no notify can be stored; Alipay sends it again.',
        todo: 'Bring Kafka back.',
      },
    },
  },
  {
    title: 'signer',
    notes: {
      SIGNER_KEY_MISSING: {
        meaning: 'A partner has no signing key in this process: its requests end unsigned.',
        todo: 'Name its `signingKeyFile` in the partners file and start the signer again.',
      },
      SIGNER_PARTNER_MISSING: {
        meaning:
          'A request had to be signed for a partner that the partners file no longer has. Payouts that were never sent have ended as `payout.failed`.',
        todo: 'Put the partner back and start the signer again, then ask under new ids.',
      },
      SIGNER_FORM_URL_MISSING: {
        meaning:
          'The form of an agreement has to be signed, but `FORM_URL` was removed: the command is `agreement.failed`.',
        todo: 'Set `FORM_URL`, start the signer again, and send a new command.',
      },
      SIGNER_SERVICE_UNKNOWN: {
        meaning: 'A request has to be signed for a service that this release does not know: it counts as not sent.',
        todo: 'Upgrade the signer before the reconciler; questions and files are asked for again automatically.',
      },
    },
  },
  {
    title: 'gateway-egress',
    notes: {
      EGRESS_BATCH_NO_TAKEN: {
        meaning:
          'Two requests with different content have the same batch number or request id. The second is not sent, and its lane waits.',
        todo: 'Find out which writer made it; see "A batch number is taken" in docs/operations.md.',
      },
      EGRESS_SERVICE_UNKNOWN: {
        meaning: 'A request is for a service that this release of gateway-egress cannot call. Its lane waits.',
        todo: 'Upgrade gateway-egress; readers are deployed before writers.',
      },
      EGRESS_BELOW_CHECKPOINT: {
        meaning: 'A record was already processed: another process has the lane, or an offset went back.',
        todo: `${BY_ITSELF} If it lasts, TASK_OFFSETS_BEHIND follows and says the way out.`,
      },
    },
  },
  {
    title: 'reconciler',
    notes: {
      RECONCILER_STATE_MISSING: {
        meaning: 'A batch is known and the state of one of its payouts is not in Redis. The lane waits.',
        todo: 'Somebody deleted keys. Stop the services, delete the marker and the checkpoints, then run `npm run rebuild`: see "A task waits" in docs/operations.md.',
      },
      RECONCILER_STATE_UNREADABLE: {
        meaning: 'Another program or a later release wrote a state in Redis. The lane waits.',
        todo: 'Upgrade this service. If another program wrote it: stop the services and delete that key, the marker and the checkpoints, then run `npm run rebuild`: see "A task waits" in docs/operations.md.',
      },
      RECONCILER_STATE_CONFLICT: {
        meaning: 'Another process changes the states of a lane that it should have lost long ago.',
        todo: `${BY_ITSELF} If it lasts, look for a process that hangs or runs under another group.`,
      },
    },
  },
  {
    title: 'Commands that a person types',
    notes: {
      CLI_USAGE: {
        meaning: 'The command line is wrong; nothing was done. Exit code 2.',
        todo: 'Type it as the message says.',
      },
      CLI_FAILED: {
        meaning: 'The command failed, or a count does not match. Exit code 1.',
        todo: 'The message says what.',
      },
      CLI_WRITE_UNKNOWN: {
        meaning: 'Nobody knows whether a command was written, or all of them. Exit code 1.',
        todo: 'Type exactly what the lines below the message say: under the same id nothing is done twice.',
      },
      CLI_UNANSWERED: {
        meaning: 'A command is written, and no answer came in time. Exit code 3.',
        todo: 'It is processed when the services are up. The lines below the message say where to look.',
      },
      CLI_NO_SYSTEM: {
        meaning: 'There is no running system to talk to, or its settings are wrong. Exit code 78.',
        todo: 'Set `KAFKA_BROKERS` and the like as the services have them. To try things on one machine, start a system with `npm run up`.',
      },
      CLI_PROGRAM_START: {
        meaning: 'A program of the pipeline ended before it was ready, or took too long.',
        todo: 'The last lines of its log are in the message.',
      },
    },
  },
  {
    title: 'The stand-in for Alipay, and the provision of Kafka and Redis',
    notes: {
      SANDBOX_UNREACHABLE: { meaning: 'No sandbox answers at its address.', todo: 'Start it: `npm run up` does.' },
      SANDBOX_REFUSED: { meaning: 'The sandbox refused a command.', todo: 'Its answer is in the message.' },
      SANDBOX_PARTNERS_FILE: { meaning: "The sandbox's partners file, or a key in it, cannot be used.", todo: SETTING },
      SANDBOX_PARTNER_UNKNOWN: {
        meaning: 'A command names a partner or payer that the sandbox does not have.',
        todo: 'Name one of its partners file.',
      },
      PROVISION_NOTHING_FOUND: {
        meaning: 'Nothing on this machine can run Kafka or Redis.',
        todo: 'The message lists what is missing; one of these is enough: addresses in the environment, Docker, or Java 17 with Maven.',
      },
      PROVISION_FETCH_FAILED: {
        meaning: 'A download failed.',
        todo: "The downloader's output is in the message; check the network and its proxy.",
      },
      PROVISION_TOO_SLOW: {
        meaning: 'Kafka or Redis was started here, and was not ready in time.',
        todo: 'Give it more time: `START_LIMIT=10m`.',
      },
      PROVISION_START_FAILED: {
        meaning: 'A server ended before it was ready.',
        todo: 'The last lines of its log are in the message.',
      },
      PROVISION_UNREACHABLE: {
        meaning: 'An address in the environment is malformed, or nothing answers there.',
        todo: 'Correct or unset it.',
      },
      PROVISION_SETTING: {
        meaning: '`START_LIMIT`, `DOCKER_LIMIT` or `CONNECT_LIMIT` is malformed. Exit code 78.',
        todo: 'Write it as `90s` or `10m`.',
      },
      PROVISION_PORT_TAKEN: {
        meaning: 'Another program took a port just before.',
        todo: 'Nothing: another port is tried.',
      },
      PROVISION_NOT_POSSIBLE: {
        meaning:
          'A server that somebody else runs cannot be stopped or started from here; or downloads cannot be stored in this folder.',
        todo: 'Use Kafka and Redis that the command starts itself; make `.local` writable for the user who starts them.',
      },
    },
  },
  {
    title: "Alipay's protocol",
    notes: mapiErrorNotes,
  },
]

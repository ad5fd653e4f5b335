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
          'A stop took longer than it may, and was given up. What was in flight is taken up again at the next start.',
        todo: 'Where this happens often, raise `SHUTDOWN_LIMIT` and the grace period of the supervisor.',
      },
    },
  },
  {
    title: 'Records and schemas',
    notes: {
      SCHEMA_NOT_AVRO: {
        meaning: 'The bytes are no record: neither framing begins like this, or the body does not fit its schema.',
        todo: 'On a command topic it is a dead letter: have the writer corrected, then replay it. On `gateway.*` the lane waits: find the writer.',
      },
      SCHEMA_UNKNOWN: {
        meaning: 'The record is well framed, with a schema that this release does not know.',
        todo: 'Upgrade this service before the writer. On a command topic it is a dead letter that can be replayed; on `gateway.*` the lane waits.',
      },
      SCHEMA_UNEXPECTED_RECORD: {
        meaning: 'A record stands in a topic where no such record may.',
        todo: 'Find the writer and correct it; see SCHEMA_NOT_AVRO.',
      },
      SWITCH_KEY: {
        meaning:
          'A record of `gateway.switches` stands under a key that is not its own scope and origin. What the key names is stopped.',
        todo: 'Find the writer. `npm run partner -- go ALIAS --why WORDS` writes the switch of a partner anew.',
      },
      REGISTRY_UNAVAILABLE: {
        meaning: 'The schema registry did not answer, or not in time.',
        todo: 'Bring the registry back; the services go on by themselves.',
      },
      REGISTRY_REFUSED: {
        meaning: 'The schema registry answered with a refusal.',
        todo: 'Its own words are in the message: log-in, compatibility level, or a schema that it does not have.',
      },
      SCHEMA_INVALID_RECORD: { meaning: 'A value does not fit its schema and was not written.', todo: WRITER },
    },
  },
  {
    title: 'Kafka',
    notes: {
      LOG_UNAVAILABLE: {
        meaning: 'Kafka did not answer, or not in time; whether a record was stored is not known.',
        todo: 'Bring Kafka back; the services go on by themselves.',
      },
      LOG_LOGIN_REFUSED: {
        meaning: 'The brokers know no such user and password for this mechanism.',
        todo: 'Set `KAFKA_SASL_USERNAME` and `KAFKA_SASL_PASSWORD`, or make the user at the brokers.',
      },
      LOG_LOGIN_MISSING: {
        meaning: 'The port wants a log-in, and none is set.',
        todo: 'Set `KAFKA_SASL_MECHANISM` to one that the message names, with user and password.',
      },
      LOG_LOGIN_UNWANTED: {
        meaning: 'A log-in is set, and the port takes none.',
        todo: 'Give the port with SASL in `KAFKA_BROKERS`, or leave `KAFKA_SASL_MECHANISM` out.',
      },
      LOG_LOGIN_MECHANISM: {
        meaning: 'The port takes log-ins, and not by this mechanism.',
        todo: 'Set `KAFKA_SASL_MECHANISM` to one that the message names.',
      },
      LOG_CERTIFICATE_UNTRUSTED: {
        meaning: "The broker's certificate is signed by nobody who is known here.",
        todo: 'Let `KAFKA_TLS_CA_FILE` name the certificate of the authority in the message.',
      },
      LOG_CERTIFICATE_HOST: {
        meaning: "The broker's certificate is for another host than the one that was reached.",
        todo: 'Name the broker in `KAFKA_BROKERS` and in its `advertised.listeners` as its certificate does, or renew that.',
      },
      LOG_CERTIFICATE_DATE: {
        meaning: "The broker's certificate does not hold yet, or no more.",
        todo: 'Renew it; look at the clock of this machine too.',
      },
      LOG_CLIENT_CERTIFICATE: {
        meaning: 'The port wants a certificate of the client: none is set, or the brokers do not trust it.',
        todo: 'Set `KAFKA_TLS_CERT_FILE` and `KAFKA_TLS_KEY_FILE` to one that is valid and whose authority the brokers trust.',
      },
      LOG_TLS_MISSING: {
        meaning: 'The port speaks TLS, and was spoken to without.',
        todo: 'Set `KAFKA_TLS=true`, or give another port in `KAFKA_BROKERS`.',
      },
      LOG_TLS_UNWANTED: {
        meaning: 'The port speaks no TLS, and was spoken to by TLS.',
        todo: 'Give the port for TLS in `KAFKA_BROKERS`, or set `KAFKA_TLS=false` and none of `KAFKA_TLS_…_FILE`.',
      },
      LOG_TLS_FILES: {
        meaning: 'Certificate and key for Kafka are no pair, or no PEM.',
        todo: 'Let `KAFKA_TLS_KEY_FILE` name the key of the certificate in `KAFKA_TLS_CERT_FILE`.',
      },
      LOG_TASK_ENDED: {
        meaning:
          'The session of a lane is over: it went to another process, a transaction failed, or the process stops.',
        todo: BY_ITSELF,
      },
      LOG_PUBLISHER_FULL: {
        meaning: 'As many bytes as allowed are on their way to Kafka; nothing was sent.',
        todo: 'Nothing: Alipay sends the notify again. If it lasts, look why Kafka is slow.',
      },
      LOG_TOPICS_UNFIT: {
        meaning:
          'Topics are not as they must be, and going on could pay twice or lose what has to be known; each finding is in the message.',
        todo: 'Do what each finding says; docs/configuration.md has the table of what is looked at. Services wait, and go on by themselves.',
      },
      LOG_PARTITION_MISSING: {
        meaning: 'A topic has fewer partitions than another one that has to have as many.',
        todo: 'Run `npm run topics -- check`; see "Partitions were added" in docs/operations.md.',
      },
      LOG_TOPIC_MISSING: {
        meaning: 'A topic does not exist: topics are never made by use.',
        todo: 'Run `npm run topics -- apply`.',
      },
      LOG_RECORD_TOO_LARGE: {
        meaning: 'A record is larger than its topic takes; nothing was sent.',
        todo: 'Run `npm run topics -- check`: `max.message.bytes` of the topic is likely lower than it should be.',
      },
      LOG_GROUP_AT_WORK: {
        meaning: 'The offsets of a group cannot be set while its members work; nothing was changed.',
        todo: 'Stop all its processes, wait until the group has noticed (a session timeout), and try again.',
      },
      LOG_BATCH_UNDECODABLE: {
        meaning:
          'A batch of records cannot be decoded: its codec is unknown, it is damaged, or it holds more than `KAFKA_MAX_BATCH_BYTES` when decompressed.',
        todo: 'Its partition waits, others go on. See "A batch can\'t be decoded" in docs/operations.md.',
      },
      LOG_OFFSET_OUT_OF_RANGE: {
        meaning: 'A position lies where the partition has no records: they were deleted, or the topic was made anew.',
        todo: 'The lane waits. See "A topic was made anew" in docs/operations.md.',
      },
      TASK_OFFSETS_BEHIND: {
        meaning: 'A committed offset is gone, or lies below what is known to be processed; nothing is signed or sent.',
        todo: 'The lane waits. The message says which offset to set, and how; see "A topic was made anew" in docs/operations.md.',
      },
    },
  },
  {
    title: 'Redis',
    notes: {
      REDIS_UNAVAILABLE: {
        meaning: 'Redis is away, too slow, not the primary, or refuses. Nothing is signed or sent meanwhile.',
        todo: 'Bring Redis back; the services go on by themselves.',
      },
      REDIS_NOT_TRUSTED: {
        meaning:
          'Redis has forgotten something: it is empty, was restarted, or a replica took over. Nothing is signed or sent.',
        todo: 'After a restart or failover it is rebuilt by itself. Where it was emptied, run `npm run rebuild`.',
      },
      REDIS_REBUILD_SUPERSEDED: {
        meaning: 'Another rebuild began after this one, or Redis is another server since.',
        todo: 'See whether Redis is trusted now; if not, begin again.',
      },
      REDIS_UNFIT: {
        meaning:
          'The Redis that is configured must not be used: it evicts, or its primary accepts writes without a replica. All faults are in the message.',
        todo: "Change Redis' settings as the message says.",
      },
      REDIS_CLAIM_UNREADABLE: {
        meaning: 'A claim in Redis is not written as it must be: something else wrote under this namespace.',
        todo: 'The lane waits. Find the writer, give it another namespace, then empty ours and run `npm run rebuild`.',
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
        meaning: 'Kafka has not yet told how many lanes there are, so no notify can be stored; Alipay sends it again.',
        todo: 'Bring Kafka back.',
      },
    },
  },
  {
    title: 'signer',
    notes: {
      SIGNER_KEY_MISSING: {
        meaning: 'A partner has no signing key in this process: what has to be signed for it ends unsigned.',
        todo: 'Name its `signingKeyFile` in the partners file and start the signer again.',
      },
      SIGNER_PARTNER_MISSING: {
        meaning:
          'Something of a partner had to be signed that the partners file does not have any more. What was never sent has ended as `payout.failed`.',
        todo: 'Put the partner back and start the signer again, then ask under new ids.',
      },
      SIGNER_FORM_URL_MISSING: {
        meaning:
          'The form of an agreement has to be signed, and `FORM_URL` was taken away meanwhile: the command is `agreement.failed`.',
        todo: 'Set `FORM_URL`, start the signer again, and send a new command.',
      },
      SIGNER_SERVICE_UNKNOWN: {
        meaning: 'A request of a service has to be signed that this release does not know: it counts as not sent.',
        todo: 'Upgrade the signer before the reconciler; questions and files are asked for again by themselves.',
      },
    },
  },
  {
    title: 'gateway-egress',
    notes: {
      EGRESS_BATCH_NO_TAKEN: {
        meaning:
          'Two requests with other content have the same batch number or request id. The second is not sent, and its lane waits.',
        todo: 'Find out which writer made it; see "A batch number is taken" in docs/operations.md.',
      },
      EGRESS_SERVICE_UNKNOWN: {
        meaning: 'A request is for a service that this release of gateway-egress can not call. Its lane waits.',
        todo: 'Upgrade gateway-egress; readers are deployed before writers.',
      },
      EGRESS_BELOW_FLOOR: {
        meaning: 'A record is processed already: another process has the lane, or an offset went back.',
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
        meaning: 'A state in Redis was written by something else, or by a later release. The lane waits.',
        todo: 'Upgrade this service. Where something else wrote it: stop the services and delete that key, the marker and the checkpoints, then run `npm run rebuild`: see "A task waits" in docs/operations.md.',
      },
      RECONCILER_STATE_CONFLICT: {
        meaning: 'Another process changes the states of a lane that it should have lost long ago.',
        todo: `${BY_ITSELF} If it lasts, look for a process that stands still or runs under another group.`,
      },
    },
  },
  {
    title: 'Commands that a person types',
    notes: {
      CLI_USAGE: {
        meaning: 'The command line asks for something that cannot be; nothing was done. Exit code 2.',
        todo: 'Type it as the message says.',
      },
      CLI_FAILED: {
        meaning: 'It was tried and did not work, or what was counted is off. Exit code 1.',
        todo: 'The message says what.',
      },
      CLI_WRITE_UNKNOWN: {
        meaning: 'Nobody knows whether a command was written, or all of them. Exit code 1.',
        todo: 'Type what stands below the message, exactly: under the same id nothing is done twice.',
      },
      CLI_UNANSWERED: {
        meaning: 'A command is written, and nothing has said in time what became of it. Exit code 3.',
        todo: 'It is processed when the services are up. What to look at stands below the message.',
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
      SANDBOX_REFUSED: { meaning: 'The sandbox did not take a command.', todo: 'Its own words are in the message.' },
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
        todo: "The downloader's own words are in the message; look at the network and its proxy.",
      },
      PROVISION_TOO_SLOW: {
        meaning: 'Kafka or Redis was started here, runs, and was not ready in time.',
        todo: 'Give it more time: `START_LIMIT=10m`.',
      },
      PROVISION_START_FAILED: {
        meaning: 'A server ended before it was ready.',
        todo: 'Its last words are in the message.',
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
        meaning: 'Another program took a port in between.',
        todo: 'Nothing: another port is tried.',
      },
      PROVISION_NOT_POSSIBLE: {
        meaning:
          'A server that somebody else runs cannot be stopped or started from here; or what is fetched cannot be kept in this folder.',
        todo: 'Use a provision of its own for what needs this; make `.local` writable for who starts Kafka or Redis here.',
      },
    },
  },
  {
    title: "Alipay's protocol",
    notes: mapiErrorNotes,
  },
]

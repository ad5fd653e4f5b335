import { agreementId, laneOfAgreement } from '@payout/mapi/values/agreement-id'
import { DAY_MS } from '@payout/schemas/units'
import { describe, expect, it } from 'vitest'
import { AgreementBench, BY_EMAIL, EMAIL, processed, sign, status, unsign } from '../testing/agreement-bench.ts'
import { LANES } from '../testing/fake-log.ts'
import { NOON } from '../testing/signer-bench.ts'

const ID = agreementId('acme', EMAIL)
describe('a good command goes into the lane of its agreement', () => {
  it.each([
    ['sign', sign(), [['email', EMAIL]]],
    [
      'status',
      status({ seenCode: 'SYSTEM_ERROR' }),
      [
        ['biz_type', '10004'],
        ['user_email', EMAIL],
      ],
    ],
    [
      'unsign',
      unsign(BY_EMAIL),
      [
        ['biz_type', '10004'],
        ['user_email', EMAIL],
      ],
    ],
  ] as const)(
    'MAPI-17: %s, with what Alipay would get, and can be searched by its ids',
    async (action, command, parameters) => {
      const bench = await processed(command)
      expect(bench.commands).toEqual([
        {
          partner: 'acme',
          agreementId: ID,
          commandId: 'c1',
          action,
          contentHash: expect.stringMatching(/^[\w-]{43}$/),
          account: EMAIL,
          parameters: parameters.map(([name, value]) => ({ name, value })),
          seenCode: action === 'status' ? 'SYSTEM_ERROR' : null,
          source: { topic: 'agreement.commands', partition: 0, offset: 0, line: 0, timestamp: NOON },
        },
      ])
      const [record] = bench.log.all('gateway.commands')
      expect(record?.partition).toBe(laneOfAgreement(ID, LANES))
      expect(record?.key?.toString()).toBe(`acme/${ID}`)
      expect(record?.headers).toMatchObject({
        ce_id: `acme/${ID}/c1/agreement.commands/0@0`,
        ce_type: 'gateway.agreement_command',
        ce_subject: `acme/${ID}`,
      })
      expect(bench.log.commits).toHaveLength(1)
      expect(bench.log.committedOffset('agreement.commands', 0)).toBe(1)
      expect(await bench.stateStore.checkpoints.get('signer', 'agreement.commands', 0)).toMatchObject({ next: 1 })
    },
  )

  it('UNS-3: the agreement is that of trans_account_out, else of user_email, else of customer_code; all that was given is passed on', async () => {
    const given = { customerCode: '20260101', typeCode: '20881015683383641000310004', bizType: '10004' }
    const bench = await processed(
      unsign({ ...given, transAccountOut: 'li@example.com', userEmail: EMAIL }),
      unsign({ ...given, userEmail: EMAIL }),
      unsign({ customerCode: '20260101' }),
    )
    const ids = ['li@example.com', EMAIL, '20260101'].map((account) => agreementId('acme', account))
    expect(bench.commands.map(({ agreementId: id }) => id).toSorted()).toEqual(ids.toSorted())
    const all = bench.commands.find(({ account }) => account === 'li@example.com')
    expect(all?.parameters.map(({ name }) => name)).toEqual([
      'customer_code',
      'type_code',
      'biz_type',
      'trans_account_out',
      'user_email',
    ])
  })

  it('MAPI-4: an empty text is as good as none, and makes no other content', async () => {
    const bench = await processed(
      unsign({ customerCode: '7', transAccountOut: '', userEmail: '', typeCode: '' }),
      unsign({ customerCode: '7' }),
      status({ seenCode: '' }),
    )
    const [first, second] = bench.commands.filter(({ action }) => action === 'unsign')
    expect(first?.parameters).toEqual([{ name: 'customer_code', value: '7' }])
    expect(first?.contentHash).toBe(second?.contentHash)
    expect(bench.commands.find(({ action }) => action === 'status')?.seenCode).toBeNull()
  })

  it('the same content has the same hash, whenever upstream asked; other content has another', async () => {
    const bench = await processed(
      sign(),
      sign({ requestedAt: NOON }),
      sign({ commandId: 'c2' }),
      status(),
      status({ seenCode: 'GENERIC_FAILURE' }),
      unsign(BY_EMAIL),
      unsign({ ...BY_EMAIL, typeCode: '1' }),
    )
    const hashes = bench.commands.map(({ contentHash }) => contentHash)
    expect(hashes.slice(0, 3)).toEqual([hashes[0], hashes[0], hashes[0]])
    expect(new Set(hashes).size).toBe(5)
  })

  it('the trace goes on, and a broken one is left out', async () => {
    const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const bench = new AgreementBench()
    bench.append(sign(), { headers: { traceparent: trace } })
    bench.append(sign(), { headers: { traceparent: 'x' } })
    bench.append(sign({ email: 'none' }), { headers: { traceparent: trace } })
    await bench.runAgreements()
    expect(bench.log.all('gateway.commands').map(({ headers }) => headers.traceparent)).toEqual([trace, undefined])
    expect(bench.log.all('agreement.events')[0]?.headers.traceparent).toBe(trace)
  })
})

describe('dead letters (S2.3)', () => {
  it('what can not be read, or may not stand there, goes to agreement.commands.dlq as it came, and the rest goes on', async () => {
    const bench = new AgreementBench()
    const foreign = bench.codec.encode('payout.ReturnFileRequested', {
      partner: 'acme',
      date: '20261120',
      requestedAt: null,
    })
    bench.log.append({
      topic: 'agreement.commands',
      partition: 3,
      value: Buffer.from('{}'),
      key: 'k',
      headers: { mine: 'kept' },
    })
    bench.log.append({ topic: 'agreement.commands', partition: 3, value: foreign })
    bench.log.append({ topic: 'agreement.commands', partition: 3, value: null })
    bench.append(sign(), { partition: 3 })
    await bench.runAgreements(3)
    const letters = bench.log.all('agreement.commands.dlq')
    expect(letters.map(({ headers }) => headers['dead-letter-code'])).toEqual([
      'SCHEMA_NOT_AVRO',
      'SCHEMA_UNEXPECTED_RECORD',
      'SCHEMA_NOT_AVRO',
    ])
    expect(letters[0]).toMatchObject({
      value: Buffer.from('{}'),
      key: Buffer.from('k'),
      headers: {
        mine: 'kept',
        'dead-letter-topic': 'agreement.commands',
        'dead-letter-partition': '3',
        'dead-letter-offset': '0',
        'first-timestamp': String(NOON),
      },
    })
    expect(bench.log.all('payout.commands.dlq')).toEqual([])
    expect(bench.commands).toHaveLength(1)
  })

  it.each([
    ['the life of claims', 10, 10],
    ['the memory of agreements, however long claims live', 100, 30],
  ])('a command older than %s', async (_what, claimLifeDays, days) => {
    const bench = new AgreementBench({ claimLifeMs: claimLifeDays * DAY_MS })
    const [name, content] = sign()
    const value = bench.codec.encode(name, content)
    for (const timestamp of [NOON - days * DAY_MS, NOON - days * DAY_MS - 1])
      bench.log.append({ topic: 'agreement.commands', partition: 0, value, timestamp })
    await bench.runAgreements()
    expect(bench.commands.map(({ source }) => source.offset)).toEqual([0])
    expect(bench.log.all('agreement.commands.dlq').map(({ headers }) => headers['dead-letter-code'])).toEqual([
      'COMMAND_TOO_OLD',
    ])
  })
})

describe('crashes and repeats', () => {
  const die = () => {
    throw new Error('the process ends')
  }

  it('before the commit: the next session does all of it', async () => {
    const bench = new AgreementBench()
    bench.append(sign())
    bench.append(sign({ email: '13800138000' }))
    bench.log.beforeCommit = die
    await expect(bench.runAgreements()).rejects.toThrow('the process ends')
    expect(bench.written).toBe('')
    bench.log.beforeCommit = () => undefined
    await bench.runAgreements()
    expect(bench.commands).toHaveLength(1)
    expect(bench.agreementEvents).toHaveLength(1)
  })

  it('MAPI-18: between commit and checkpoint, with the offset gone back: what is written again is the same command and the same event', async () => {
    const bench = new AgreementBench()
    bench.append(sign())
    bench.append(sign({ email: '13800138000' }))
    bench.log.afterCommit = die
    await expect(bench.runAgreements()).rejects.toThrow('the process ends')
    bench.log.afterCommit = () => undefined
    bench.log.setOffset('agreement.commands', 0, 0)
    bench.clock.at += 60_000
    await bench.runAgreements()
    for (const topic of ['gateway.commands', 'agreement.events'] as const) {
      const [first, again, ...more] = bench.log.all(topic)
      expect(again).toEqual({ ...first, offset: 1 })
      expect(more).toEqual([])
    }
  })

  it('two commands that differ in nothing but their place are two records, for the reconciler to tell apart, and two events', async () => {
    const bench = await processed(sign(), sign(), sign({ email: '1' }), sign({ email: '1' }))
    expect(bench.commands.map(({ source }) => source.offset)).toEqual([0, 1])
    expect(new Set(bench.agreementEvents.map(({ value }) => value.eventId)).size).toBe(2)
  })

  it('nothing while Redis is not trusted, and not below the checkpoint', async () => {
    const bench = new AgreementBench()
    bench.append(sign())
    bench.stateStore.trusted = false
    await expect(bench.runAgreements()).rejects.toMatchObject({ code: 'REDIS_NOT_TRUSTED' })
    expect(bench.log.commits).toEqual([])
    bench.stateStore.trusted = true
    await bench.runAgreements()
    bench.log.setOffset('agreement.commands', 0, 0)
    await expect(bench.runAgreements()).rejects.toMatchObject({ code: 'TASK_OFFSETS_BEHIND' })
    expect(bench.commands).toHaveLength(1)
  })

  it('nothing once Redis is not trusted any more, in the middle of a session', async () => {
    const bench = new AgreementBench()
    bench.log.onIdle = () => {
      bench.append(sign())
      bench.stateStore.trusted = false
    }
    await expect(bench.runAgreements()).rejects.toMatchObject({ code: 'REDIS_NOT_TRUSTED' })
    expect(bench.log.commits).toEqual([])
  })
})

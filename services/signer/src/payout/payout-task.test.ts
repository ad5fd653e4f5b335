import { describe, expect, it } from 'vitest'
import { decided, NOON, PARTNER_ID, payout, SECRET, SignerBench } from '../testing/signer-bench.ts'
import { runPayoutTask } from './payout-task.ts'

describe('while nobody knows how the switches stand (S5.6)', () => {
  const later = (bench: SignerBench) => {
    bench.switches.known = false
    setTimeout(() => {
      expect([bench.log.commits, bench.stateStore.held.size]).toEqual([[], 0])
      bench.switches.known = true
    }, 20)
  }

  it('nothing is claimed or signed; then it goes on', async () => {
    const bench = new SignerBench()
    bench.request(payout('p1'))
    later(bench)
    await bench.run()
    expect(bench.signed).toEqual(['p1'])
  })

  it('nothing is signed again', async () => {
    const bench = new SignerBench()
    bench.request(payout('p1'))
    await bench.run()
    const signing = bench.requests[0]
    if (!signing) throw new Error('it is signed')
    const { partner, batchNo, payer, lines } = signing
    const toSign = { partner, batchNo, notBefore: '20261122', signing: 2, reason: 'expired', payer, lines, resubmission: false } as const // biome-ignore format: one record
    bench.log.append({
      topic: 'gateway.to-sign',
      partition: 1,
      value: bench.codec.encode('gateway.GatewayToSign', toSign),
    })
    bench.switches.known = false
    const working = bench.runToSign(1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(bench.requests).toHaveLength(1)
    bench.switches.known = true
    await working
    expect(bench.requests).toHaveLength(2)
  })

  it('a session that is asked to stop meanwhile ends without having processed anything', async () => {
    const bench = new SignerBench()
    bench.request(payout('p1'))
    bench.switches.known = false
    const session = bench.log.open('payout.commands', 0)
    const working = bench.work(session, runPayoutTask)
    await new Promise((resolve) => setTimeout(resolve, 20))
    session.stop()
    await working
    expect([bench.log.commits, bench.stateStore.held.size]).toEqual([[], 0])
  })
})

describe('commands', () => {
  it('a payout is signed once, and a command that comes again is nothing new', async () => {
    const bench = new SignerBench()
    bench.request(payout('p1'))
    bench.request(payout('p1'))
    bench.request(payout('p1'), 1)
    await bench.run()
    await bench.run(1)
    expect(bench.signed).toEqual(['p1'])
    expect(bench.events).toEqual([])
  })

  it('one id with other content is refused and never signed, in one fetch or in another partition', async () => {
    const bench = new SignerBench()
    const first = bench.request(payout('p1'))
    bench.request(payout('p1', { amountFen: 9_999 }))
    bench.request(payout('p1', { payeeAccount: 'li@example.com' }), 1)
    await bench.run()
    await bench.run(1)
    expect(bench.signed).toEqual(['p1'])
    expect(bench.requests[0]?.lines[0]?.amountFen).toBe(1_234)
    expect(bench.events).toHaveLength(2)
    for (const { name, value } of bench.events) {
      expect(name).toBe('payout.PayoutRefused')
      expect(value).toMatchObject({
        payoutId: 'p1',
        reason: 'ID_TAKEN',
        heldBy: { partition: 0, offset: first.offset },
      })
    }
  })

  it('a malformed command under a taken id says nothing about the payout that holds it', async () => {
    const bench = new SignerBench()
    bench.request(payout('p1'))
    bench.request(payout('p1', { amountFen: 0 }))
    await bench.run()
    expect(bench.events.map(({ name }) => name)).toEqual(['payout.PayoutRefused'])
    expect(bench.events[0]?.value).toMatchObject({ reason: 'INVALID_AMOUNT', standing: null })
  })

  it('what is not valid is payout.failed, version 1, and uses the id up', async () => {
    const bench = new SignerBench()
    bench.request(payout('p1', { amountFen: 0 }))
    bench.request(payout('p1'))
    await bench.run()
    expect(bench.signed).toEqual([])
    expect(bench.events.map(({ name }) => name).sort()).toEqual(['payout.PayoutFailed', 'payout.PayoutRefused'])
    expect(bench.events.find(({ name }) => name === 'payout.PayoutFailed')?.value).toMatchObject({
      standing: { status: 'failed', final: true, closed: true, mismatches: [], returned: false },
      version: 1,
      reason: 'INVALID_AMOUNT',
      evidence: { kind: 'command' },
      batchNo: null,
    })
  })

  it('S2.7: the claim of what has failed gets its end, and that of what is signed none', async () => {
    const bench = new SignerBench()
    bench.request(payout('failed', { amountFen: 0 }))
    bench.request(payout('signed'))
    await bench.run()
    expect([...bench.stateStore.held.keys()].toSorted()).toEqual(['payout/acme/failed', 'payout/acme/signed'])
    expect([...bench.stateStore.ends.held]).toEqual([['payout/acme/failed', NOON + bench.stateStore.claimLifeMs]])
  })

  it('a batch: its lines are judged singly, the good ones go under one batch number', async () => {
    const bench = new SignerBench()
    bench.request(payout('taken'))
    bench.requestBatch([
      payout('a'),
      payout('b', { payeeName: 'x^y' }),
      payout('taken', { memo: 'other' }),
      payout('c'),
    ])
    await bench.run()
    expect(bench.requests.map(({ lines }) => lines.map(({ payoutId }) => payoutId)).sort()).toEqual([
      ['a', 'c'],
      ['taken'],
    ])
    expect(bench.events.map(({ name, value }) => `${name} ${value.payoutId}`).sort()).toEqual([
      'payout.PayoutFailed b',
      'payout.PayoutRefused taken',
    ])
  })

  it('a batch that names an id twice is refused whole, once for each id, and takes no id', async () => {
    const bench = new SignerBench()
    bench.requestBatch([payout('a'), payout('b'), payout('a')])
    await bench.run()
    expect(bench.signed).toEqual([])
    expect(bench.events.map(({ value }) => value.payoutId).sort()).toEqual(['a', 'b'])
    expect(
      bench.events.every(
        ({ value }) => value.payoutId !== null && 'reason' in value && value.reason === 'ID_TWICE_IN_COMMAND',
      ),
    ).toBe(true)
    expect(bench.stateStore.held.size).toBe(0)
    bench.request(payout('a'))
    await bench.run()
    expect(bench.signed).toEqual(['a'])
  })

  it('more lines than Alipay takes: each fails, none is signed', async () => {
    const bench = new SignerBench()
    bench.requestBatch(Array.from({ length: 1_001 }, (_, i) => payout(`p${i}`)))
    await bench.run()
    expect(bench.signed).toEqual([])
    expect(bench.events).toHaveLength(1_001)
    expect(new Set(bench.events.map(({ value }) => ('reason' in value ? value.reason : '')))).toEqual(
      new Set(['TOO_MANY_LINES']),
    )
  })

  it('what one fetch brings is one batch of a paying account, and each payout knows its command', async () => {
    const bench = new SignerBench()
    for (let i = 0; i < 5; i++) bench.request(payout(`p${i}`, { payer: i % 2 ? 'second' : null }))
    await bench.run()
    expect(bench.requests.map(({ lines }) => lines.map(({ source }) => source.offset)).sort()).toEqual([
      [0, 2, 4],
      [1, 3],
    ])
    expect(new Set(bench.requests.map(({ payer }) => payer.buyerAccountName ?? payer.email))).toEqual(
      new Set(['pay@acme.example', 'second']),
    )
  })

  it('the trace of a single payout goes on, and a broken one is left out', async () => {
    const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const bench = new SignerBench()
    bench.request(payout('p1'), 0, { traceparent: trace })
    bench.request(payout('p2'), 1, { traceparent: 'x'.repeat(5_000_000) })
    await bench.run()
    await bench.run(1)
    const traces = bench.log.all('gateway.requests').map(({ headers }) => headers.traceparent)
    expect(traces.toSorted()).toEqual([trace, undefined])
  })
})

describe('fuller batches while payouts keep coming', () => {
  it('signs what comes after quiet at once, and then waits for what comes until its next turn', async () => {
    const bench = new SignerBench()
    bench.request(payout('p1'))
    const signed: number[] = []
    bench.log.onIdle = (session) => {
      signed.push(bench.log.commits.length)
      if (signed.length <= 3) bench.request(payout(`p${signed.length + 1}`))
      else session.stop()
    }
    await bench.run()
    // The third was read, and waited for the fourth.
    expect(signed).toEqual([1, 2, 2, 2])
    expect(bench.log.commits).toHaveLength(3)
  })
})

describe('fuller batches while egress lags', () => {
  it('signs the first command after quiet at once, waits for more from then on, and signs them together', async () => {
    const bench = new SignerBench({ lingerMs: 400, lingerAboveLag: 0 })
    bench.log.append({ topic: 'gateway.requests', partition: 0, value: Buffer.from('waits') })
    bench.request(payout('p1'))
    let idle = 0
    bench.log.onIdle = (session) => {
      idle += 1
      if (idle <= 2) bench.request(payout(`p${idle + 1}`))
      else if (idle === 4) session.stop()
    }
    await bench.run()
    expect(bench.log.commits.filter(({ length }) => length > 0)).toHaveLength(2)
  })

  it('does not wait for more than a few megabytes of commands', async () => {
    const bench = new SignerBench({ lingerMs: 60_000, lingerAboveLag: 0 })
    bench.log.append({ topic: 'gateway.requests', partition: 0, value: Buffer.from('waits') })
    bench.request(payout('p1'))
    const committed: number[] = []
    bench.log.onIdle = (session) => {
      committed.push(bench.log.commits.length)
      if (committed.length > 1) session.stop()
      else
        for (let i = 0; i < 2; i++)
          bench.log.append({ topic: 'payout.commands', partition: 0, value: Buffer.alloc(2_200_000) })
    }
    await bench.run()
    expect(committed).toEqual([1, 2])
  })

  it('does not wait where egress keeps up', async () => {
    const bench = new SignerBench({ lingerMs: 60_000, lingerAboveLag: 0 })
    bench.request(payout('p1'))
    let idle = 0
    bench.log.onIdle = (session) => {
      idle += 1
      if (idle === 1) bench.request(payout('p2'))
      else session.stop()
    }
    await bench.run()
    expect(bench.log.commits.filter(({ length }) => length > 0)).toHaveLength(2)
  })
})

describe('private and searchable', () => {
  it('MAPI-14: neither key nor partner id is in a log line or an event, not even where upstream sends it in place of the alias', async () => {
    const bench = new SignerBench()
    bench.request(payout('p1', { partner: PARTNER_ID }))
    bench.request(payout('p2'))
    bench.decide(decided({ partner: PARTNER_ID }))
    bench.log.append({ topic: 'payout.commands', partition: 0, value: Buffer.from(PARTNER_ID) })
    await bench.run()
    expect(bench.events).toHaveLength(2)
    const events = bench.log
      .all('payout.events')
      .map(({ key, value, headers }) => `${key} ${value} ${JSON.stringify(headers)}`)
    for (const text of [...events, ...bench.lines]) {
      expect(text).not.toContain(PARTNER_ID)
      expect(text).not.toContain(SECRET)
    }
    expect(bench.lines.join('')).toContain('dead letter')
  })

  it('MAPI-17: every request and every refusal can be searched by its ids', async () => {
    const bench = new SignerBench()
    const command = bench.request(payout('p1'))
    bench.request(payout('p2', { amountFen: 0 }))
    await bench.run()
    const [request] = bench.log.all('gateway.requests')
    const [signed] = bench.requests
    expect(request?.key?.toString()).toBe(`acme/${signed?.batchNo}`)
    expect(request?.headers).toMatchObject({
      ce_id: `acme/${signed?.batchNo}/1`,
      ce_type: 'gateway.request',
      ce_subject: `acme/${signed?.batchNo}`,
    })
    expect(signed?.lines[0]).toMatchObject({
      payoutId: 'p1',
      serial: 'p1',
      source: { topic: 'payout.commands', offset: command.offset, timestamp: NOON },
    })
    const [failed] = bench.log.all('payout.events')
    expect(failed?.key?.toString()).toBe('acme/p2')
    expect(bench.events[0]?.value.evidence).toMatchObject({ kind: 'command', id: 'payout.commands/0@1' })
  })
})

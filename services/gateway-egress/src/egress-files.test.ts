import { createHash } from 'node:crypto'
import { makeBatchNo } from '@payout/mapi/values/batch-no'
import { payDate } from '@payout/mapi/values/china-time'
import { describe, expect, it } from 'vitest'
import { A, bench, F, HOUR, LANES, NOON, Q, U } from './testing/egress-bench.ts'
import { accepted, broken, file, later } from './testing/fake-gateway.ts'
import { returnFile, type TestRow } from './testing/return-archive.ts'

const FILE = 'bptb_refund_file'

/** A batch number of ours in a lane. */
function ours(lane: number): string {
  const digest = createHash('sha256').update('some lines').digest()
  return makeBatchNo({ payDate: payDate('20101220'), lane, digest })
}

function rowsOf(batchNumbers: readonly string[]): TestRow[] {
  return batchNumbers.map((batchNo, i) => ({ batchNo, serial: `s${i}`, withdrawalSerial: String(84_782_488 + i) }))
}

const rows = rowsOf([ours(3), 'BPTB_20101220_4178.csv', ours(0), ours(3)])
const good = returnFile(rows)
const hash = createHash('sha256').update(good).digest('hex')

describe('a return file', () => {
  it('is committed with its answer, its closing record and its rows in one transaction, each in the lane of its batch', async () => {
    const world = bench()
    world.gateway.answering = () => file(good)
    world.requestService(F, FILE)
    world.start()
    await world.until(() => world.answersTo(F).length === 1, 'the answer')
    expect(world.answersTo(F)).toEqual(['1 accepted - final'])
    expect(world.serviceAnswers()[0]).toMatchObject({
      body: null, contentType: 'application/octet-stream;charset=iso-8859-1',
      file: { fileDate: '20101223', hash, size: good.length, rows: 4, totalFen: 4 },
    }) // biome-ignore format: one answer
    const commit = world.lane.commits.find(({ records }) => records.some(({ topic }) => topic === 'gateway.answers'))
    const foreign = 'bptb_20101220_4178'
    expect(commit?.records.map(({ topic, partition, key }) => [topic, partition, key])).toEqual([
      ['gateway.answers', 0, `shop/${F}`],
      ['gateway.answers', 3, `shop/${ours(3)}`],
      ['gateway.answers', laneOfForeign(foreign), `shop/${foreign}`],
      ['gateway.answers', 0, `shop/${ours(0)}`],
      ['gateway.attempts', 0, `shop/${F}`],
    ])
    expect(world.returnRows().map(({ batchNo, rows }) => [batchNo, rows.map(({ serial }) => serial)])).toEqual([
      [ours(3), ['s0', 's3']],
      [foreign, ['s1']],
      [ours(0), ['s2']],
    ])
    expect(world.returnRows()[0]).toMatchObject({
      partner: 'shop',
      requestId: F,
      fileDate: '20101223',
      fileHash: hash,
      readAt: NOON,
    })
    expect(world.returnRows()[0]?.rows[0]).toEqual({
      serial: 's0', payeeName: '测试', payeeAccount: '4402024301016406', bank: '中国工商银行', province: '四川省', city: '成都', branch: '',
      amountFen: 1, corporate: false, memo: '', withdrawalSerial: '84782488', returnedAt: Date.parse('2010-12-18T09:00:00+08:00'), reason: '账户名有误',
    }) // biome-ignore format: one row
    const ids = world.lane.records('gateway.answers').map(({ headers }) => headers.ce_id)
    expect(new Set(ids).size).toBe(4)
  })

  it('RFD-2: that can not be kept as evidence is fetched again, and holds up nothing else', async () => {
    const world = bench()
    world.evidence.full = true
    world.gateway.answering = (id) => (id === F ? file(good) : accepted)
    world.requestService(F, FILE)
    world.request(A)
    world.start()
    await world.until(() => world.answersTo(F).length === 1 && world.answersTo(A).length === 1, 'both answers')
    expect(world.answersTo(F)).toEqual(['1 unknown EVIDENCE_NOT_KEPT'])
    world.evidence.full = false
    world.now += 1_000
    await world.until(() => world.answersTo(F).length === 2, 'the file')
    expect(world.answersTo(F)[1]).toBe('2 accepted - final')
    expect([...world.evidence.kept.keys()]).toEqual([hash])
    expect(world.returnRows().length).toBe(3)
  })

  it('RFD-5: whose totals differ gives one answer, and not one row', async () => {
    const world = bench()
    world.gateway.answering = () => file(returnFile(rows, '9.99'))
    world.requestService(F, FILE)
    world.start()
    await world.until(() => world.answersTo(F).length === 1, 'the answer')
    world.now += HOUR
    await world.rounds()
    expect(world.answersTo(F)).toEqual(['1 refused TOTALS_DIFFER final'])
    expect(world.returnRows()).toEqual([])
    expect(world.evidence.kept.size).toBe(1)
  })

  it('MAPI-18: whose answer a crash took before its commit is fetched again, and its rows are there once', async () => {
    const world = bench()
    world.gateway.answering = () => file(good)
    world.requestService(F, FILE)
    world.lane.beforeCommit = (records, session) => {
      if (records.some(({ topic }) => topic === 'gateway.answers')) session.kill()
    }
    await world.start().done
    expect([world.answersTo(F), world.returnRows(), world.evidence.kept.size]).toEqual([[], [], 1])
    world.lane.beforeCommit = () => undefined
    world.start()
    await world.until(() => world.answersTo(F).length === 1, 'the answer')
    await world.rounds()
    expect(world.answersTo(F)).toEqual(['2 accepted - final'])
    expect(world.returnRows().length).toBe(3)
    expect(world.evidence.kept.size).toBe(1)
  })

  it('the network broke under is fetched again; a crash while it is fetched too', async () => {
    const world = bench()
    const lost = later()
    const half = { ...broken('CONNECTION_RESET'), status: 200, body: good.subarray(0, 99) }
    world.gateway.answering = (_id, count) => (count === 1 ? half : count === 2 ? lost.reply : file(good))
    world.requestService(F, FILE)
    const first = world.start()
    await world.until(() => world.answersTo(F).length === 1, 'the first answer')
    world.now += 1_000
    await world.until(() => world.gateway.count(F) === 2, 'the second call')
    first.session.kill()
    world.start()
    await world.until(() => world.answersTo(F).length === 2, 'the file')
    expect(world.answersTo(F)).toEqual(['1 unknown CONNECTION_RESET', '3 accepted - final'])
    expect(world.evidence.kept.size).toBe(2)
  })

  it('of 100,000 rows fits into one transaction, in records that their topic takes', { timeout: 120_000 }, async () => {
    const world = bench()
    const many = rowsOf(Array.from({ length: 100_000 }, (_, i) => (i % 2 === 0 ? ours(1) : `bptb_${i % 1_000}`)))
    const big = returnFile(many)
    world.gateway.answering = (id) => (id === F ? file(big) : accepted)
    world.requestService(F, FILE)
    world.request(A)
    world.start()
    // Reading it takes as long as it takes.
    while (world.answersTo(F).length === 0) await world.rounds(25)
    expect(world.answersTo(F)).toEqual(['1 accepted - final'])
    const commit = world.lane.commits.filter(({ records }) => records.length > 100)
    expect(commit.length).toBe(1)
    const returned = world.returnRows()
    expect(returned.reduce((sum, { rows }) => sum + rows.length, 0)).toBe(100_000)
    expect(returned.filter((record) => record.batchNo === ours(1)).length).toBe(100)
    const largest = Math.max(...(commit[0]?.records.map(({ value }) => value?.length ?? 0) ?? []))
    expect(largest).toBeLessThan(768 * 1024)
    expect(world.answersTo(A)).toEqual(['1 accepted - final'])
  })
})

describe('return files at once', () => {
  it('one at a time is fetched in a process, whichever partner and lane; the next begins when it is settled', async () => {
    const first = bench()
    const second = bench({ fileSlots: first.dependencies.fileSlots })
    const slow = later()
    first.gateway.answering = () => slow.reply
    second.gateway.answering = () => file(good)
    first.requestService(F, FILE)
    first.start()
    await first.until(() => first.gateway.count(F) === 1, 'the call')
    second.requestService(F, FILE, { partner: 'other' })
    second.requestService(Q, 'query_customer_protocol', { partner: 'other' })
    first.requestService(U, FILE)
    second.start()
    first.gateway.answering = () => file(good)
    await first.until(
      () => second.answersTo(Q).length === 1 && first.attempts(U).length === 1,
      'the question, and a file that waits',
    )
    expect([second.attempts(F), first.attempts(U)]).toEqual([['deferred 0'], ['deferred 0']])
    expect(second.gateway.count(F)).toBe(0)
    slow.answer(file(good))
    await first.until(() => second.answersTo(F).length === 1 && first.answersTo(U).length === 1, 'all files')
  })

  it('a session that ends while a file is fetched gives the slot back', async () => {
    const world = bench()
    const slow = later()
    world.gateway.answering = (id) => (id === F ? slow.reply : file(good))
    world.requestService(F, FILE)
    world.requestService(U, FILE)
    const first = world.start()
    await world.until(() => world.gateway.count(F) === 1, 'the call')
    first.session.kill()
    await first.done
    world.gateway.answering = () => file(good)
    world.start()
    await world.until(() => world.answersTo(F).length === 1 && world.answersTo(U).length === 1, 'both files')
  })

  it('a commit that fails gives the slot back, before the call and after it', async () => {
    const world = bench()
    world.gateway.answering = () => file(good)
    world.requestService(F, FILE)
    for (let i = 0; i < 2; i++) {
      let commits = 0
      world.lane.beforeCommit = (_records, session) => {
        commits++
        if (commits > i) session.kill()
      }
      await world.start().done
    }
    world.lane.beforeCommit = () => undefined
    world.start()
    await world.until(() => world.answersTo(F).length === 1, 'the file')
  })

  it('a call that came too late for its time gives the slot back', async () => {
    const world = bench()
    world.gateway.answering = () => file(good)
    world.requestService(F, FILE)
    world.requestService(U, FILE, { sendBefore: NOON + 2 * HOUR })
    world.lane.beforeCommit = () => {
      world.now = NOON + HOUR
    }
    world.start()
    await world.until(() => world.answersTo(U).length === 1, 'the other file')
    expect(world.answersTo(F)).toEqual(['1 unknown GIVEN_UP final'])
    expect(world.gateway.arrived).toEqual([U])
  })

  it('a session that ends before a file is settled gives the slot back', async () => {
    const world = bench()
    const [fetched, commit] = [later(), Promise.withResolvers<void>()]
    world.gateway.answering = (id) => (id === F ? fetched.reply : accepted)
    world.requestService(F, FILE)
    const first = world.start()
    await world.until(() => world.gateway.count(F) === 1, 'the call')
    world.lane.beforeCommit = () => commit.promise
    world.request(A)
    await world.rounds()
    fetched.answer(file(good))
    await world.until(() => world.evidence.kept.size === 1, 'the file')
    await world.rounds()
    first.session.kill()
    commit.resolve()
    await first.done
    expect(world.answersTo(F)).toEqual([])
    world.start()
    await world.until(() => world.answersTo(F).length === 1, 'the file, fetched again')
  })

  it("a lane whose file was given up stands in nobody's way", async () => {
    const first = bench()
    const second = bench({ fileSlots: first.dependencies.fileSlots })
    const slow = later()
    first.gateway.answering = (id) => (id === F ? slow.reply : file(good))
    first.requestService(F, FILE)
    first.start()
    await first.until(() => first.gateway.count(F) === 1, 'the call')
    second.requestService(F, FILE)
    second.start()
    await second.until(() => second.attempts(F).length === 1, 'the second lane stands in line')
    first.requestService(U, FILE)
    await first.until(() => first.attempts(U).length === 1, 'the first lane stands in line behind it')
    second.now += HOUR
    await second.until(() => second.answersTo(F).length === 1, 'the second gives up')
    slow.answer(file(good))
    await first.until(() => first.answersTo(U).length === 1, 'the next file')
    expect(second.gateway.arrived).toEqual([])
  })

  it('a stopped partner keeps no other from its file', async () => {
    const world = bench()
    world.person('stopped')
    world.gateway.answering = () => file(good)
    world.requestService(F, FILE)
    world.requestService(U, FILE, { partner: 'other' })
    world.start()
    await world.until(() => world.answersTo(U).length === 1, "the other partner's file")
    expect(world.attempts(F)).toEqual(['deferred 0'])
    world.now += HOUR
    await world.until(() => world.answersTo(F).length === 1, 'the last word')
    expect(world.answersTo(F)).toEqual(['0 unknown NOT_SENT final'])
  })
})

/** The lane of what is no batch number of ours: the first 48 bits of a hash. */
function laneOfForeign(text: string): number {
  return createHash('sha256').update(`lane:1:${text}`).digest().readUIntBE(0, 6) % LANES
}

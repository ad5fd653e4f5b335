/**
 * Files of bank payouts that came back, through all services as processes: asked for, scheduled, hostile, late, and
 * about payouts of ours.
 */

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chinaDate, millisecondsToMidnight } from '@payout/mapi/values/china-time'
import { HOSTILE_RETURN_FILES, type HostileReturnFile } from '@payout/sandbox/alipay/return-file/fixture'
import { DAY_MS } from '@payout/schemas/units'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { ask, askReturnFile, payout } from '../system/actors/commands.ts'
import { letGo, stopPartner } from '../system/actors/partner-stops.ts'
import { ReturnFileStage } from '../system/actors/return-file-stage.ts'
import { batchNoOf } from '../system/event-watch.ts'
import { killed, replace } from '../system/processes.ts'
import { serviceRequestsOf } from '../system/records.ts'
import { type System, startSystem } from '../system/system.ts'
import { until } from '../system/until.ts'

/** Good files, and payouts of ours. */
const SHOP = 'shop-md5-utf8'
/** Files that can't be had or taken. */
const TROUBLE = 'shop-rsa-gbk'
/** A schedule. */
const DAILY = 'shop-dsa-gb2312'

/** A minute after noon in China, so that no day ends meanwhile. */
const shift = millisecondsToMidnight(Date.now()) + DAY_MS / 2 + 60_000
/** A day as the services have it. */
const daysAgo = (days: number) => chinaDate(Date.now() + shift - days * DAY_MS)

let system: System
let files: ReturnFileStage

beforeAll(async () => {
  system = await startSystem({
    brokers: inject('brokers'),
    redisUrl: inject('redisUrl'),
    processes: ['reconciler'],
    // Commands keep their order.
    keyPartitions: 1,
    env: {
      CLOCK_SHIFT: `${shift}ms`,
      RETURN_FILE_AGAIN: '2s',
      RETURN_FILE_TRIES: '2',
      RESEND_DELAY_MAX: '300ms',
      KAFKA_SESSION_TIMEOUT_MS: '3000',
    },
    sandbox: { clockShiftMs: shift },
  })
  files = new ReturnFileStage(system)
})
afterAll(() => system?.stop())

/** Days of which Alipay's answers are as the tables have them: what is told, without what comes after the pause. */
const FAILURES = [
  ['20110101', '文件生成异常,请稍后再试!', 'FILE_NOT_MADE', true],
  ['20110102', 'MAX_VISIT_LIMIT', 'MAX_VISIT_LIMIT', true],
  ['20110103', 'PARTNER_SESSION_TIMEOUT', 'PARTNER_SESSION_TIMEOUT', true],
  ['20110104', '文件下载失败!文件下载失败!', 'NO_RETURN_FILE', true],
  ['20110105', '文件下载失败!非法请求参数。', 'DOWNLOAD_ILLEGAL_ARGUMENT', false],
  ['20110106', 'ILLEGAL_ARGUMENT', 'ILLEGAL_ARGUMENT', false],
  ['20110107', 'NO_SIGN_PRODUCT', 'NO_SIGN_PRODUCT', false],
  ['20110108', 'BIZ_PRODUCT_ILLEGAL', 'BIZ_PRODUCT_ILLEGAL', false],
  ['20110109', 'PARTNER_NOT_MATCH', 'PARTNER_NOT_MATCH', false],
] as const
const WITHOUT_FILE = '20110110'
const LATE_FILE = '20110111'

/** What each hostile file is called, what is said of its rows, and whether it is asked for again. */
/** A row of each is set aside, and the other one counts. */
const SET_ASIDE = { 'no-such-date': 'ROW_DATE', 'unknown-flag': 'ROW_CORPORATE' } as const
const HOSTILE: Readonly<
  Record<Exclude<HostileReturnFile, keyof typeof SET_ASIDE>, readonly [code: string, problem: string, again: boolean]>
> = {
  html: ['FILE_NOT_A_ZIP', 'FILE_NOT_A_ZIP', true],
  'half-zip': ['ARCHIVE_BROKEN', 'ARCHIVE_BROKEN', true],
  path: ['ENTRY_NAME', 'ENTRY_NAME', false],
  bomb: ['ENTRY_TOO_LARGE', 'ENTRY_TOO_LARGE', false],
  password: ['ARCHIVE_ENCRYPTED', 'ARCHIVE_ENCRYPTED', false],
  'no-csv': ['CSV_MISSING', 'CSV_MISSING', false],
  'two-csv': ['CSV_TWICE', 'CSV_TWICE', false],
  'bad-total': ['TOTALS_DIFFER', 'TOTAL_AMOUNT', true],
  'bad-count': ['TOTALS_DIFFER', 'TOTAL_COUNT', true],
  'three-decimals': ['ROWS_INVALID', 'ROW_AMOUNT', false],
  'twice-serial': ['ROWS_INVALID', 'WITHDRAWAL_SERIAL_TWICE', false],
  'xls-differs': ['XLS_DIFFERS', 'XLS_DIFFERS', true],
  'other-partner': ['PARTNER_DIFFERS', 'PARTNER_DIFFERS', false],
  'missing-column': ['CSV_COLUMNS', 'CSV_COLUMNS', false],
}
/** What is wrong with rows is said of the row, and with totals of the file. */
const ROW_PROBLEMS = /^(ROW_|WITHDRAWAL_)/
const hostileDate = (kind: HostileReturnFile) => `201201${String(HOSTILE_RETURN_FILES.indexOf(kind) + 10)}`
const hashes = new Map<string, string>()

beforeAll(async () => {
  // The pause before the second request passes while other files are looked at.
  for (const [date, failure] of FAILURES) await files.provide(TROUBLE, date, { failure, xls: true })
  for (const kind of HOSTILE_RETURN_FILES) {
    const date = hostileDate(kind)
    hashes.set(date, await files.provide(TROUBLE, date, { hostile: kind, xls: kind === 'xls-differs' }))
  }
  const dates = [...FAILURES.map(([date]) => date), WITHOUT_FILE, ...HOSTILE_RETURN_FILES.map(hostileDate)]
  for (const date of dates) await askReturnFile(system, date, TROUBLE)
  const [[, code]] = FAILURES
  await system.gateway.control({ action: 'force-answer', service: 'bptb_refund_file', code, alias: DAILY })
  await files.provide(DAILY, LATE_FILE, { rows: 0 })
  await askReturnFile(system, LATE_FILE, DAILY)
})

describe('a good file', () => {
  const first = [
    { serial: 'a', withdrawalSerial: 'w1', amountFen: 12_34, batchNo: 'Wages_November.XLS', payeeName: '𠮷野' },
    { serial: 'b', withdrawalSerial: 'w2', amountFen: 66, batchNo: 'Wages_November.XLS', reason: '账户名有误' },
  ]

  it('RFD-3, RFD-6: is reported as a whole and row by row, and kept by its hash', async () => {
    const hash = await files.provide(SHOP, '20101218', { rows: first, xls: true })
    await files.asked(SHOP, '20101218')
    await files.untilReturned(SHOP, 2)
    expect(files.story(SHOP, '20101218')).toEqual(['read'])
    const evidence = { kind: 'return_file', id: hash }
    expect(files.eventsOf(SHOP, '20101218')[0]?.value).toMatchObject({
      rows: 2,
      totalFen: 13_00,
      fileHash: hash,
      evidence,
    })
    const row = {
      payoutId: null,
      version: null,
      batchNo: 'wages_november',
      fileDate: '20101218',
      fileHash: hash,
      evidence,
    }
    expect(files.returned(SHOP)).toMatchObject([
      { ...row, serial: 'a', withdrawalSerial: 'w1', amountFen: 12_34, returnedAt: Date.parse('2010-12-18T09:00:00+08:00') },
      { ...row, serial: 'b', withdrawalSerial: 'w2', amountFen: 66, reason: '账户名有误' },
    ]) // biome-ignore format: two rows
    expect(await files.isKept(hash)).toBe(true)
    expect(JSON.stringify(files.returned(SHOP))).not.toContain('𠮷野')
  })

  it('RFD-7: again, by command or in the file of a later day with one row more, tells only what is new', async () => {
    await files.asked(SHOP, '20101218', 2)
    const more = { serial: 'c', withdrawalSerial: 'w3', batchNo: 'Wages_November.XLS' }
    const sameRows = first.map((row, index) => ({
      ...row,
      returnedAt: Date.parse('2010-12-18T09:00:00+08:00') + 1_000 * index,
    }))
    await files.provide(SHOP, '20101219', { rows: [...sameRows, more] })
    await askReturnFile(system, '20101219')
    await files.untilReturned(SHOP, 3)
    await files.untilReported(SHOP, '20101219')
    expect(files.returned(SHOP).map(({ withdrawalSerial, fileDate }) => [withdrawalSerial, fileDate])).toEqual([
      ['w1', '20101218'],
      ['w2', '20101218'],
      ['w3', '20101219'],
    ])
    expect(files.eventsOf(SHOP, '20101219')[0]?.value).toMatchObject({ rows: 3 })
    expect(files.mismatched()).toEqual([])
  })

  it('RFD-7: with a withdrawal serial that is known, and other content, is payout.mismatched', async () => {
    await files.provide(SHOP, '20101220', { rows: [{ ...first[0], serial: 'a', amountFen: 12_35 }] })
    await askReturnFile(system, '20101220')
    await system.events.until(() => files.mismatched().length > 0, 'the contradiction is reported')
    expect(files.mismatched()).toMatchObject([
      { payoutId: null, version: null, partner: SHOP, mismatch: 'other-return' },
    ])
    expect(files.returned(SHOP)).toHaveLength(3)
  })

  it('two commands for one day at once make one request', async () => {
    for (const date of ['20101221', '20101222']) await files.provide(SHOP, date, { rows: 0 })
    await stopPartner(system, SHOP)
    for (const date of ['20101221', '20101221', '20101222']) await askReturnFile(system, date)
    const signedFor = async (date: string) =>
      (await serviceRequestsOf(system)).filter(({ body }) => body.toString('latin1').includes(`date=${date}`)).length
    await until(async () => (await signedFor('20101222')) > 0, 'what is behind both is asked for')
    expect(await signedFor('20101221')).toBe(1)
    expect(await files.callsFor(SHOP, '20101221')).toEqual([])
    await letGo(system, SHOP)
    await files.untilReported(SHOP, '20101222')
    await files.untilReported(SHOP, '20101221')
    expect(files.story(SHOP, '20101221')).toEqual(['read'])
    expect(await files.callsFor(SHOP, '20101221')).toHaveLength(1)
  })

  it.each([
    ['20101223', 'cut-answer'],
    ['20101224', 'answer-lost'],
    ['20101225', 'server-error'],
    ['20101226', 'system-error'],
  ] as const)(
    'RFD-2: of %s, whose first answer has the fault %s, is asked for again at once, and read',
    async (date, fault) => {
      const hash = await files.provide(SHOP, date, { rows: 0 })
      await system.gateway.control({ action: 'force-fault', service: 'bptb_refund_file', fault, alias: SHOP })
      await askReturnFile(system, date)
      await files.untilReported(SHOP, date)
      expect(files.story(SHOP, date)).toEqual(['read'])
      expect((await files.callsFor(SHOP, date)).map((call) => call.fault)).toEqual([fault, undefined])
      expect(await files.isKept(hash)).toBe(true)
    },
  )
})

describe('rows about payouts of ours', () => {
  const FAILING = 'fail.RECEIVE_USER_NOT_EXIST@example.com'
  const [RIGHT, OTHER_AMOUNT, OTHER_ACCOUNT, FAILED] = ['ret-right', 'ret-amount', 'ret-account', 'ret-failed']

  beforeAll(async () => {
    await ask(
      system,
      payout(RIGHT),
      payout(OTHER_AMOUNT),
      payout(OTHER_ACCOUNT),
      payout(FAILED, { payeeAccount: FAILING }),
    )
    await system.events.until(() => system.events.outcomes().size === 4, 'each has its outcome')
    const row = (id: string, what: object = {}) => {
      const outcome = system.events.of(id).at(-1)
      const serial = outcome && 'serial' in outcome.value ? outcome.value.serial : null
      const place = { batchNo: batchNoOf(outcome) ?? '', serial: serial ?? '' }
      return { ...place, payeeAccount: 'ok@example.com', amountFen: 1_00, withdrawalSerial: `w-${id}`, ...what }
    }
    const rows = [
      row(RIGHT),
      row(OTHER_AMOUNT, { amountFen: 1_01 }),
      row(OTHER_ACCOUNT, { payeeAccount: 'another@example.com' }),
      row(FAILED, { payeeAccount: FAILING }),
    ]
    await files.provide(SHOP, '20101228', { rows })
    await askReturnFile(system, '20101228')
    const all = [RIGHT, OTHER_AMOUNT, OTHER_ACCOUNT, FAILED]
    const isReported = (id: string) => ['returned', 'mismatched'].includes(system.events.story(id).at(-1) ?? '')
    await system.events.until(() => all.every(isReported), 'each row is reported')
  })

  it('RFD-7: a payout that was paid is payout.returned, with its id and its next version; its outcome stays', () => {
    expect(system.events.story(RIGHT).slice(-2)).toEqual(['succeeded', 'returned'])
    const [outcome, returned] = system.events.of(RIGHT).slice(-2)
    const version = outcome && 'version' in outcome.value ? outcome.value.version : null
    expect(returned?.value).toMatchObject({
      payoutId: RIGHT,
      version: (version ?? 0) + 1,
      batchNo: batchNoOf(outcome),
      amountFen: 1_00,
      withdrawalSerial: `w-${RIGHT}`,
      fileDate: '20101228',
    })
  })

  it.each([
    [OTHER_AMOUNT, 'other-amount', 'succeeded'],
    [OTHER_ACCOUNT, 'other-account', 'succeeded'],
    [FAILED, 'other-outcome', 'failed'],
  ])('RFD-7: %s is payout.mismatched: %s', (id, mismatch, outcome) => {
    expect(system.events.story(id).slice(-2)).toEqual([outcome, 'mismatched'])
    expect(system.events.of(id).at(-1)?.value).toMatchObject({ payoutId: id, mismatch })
    expect(system.events.outcomes().get(`${SHOP}/${id}`)).toEqual([`payout.${outcome}`])
  })
})

describe('what is no file', () => {
  it.each(FAILURES)('RFD-8: %s: %s is payout.return_file_failed, %s', async (date, _text, code, again) => {
    await files.untilReported(TROUBLE, date, again ? 2 : 1)
    expect(files.story(TROUBLE, date)).toEqual(again ? [`failed ${code}, again`, `failed ${code}`] : [`failed ${code}`])
    expect(await files.callsFor(TROUBLE, date)).toHaveLength(again ? 2 : 1)
    for (const { value } of files.eventsOf(TROUBLE, date)) expect(await files.isKept(value.fileHash)).toBe(true)
  })

  it('RFD-8: a day without a file is NO_RETURN_FILE after the last try, where a command asked for it', async () => {
    await files.untilReported(TROUBLE, WITHOUT_FILE, 2)
    expect(files.story(TROUBLE, WITHOUT_FILE)).toEqual(['failed NO_RETURN_FILE, again', 'failed NO_RETURN_FILE'])
  })

  it('RFD-8: a file that was not made at first is read when it is asked for again', async () => {
    await files.untilReported(DAILY, LATE_FILE, 2)
    expect(files.story(DAILY, LATE_FILE)).toEqual(['failed FILE_NOT_MADE, again', 'read'])
  })
})

describe('a file that is not as it must be', () => {
  it.each(Object.entries(HOSTILE))(
    'RFD-3, RFD-5: %s is refused by its name, kept, and no row of it counts',
    async (kind, [code, problem, again]) => {
      const date = hostileDate(kind as HostileReturnFile)
      await files.untilReported(TROUBLE, date, again ? 2 : 1)
      expect(files.story(TROUBLE, date)).toEqual(
        again ? [`failed ${code}, again`, `failed ${code}`] : [`failed ${code}`],
      )
      const hash = hashes.get(date)
      for (const { value } of files.eventsOf(TROUBLE, date)) {
        expect(value).toMatchObject({ fileHash: hash, problemCount: 1, problems: [{ code: problem }] })
        const row = 'problems' in value ? (value.problems[0]?.row ?? -1) : -1
        expect(row > 0).toBe(ROW_PROBLEMS.test(problem))
      }
      expect(await files.isKept(hash ?? null)).toBe(true)
      expect(files.returned(TROUBLE).filter(({ fileDate }) => fileDate === date)).toEqual([])
    },
  )

  it.each(Object.entries(SET_ASIDE))(
    'RFD-5: of %s one row is set aside by its name, and the other one counts',
    async (kind, problem) => {
      const date = hostileDate(kind as HostileReturnFile)
      await files.untilReported(TROUBLE, date)
      const [{ value } = { value: undefined }] = files.eventsOf(TROUBLE, date)
      expect(value).toMatchObject({ rows: 1, setAside: 1, problemCount: 1, problems: [{ code: problem }] })
      const ofFile = () => files.returned(TROUBLE).filter(({ fileDate }) => fileDate === date)
      await until(() => ofFile().length > 0, 'the other row is told')
      expect(ofFile().map(({ fileHash }) => fileHash)).toEqual([hashes.get(date)])
    },
  )
})

describe('a schedule', () => {
  const DAYS = [1, 2, 3].map(daysAgo)
  const today = daysAgo(0)
  const rowsOf = (date: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      serial: `${index}`,
      withdrawalSerial: `${date}-${index}`,
      batchNo: 'daily',
    }))
  const countCalls = (dates: readonly string[], alias = DAILY) =>
    Promise.all(dates.map(async (date) => (await files.callsFor(alias, date)).length))
  const partnersFile = () => join(system.folder, 'partners-with-schedules.json')

  beforeAll(async () => {
    for (const date of DAYS) await files.provide(DAILY, date, { rows: rowsOf(date, 1) })
    const { partners } = JSON.parse(await readFile(system.partnersFile, 'utf8')) as { partners: Record<string, object> }
    const schedules = {
      [DAILY]: { time: '12:00', days: 3 },
      [TROUBLE]: { time: '12:00', days: 1 },
      [SHOP]: { time: '23:59', days: 3 },
    }
    const scheduled = Object.entries(schedules).map(([alias, returnFiles]) => [
      alias,
      { ...partners[alias], returnFiles },
    ])
    await writeFile(partnersFile(), JSON.stringify({ partners: Object.fromEntries(scheduled) }), { mode: 0o600 })
    await replace(system, 'reconciler', { PARTNERS_FILE: partnersFile() })
    for (const date of DAYS) await files.untilReported(DAILY, date)
  })

  it('fetches the last days by itself once its time of the day has come in China, and no others', async () => {
    await files.untilReturned(DAILY, 3)
    expect(DAYS.map((date) => files.story(DAILY, date))).toEqual([['read'], ['read'], ['read']])
    expect(await countCalls([...DAYS, today, daysAgo(4)])).toEqual([1, 1, 1, 0, 0])
    expect(await countCalls(DAYS, SHOP)).toEqual([0, 0, 0])
  })

  it('a reconciler that is killed does not run it again on the same day', async () => {
    await killed(system, 'reconciler')
    // A command in the same lane: before it is done, the schedule is looked at.
    await files.provide(DAILY, '20101218', { rows: 0 })
    await files.asked(DAILY, '20101218')
    expect(await countCalls([...DAYS, today])).toEqual([1, 1, 1, 0])
  })

  it('RFD-7: the next day it fetches the last days again, since banks are late: what is known is not told again', async () => {
    const [yesterday = ''] = DAYS
    await files.provide(DAILY, today, { rows: rowsOf(today, 1) })
    await files.provide(DAILY, yesterday, { rows: rowsOf(yesterday, 2) })
    await replace(system, 'reconciler', { PARTNERS_FILE: partnersFile(), CLOCK_SHIFT: `${shift + DAY_MS}ms` })
    await files.untilReported(DAILY, today)
    await files.untilReported(DAILY, yesterday, 2)
    await files.untilReturned(DAILY, 5)
    await until(
      async () => (await files.callsFor(DAILY, DAYS[1] ?? '')).length === 2,
      'the third of the days is fetched, too',
    )
    expect(await countCalls([today, ...DAYS])).toEqual([1, 2, 2, 1])
    expect(
      files
        .returned(DAILY)
        .map(({ withdrawalSerial }) => withdrawalSerial)
        .sort(),
    ).toEqual([...DAYS.map((date) => `${date}-0`), `${today}-0`, `${yesterday}-1`].sort())
    expect(files.story(DAILY, DAYS[1] ?? '')).toEqual(['read'])
  })

  it('RFD-8: a day without a file is the usual case, and no event', async () => {
    const [yesterday = ''] = DAYS
    expect((await files.callsFor(TROUBLE, yesterday)).length).toBeGreaterThan(0)
    expect(files.story(TROUBLE, yesterday)).toEqual([])
  })
})

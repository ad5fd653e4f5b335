import { setTimeout as sleep } from 'node:timers/promises'
import { DEMO_PARTNERS } from '@payout/sandbox/alipay/partners/sandbox-partners'
import type { SeededChance } from '@payout/sandbox/alipay/seeded-chance'
import { askReturnFile } from '../system/actors/commands.ts'
import type { System } from '../system/system.ts'

/** One day's return file of a partner, asked for at one or two moments. */
export interface ReturnFileDay {
  readonly partner: string
  /** YYYYMMDD. */
  readonly date: string
  readonly rows: readonly { readonly batchNo: string; readonly serial: string; readonly withdrawalSerial: string }[]
  /** When it is asked for, as parts of the time in which processes are killed. */
  readonly requestedAt: readonly number[]
}

const DAYS = ['20101218', '20101219', '20101220'] as const
/**
 * Each day has as many new rows as rows of the day before: banks are late, and a file says again what an earlier one
 * said.
 */
const NEW_ROWS = 20

/** What is asked for; the same seed asks for the same. */
export function returnFileDays(chance: SeededChance): ReturnFileDay[] {
  return DEMO_PARTNERS.flatMap(({ alias }) => {
    const rows = Array.from({ length: NEW_ROWS * DAYS.length }, (_, n) => ({
      batchNo: `wages_${n % 7}`,
      serial: `${n}`,
      withdrawalSerial: `${alias}-${n}`,
    }))
    return DAYS.map((date, day) => ({
      partner: alias,
      date,
      rows: rows.slice(Math.max(0, day - 1) * NEW_ROWS, (day + 1) * NEW_ROWS),
      requestedAt: [0, 1].flatMap((time) =>
        time === 0 || chance.happens(0.5, 'file-twice', alias, date)
          ? [0.8 * chance.fraction('file', alias, date, time)]
          : [],
      ),
    }))
  })
}

/** Puts the files where they can be fetched. */
export async function makeReturnFiles(system: System, days: readonly ReturnFileDay[]): Promise<void> {
  for (const { partner, date, rows } of days) {
    await system.gateway.control({ action: 'return-file', alias: partner, date, rows: [...rows] })
  }
}

/** Asks for a file, again until Kafka has it. */
export async function askFor(system: System, { date, partner }: ReturnFileDay, deadline: number): Promise<void> {
  while (performance.now() < deadline) {
    try {
      await askReturnFile(system, date, partner)
      return
    } catch {
      await sleep(200)
    }
  }
}

import { loadConfig } from '@payout/runtime/config/config'
import { describe, expect, it } from 'vitest'
import { rebuildSchema, reconcilerSchema, reconcilerSettings } from './config.ts'
import { AGREEMENT_SETTINGS } from './testing/agreement-settings.ts'

const NEEDED = { KAFKA_BROKERS: '127.0.0.1:9092', REDIS_URL: 'redis://127.0.0.1:6379' }

describe('the settings', () => {
  it('by default: the pauses and limits that the tests of agreements work with', () => {
    const settings = reconcilerSettings(loadConfig(reconcilerSchema, { ...NEEDED, PARTNERS_FILE: 'partners.json' }), 7)
    expect(settings).toEqual({
      lanes: 7,
      overdueAfterMs: 25 * 3_600_000,
      maxRecords: 500,
      keptPayouts: 50_000,
      agreements: AGREEMENT_SETTINGS,
      returnFiles: { againMs: 3_600_000, tries: 6 },
    })
  })

  it('the partners file is needed for the schedules, and not for a rebuild', () => {
    expect(() => loadConfig(reconcilerSchema, NEEDED)).toThrow('PARTNERS_FILE')
    expect(loadConfig(rebuildSchema, NEEDED).OVERDUE_AFTER).toBe(25 * 3_600_000)
  })
})

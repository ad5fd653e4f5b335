import { describe, expect, it } from 'vitest'
import { costReport } from './cost-report.ts'

const files = [
  { kind: 'unit', file: 'a.test.ts', seconds: 1, cpuSeconds: 2 },
  { kind: 'system', file: 'b.test.ts', seconds: 30, cpuSeconds: 4.5 },
  { kind: 'system', file: 'c.test.ts', seconds: 10, cpuSeconds: 20 },
  { kind: 'system', file: 'd.test.ts', seconds: 5, cpuSeconds: 1 },
]

describe('costReport', () => {
  it('sums by kind, tells what no file has paid, and names the dearest files of each kind first', () => {
    const lines = costReport({ files, seconds: 25, cpuSeconds: 40 }, 2).split('\n')
    expect(lines.slice(2, 6)).toEqual([
      '| unit | 1 | 1.0 | 2.0 |',
      '| system | 3 | 45.0 | 25.5 |',
      '| shared servers, the runner itself |  |  | 12.5 |',
      '| all | 4 | 25.0 | 40.0 |',
    ])
    expect(lines.slice(9)).toEqual([
      '| unit | a.test.ts | 1.0 | 2.0 |',
      '| system | c.test.ts | 10.0 | 20.0 |',
      '| system | b.test.ts | 30.0 | 4.5 |',
    ])
  })

  it('says that it does not know where the system does not tell', () => {
    const unknown = files.map((file) => ({ ...file, cpuSeconds: undefined }))
    const report = costReport({ files: unknown, seconds: 25, cpuSeconds: undefined }, 1)
    expect(report).toContain('| all | 4 | 25.0 | ? |')
    expect(report).toContain('| system | b.test.ts | 30.0 | ? |')
  })
})

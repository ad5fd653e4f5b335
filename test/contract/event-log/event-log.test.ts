import { afterAll, beforeAll } from 'vitest'
import { describeEventLog } from './contract.ts'
import { Ground } from './ground.ts'

let ground: Ground

beforeAll(async () => {
  ground = await Ground.start(1)
}, 120_000)

afterAll(() => ground.stop())

describeEventLog('one broker', () => ground)

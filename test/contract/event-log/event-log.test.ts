import { inject } from 'vitest'
import { describeEventLog } from './contract.ts'
import { Ground } from './ground.ts'

const ground = new Ground(inject('brokers'))

describeEventLog('one broker', () => ground)

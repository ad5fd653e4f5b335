import { describe, expect, it } from 'vitest'
import { kafkaEnvironment, settingVariable } from './kafka-environment.ts'

describe("the environment of Apache's image", () => {
  // The examples of the image's own documentation.
  it.each([
    ['abc.def', 'KAFKA_ABC_DEF'],
    ['abc-def', 'KAFKA_ABC___DEF'],
    ['abc_def', 'KAFKA_ABC__DEF'],
  ])('takes %s from %s', (setting, variable) => {
    expect(settingVariable(setting)).toBe(variable)
  })

  it('advertises the address that clients use, and holds the settings of the caller', () => {
    expect(kafkaEnvironment('127.0.0.1:17001', { 'group.min.session.timeout.ms': '1000' })).toMatchObject({
      KAFKA_ADVERTISED_LISTENERS: 'HOST://127.0.0.1:17001,INTERNAL://localhost:29092',
      KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_JVM_PERFORMANCE_OPTS: '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC',
    })
  })
})

import { expect, it } from 'vitest'
import { lookOnlyWhenRequestsWait, type RequestQueue } from './idle-connections-busy.ts'

it('looks for requests that wait only while there are some', () => {
  let looks = 0
  const prototype: RequestQueue = {
    pending: [],
    scheduleCheckPendingRequests: () => {
      looks++
    },
  }
  lookOnlyWhenRequestsWait(prototype)
  const queueOf = (...pending: unknown[]): RequestQueue => Object.assign(Object.create(prototype), { pending })
  queueOf().scheduleCheckPendingRequests()
  expect(looks).toBe(0)
  queueOf('a request').scheduleCheckPendingRequests()
  expect(looks).toBe(1)
})

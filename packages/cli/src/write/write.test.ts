import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { beforeWriting } from './write.ts'

let said: string[]
beforeEach(() => {
  said = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
})
afterEach(() => void vi.restoreAllMocks())

it('what fails before a write says that nothing was written', async () => {
  await expect(beforeWriting(Promise.reject(new Error('away')))).rejects.toThrow('away')
  expect(said).toEqual(['nothing was written\n'])
})

it('who is told to stop before a write ends at once, and says the same', async () => {
  const stopped = new AbortController()
  const work = beforeWriting(new Promise(() => undefined), stopped.signal)
  stopped.abort(new Error('stopped by a signal'))
  await expect(work).rejects.toThrow('stopped by a signal')
  expect(said).toEqual(['nothing was written\n'])
})

it('what goes well says nothing, also where it is told to stop later', async () => {
  const stopped = new AbortController()
  expect(await beforeWriting(Promise.resolve(3), stopped.signal)).toBe(3)
  stopped.abort()
  expect(said).toEqual([])
})

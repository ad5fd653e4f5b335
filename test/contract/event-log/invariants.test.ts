import { describe, expect, it } from 'vitest'
import { noViolations, violations } from './invariants.ts'

describe('the checks of the contract suite can fail', () => {
  it('finds nothing where all came out once and in order', () => {
    expect(violations(['a', 'b', 'c'], ['a', 'b', 'c'])).toEqual(noViolations)
  })

  it('finds a loss', () => {
    expect(violations(['a', 'b', 'c'], ['a', 'c'])).toEqual({ ...noViolations, missing: ['b'] })
  })

  it('finds a repetition, also far behind', () => {
    expect(violations(['a', 'b', 'c'], ['a', 'b', 'c', 'a'])).toEqual({ ...noViolations, repeated: ['a'] })
  })

  it('finds a wrong order', () => {
    expect(violations(['a', 'b', 'c'], ['b', 'a', 'c'])).toEqual({ ...noViolations, disordered: ['a'] })
  })

  it('finds what nobody put in', () => {
    expect(violations(['a'], ['a', 'x'])).toEqual({ ...noViolations, foreign: ['x'] })
  })
})

import { describe, expect, it } from 'vitest'
import { circuitOption, share } from './option-values.ts'

describe('an option of circuits on the command line', () => {
  it('is given by its path, again and again', () => {
    const first = circuitOption('stage.maxFailures=5')
    expect(circuitOption('system.rateShare=0.8', first)).toEqual({
      'circuits.stage.maxFailures': 5,
      'circuits.system.rateShare': 0.8,
    })
  })

  it('is given once', () => {
    expect(() => circuitOption('stage.waitMs=6', circuitOption('stage.waitMs=5'))).toThrow(/is given twice/)
  })

  it.each(['stage.maxFailures', 'stage.maxFailures=many', '=5', 'stage.maxFailures=-1'])(
    'is refused where it is none: %s',
    (text) => {
      expect(() => circuitOption(text)).toThrow(/is not an option of circuits with a number/)
    },
  )
})

describe('a share on the command line', () => {
  it('is given in hundredths or as a number', () => {
    expect(['30%', '0.3', '2.5%'].map(share('--leave-window'))).toEqual([0.3, 0.3, 0.025])
  })

  it.each(['0', '100%', '1', '-3%', '30', 'much', '3%%', ''])('is none: %s', (text) => {
    expect(() => share('--leave-window')(text)).toThrow(/is not a share between nothing and all/)
  })
})

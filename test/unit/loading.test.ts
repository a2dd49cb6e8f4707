// Modules that the package loads with the native binding: a stub stands for the addon.
import { describe, expect, it } from 'vitest'
import { runProgram } from '../support/program'

describe('with the native binding', () => {
  it('loads at most 85 modules, none of the emulator and none that draw', async () => {
    const { stdout, stderr } = await runProgram(import.meta.dirname, 'loaded.cjs')
    expect(stderr).toBe('')
    const { backend, first } = JSON.parse(stdout) as { backend: string; first: string[] }
    expect(backend).toBe('stub')
    expect(first.filter(file => /^(emulator|events\/picture)\//.test(file))).toEqual([])
    expect(first.length).toBeLessThanOrEqual(85)
  })

  it('loads the modules that draw when they are used', async () => {
    const { stdout } = await runProgram(import.meta.dirname, 'loaded.cjs')
    const { drawing } = JSON.parse(stdout) as { drawing: string[] }
    expect(drawing).toContain('events/picture/svg.js')
    expect(drawing.filter(file => file.startsWith('emulator/'))).toEqual([])
  })
})

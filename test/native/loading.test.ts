// Modules that a process with the addon loads: nothing of the emulator, and nothing that draws.
import { expect, test } from 'vitest'
import { runProgram } from '../support/program'

test('the package loads at most 85 modules, the addon among them', async () => {
  const { stdout } = await runProgram(import.meta.dirname, 'loaded.cjs')
  const files = JSON.parse(stdout) as string[]
  expect(files.some(file => file.endsWith('.node'))).toBe(true)
  expect(files.filter(file => /[\\/](emulator|picture)[\\/]/.test(file))).toEqual([])
  expect(files.length).toBeLessThanOrEqual(85)
})

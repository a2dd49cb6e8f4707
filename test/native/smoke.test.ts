// The addon loads in every executable that hosts Node, and describes the system.

import path from 'node:path'
import { backend, diagnostics, getCurrentThreadId } from 'com-cancel'
import { expect, test } from 'vitest'
import { runProgram } from '../support/program'

const underWine = 'WINEPREFIX' in process.env

test('the addon is loaded, not the emulator', () => {
  expect(backend.kind).toBe('native')
})

test('it runs in an executable of any name', () => {
  expect(['node.exe', 'electron.exe', 'bun.exe', 'deno.exe']).toContain(
    path.basename(process.execPath).toLowerCase(),
  )
  expect(getCurrentThreadId()).toBeGreaterThan(0)
})

test('it distinguishes Windows from Wine', () => {
  expect(backend.host).toMatch(underWine ? /^Wine \d+\.\d+/ : /^Windows \d+\.\d+/)
})

test('the system provides every entry point, or the stand-in provides all of them', () => {
  const { CoSetCancelObject, CoGetCancelObject, CoCancelCall, CoTestCancel, GetCurrentThreadId } =
    backend.entryPoints
  expect(GetCurrentThreadId).toBe('kernel32')
  const family = new Set([CoSetCancelObject, CoGetCancelObject, CoCancelCall, CoTestCancel])
  expect([...family]).toEqual([underWine ? 'stand-in' : 'ole32'])
})

test('it can count the handles of the process', () => {
  expect(diagnostics().handles).toBeGreaterThan(0)
})

test('C7 C10 the demo runs: a blocked call is canceled, and the next call gets its own result', async () => {
  const { stdout, code } = await runProgram(import.meta.dirname, '../../../dist/cli/main.js', ['demo'])
  expect(code).toBe(0)
  expect(stdout).toContain('com-cancel demo: the native addon on')
  expect(stdout).toContain('call 1 returned RPC_E_CALL_CANCELED (0x80010002)')
  expect(stdout).toContain('call 2 returned S_OK (0x00000000): its own result')
  expect(stdout).toContain(
    'call 3 returned RPC_E_CALL_CANCELED (0x80010002); the promise rejects: AbortError',
  )
  expect(stdout).toContain('the thread has ended')
})

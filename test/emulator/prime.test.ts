// The emulated Prime.Calculator: the example program, and that it has the members of the native one.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { ComThread } from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { expect, it } from 'vitest'
import type { BindingPointer, CallOutcome } from '../../binding'
import { registerPrime } from '../../examples/prime/class.mjs'
import { rejection } from '../support/errors'
import { SOON, until } from '../support/until'

const root = path.join(import.meta.dirname, '../..')

it('the example program cancels IsPrime, and the next call gets its own reply', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['examples/prime/main.mjs'], {
    encoding: 'utf8',
    cwd: root,
    env: { ...process.env, COM_CANCEL_BACKEND: 'emulator' },
    timeout: 120_000,
  })
  expect([stderr, status]).toEqual(['', 0])
  expect(stdout).toContain('IsPrime(97) is true')
  expect(stdout).toContain('IsPrime was canceled (signal); the server may still be working on it')
  expect(stdout).toContain('Number(42) is 42')
  expect(stdout).toContain('counted 3 calls: 2 finished, 1 canceled')
})

/** Member names that the native server has for tests of cached DISPIDs. The emulator caches none. */
const nativeOnly = ['Define', 'Undefine', 'LookUps', 'RefuseActivations', 'RefuseCalls', 'ThreadName']

it('has the members of the native one, with the same DISPIDs', async () => {
  const table = readFileSync(path.join(root, 'test/native/prime/members.cc'), 'utf8')
  const native = [...table.matchAll(/\{L"(\w+)",\s*(\w+),/g)]
    .map(([, name = '', dispid = '']) => [
      name,
      { DISPID_VALUE: 0, DISPID_NEWENUM: -4 }[dispid] ?? Number(dispid),
    ])
    .filter(([name]) => !nativeOnly.includes(String(name)))
  expect(native.length).toBeGreaterThan(30)
  const emulator = new Emulator()
  registerPrime(emulator)
  const { binding } = emulator
  const thread = binding.startThread(
    { apartment: 'mta', callCancellation: true, busyRetry: 0, grace: 100 },
    () => {},
  )
  const activation = { kind: 'create', name: 'Prime.Calculator', context: 4, server: null } as const
  const { value: made } = await new Promise<CallOutcome>(resolve => thread.activate(activation, resolve))
  const pointer = made?.type === 'dispatch' ? (made.value as BindingPointer) : null
  if (!pointer) throw new Error('no object')
  const emulated = await Promise.all(
    native.map(
      ([name]) =>
        new Promise(resolve =>
          thread.ask(pointer, { kind: 'look-up', member: String(name) }, ({ value }) =>
            resolve([name, value?.type === 'i4' ? value.value : undefined]),
          ),
        ),
    ),
  )
  expect(emulated).toEqual(native)
  await new Promise<void>(resolve => thread.close(resolve))
})

it.each([
  ['Prime.Calculator', 'mta'],
  ['Prime.Calculator.Sta', 'sta'],
] as const)('%s counts its calls, finished and canceled ones, in %s', async (progId, apartment) => {
  const emulator = new Emulator()
  const registration = registerPrime(emulator).find(each => each.progId === progId)
  await using thread = await ComThread.start({ binding: emulator.binding, grace: SOON })
  using calculator = await thread.createObject(progId)
  expect(await calculator.get('Apartment')).toBe(apartment)
  expect(await calculator.call('IsPrime', ['1000003'])).toBe(true)
  await calculator.call('Fail', [5]).catch(() => {})
  const controller = new AbortController()
  const { signal } = controller
  const calls = registration?.counts.calls ?? 0
  const canceled = rejection(calculator.call('IsPrime', [1_000_000_000_039], { signal }))
  // Before its method has begun, a canceled call does not reach the server (C11).
  await until('the method runs', () => registration?.counts.calls === calls + 1)
  controller.abort()
  expect(await canceled).toMatchObject({ name: 'AbortError', abandoned: false })
  await calculator.call('Number', [1, 20])
  expect([
    await calculator.get('Started'),
    await calculator.get('Finished'),
    await calculator.get('Canceled'),
  ]).toEqual([4, 3, 1])
})

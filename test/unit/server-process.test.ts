// The process of a server as the binding finds it: its properties, its errors, and its release.
import { type ComError, ComServerProcess, HResult } from 'com-cancel'
import { expect, it } from 'vitest'
import type { BindingServerProcess } from '../../binding'
import { thrown } from '../support/errors'
import { outcome, rejection, startWithObject } from '../support/fake-binding'
import { until } from '../support/until'

const processOf = (hresult: number) => {
  const done: string[] = []
  const process: BindingServerProcess = {
    pid: 4711,
    found: 'window',
    terminate: () => {
      done.push('terminate')
      return hresult
    },
    release: () => void done.push('release'),
  }
  return { process, done }
}

it('has an id, says how it was found, and is released by using', async () => {
  const { object, fake } = await startWithObject()
  const { process, done } = processOf(HResult.S_OK)
  fake.onServerProcess = () => outcome({ process })
  {
    using server = await object.serverProcess()
    expect(server).toBeInstanceOf(ComServerProcess)
    expect(server).toMatchObject({ id: 4711, found: 'window' })
    server?.terminate()
  }
  expect(done).toEqual(['terminate', 'release'])
})

it('throws the code with which the system refuses to end it', async () => {
  const { object, fake } = await startWithObject()
  const { process } = processOf(HResult.E_ACCESSDENIED)
  fake.onServerProcess = () => outcome({ process })
  const server = await object.serverProcess()
  const error = thrown(() => server?.terminate()) as ComError
  expect(error).toMatchObject({ code: 'E_ACCESSDENIED', function: 'ComServerProcess.terminate' })
  expect(error.message).toContain('elevated')
})

it('is undefined where it is not known, and rejects with the failure of a call to the server', async () => {
  const { object, fake } = await startWithObject()
  expect(await object.serverProcess()).toBeUndefined()
  fake.onServerProcess = () => outcome({ hresult: HResult.RPC_E_SERVER_DIED })
  expect(await rejection(object.serverProcess())).toMatchObject({ code: 'RPC_E_SERVER_DIED' })
})

it('is released when its caller no longer waits', async () => {
  const { object, fake } = await startWithObject()
  const { process, done } = processOf(HResult.S_OK)
  let find = (): void => {}
  fake.onServerProcess = () =>
    new Promise(resolve => {
      find = () => resolve(outcome({ process }))
    })
  const controller = new AbortController()
  const call = object.serverProcess({ signal: controller.signal })
  controller.abort()
  find()
  await rejection(call)
  await until('it is released', () => done.includes('release'))
  expect(done).toEqual(['release'])
})

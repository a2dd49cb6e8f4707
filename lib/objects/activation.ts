// Activation: objects from a class, from the running objects, and from a moniker.
import type { Activation, Apartment, CallOutcome, HRESULT } from '../../binding'
import { type CallLimits, type CallOptions, callOptions } from '../calls/call-limits'
import type { Caller } from '../calls/call-runner'
import { HeldPointer } from '../calls/held-pointer'
import type { HostProcess } from '../calls/host-process'
import { outcomeError } from '../errors/call-error'
import { ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import { adviceOnCall } from '../errors/hresult-advice'
import * as validate from '../errors/validate'
import { discardOutcome, pointerIn } from '../values/from-variant'
import type { ComHost, IsolationOptions } from './com-host'

export interface CreateOptions extends CallOptions {
  /**
   * Where the server runs: 'inproc' in this process, 'local' in another process of this machine, 'any' as the
   * class is registered. Default 'any'.
   */
  context?: 'inproc' | 'local' | 'any' | undefined
  /** The name of the machine on which to create the object (DCOM). */
  server?: string | undefined
  /**
   * Whether the server is to be the 32-bit or the 64-bit one, for a class that has both. Default: as COM
   * chooses.
   */
  bitness?: 32 | 64 | undefined
  /** Whether the server is started with the identity that the calling thread has, if it impersonates a user. */
  cloaking?: boolean | undefined
  /**
   * Whether a class that is registered to run as its activator may do so. Default: as the process is set
   * (initializeSecurity).
   */
  activateAsActivator?: boolean | undefined
  /** The host process in which the object of an in-process class is made. */
  host?: ComHost | undefined
  /**
   * Makes the object of an in-process class in a host process that ends with the thread's last object in it (H8).
   * Objects of the thread with the same settings share the process. false: not so, on a thread that isolates.
   */
  isolated?: boolean | IsolationOptions | undefined
  /**
   * The apartment of the object in its host process, for a class that allows both. Default: as the class is registered
   * (H2).
   */
  apartment?: Apartment | undefined
}

export interface GetObjectOptions extends CallOptions {
  /** Where the server runs, as in CreateOptions. A moniker that elevates needs 'local'. */
  context?: 'inproc' | 'local' | 'any' | undefined
  /**
   * The handle of the window (HWND) that owns the dialogs of the activation, such as the one that asks for
   * elevation: a number, a bigint, or what Electron's `getNativeWindowHandle()` returns.
   */
  window?: number | bigint | Uint8Array | undefined
}

export const createOptions: validate.Keys<CreateOptions> = {
  ...callOptions,
  context: true,
  server: true,
  bitness: true,
  cloaking: true,
  activateAsActivator: true,
  host: true,
  isolated: true,
  apartment: true,
}

export const getObjectOptions: validate.Keys<GetObjectOptions> = {
  ...callOptions,
  context: true,
  window: true,
}

const CLSCTX = { inproc: 1, local: 4, remote: 16 } as const
const ANYWHERE = CLSCTX.inproc | CLSCTX.local | CLSCTX.remote

const CLSCTX_DISABLE_AAA = 0x8000
const CLSCTX_ENABLE_AAA = 0x10000
const CLSCTX_ACTIVATE_32_BIT_SERVER = 0x40000
const CLSCTX_ACTIVATE_64_BIT_SERVER = 0x80000
const CLSCTX_ENABLE_CLOAKING = 0x100000

const bareGuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** A ProgID, or a CLSID in braces, as COM requires. */
export const className = (where: string, value: unknown): string => {
  const name = validate.name(where, 'progIdOrClsid', value)
  return bareGuid.test(name) ? `{${name}}` : name
}

export const contextOf = (where: string, context: unknown) =>
  validate.oneOf(where, 'options.context', context, ['inproc', 'local', 'any'] as const)

/** The CLSCTX_ flags of the options. */
const contextFlags = (where: string, options: Partial<CreateOptions>): number => {
  const { bitness, cloaking = false, activateAsActivator } = options
  let flags = 0
  if (bitness !== undefined) {
    if (typeof bitness !== 'number') throw validate.wrongType(where, 'options.bitness', '32 or 64', bitness)
    if (bitness !== 32 && bitness !== 64)
      throw new RangeError(`${where}: options.bitness must be 32 or 64, got ${bitness}`)
    flags |= bitness === 32 ? CLSCTX_ACTIVATE_32_BIT_SERVER : CLSCTX_ACTIVATE_64_BIT_SERVER
  }
  if (validate.boolean(where, 'options.cloaking', cloaking)) flags |= CLSCTX_ENABLE_CLOAKING
  if (activateAsActivator === undefined) return flags
  const allowed = validate.boolean(where, 'options.activateAsActivator', activateAsActivator)
  return flags | (allowed ? CLSCTX_ENABLE_AAA : CLSCTX_DISABLE_AAA)
}

export const createActivation = (
  where: string,
  progIdOrClsid: unknown,
  options: Partial<CreateOptions>,
): Activation => {
  const { context = 'any', server } = options
  const name = className(where, progIdOrClsid)
  const checked = contextOf(where, context)
  const flags = contextFlags(where, options)
  if (server === undefined) {
    const place = checked === 'any' ? ANYWHERE : CLSCTX[checked]
    return { kind: 'create', name, context: place | flags, server: null }
  }
  const machine = validate.name(where, 'options.server', server)
  if (checked !== 'any')
    throw new RangeError(`${where}: options.context must be 'any' with a server, got '${checked}'`)
  // The name may be that of this machine.
  return { kind: 'create', name, context: CLSCTX.local | CLSCTX.remote | flags, server: machine }
}

export const activeActivation = (where: string, progIdOrClsid: unknown): Activation => ({
  kind: 'active',
  name: className(where, progIdOrClsid),
})

const LARGEST_HANDLE = 0xffff_ffff_ffff_ffffn

/** A window handle; its bytes in memory where it is a Uint8Array. */
const windowOf = (where: string, window: unknown): bigint => {
  const expected = 'a window handle (a number, a bigint, or the 4 or 8 bytes of one)'
  if (window instanceof Uint8Array) {
    if (window.length !== 4 && window.length !== 8)
      throw new RangeError(`${where}: options.window must be ${expected}, got ${window.length} bytes`)
    return window.reduceRight((handle, byte) => (handle << 8n) | BigInt(byte), 0n)
  }
  if (typeof window !== 'number' && typeof window !== 'bigint')
    throw validate.wrongType(where, 'options.window', expected, window)
  const fits =
    typeof window === 'bigint'
      ? window >= 0n && window <= LARGEST_HANDLE
      : Number.isSafeInteger(window) && window >= 0
  if (!fits)
    throw new RangeError(`${where}: options.window must be ${expected}, got ${validate.describe(window)}`)
  return BigInt(window)
}

export const monikerActivation = (
  where: string,
  moniker: unknown,
  { context, window }: Partial<GetObjectOptions> = {},
): Activation => {
  const name = validate.name(where, 'moniker', moniker)
  if (context === undefined && window === undefined) return { kind: 'moniker', name, bind: null }
  const place = contextOf(where, context ?? 'any')
  const bind = {
    context: place === 'any' ? ANYWHERE : CLSCTX[place],
    window: window === undefined ? 0n : windowOf(where, window),
  }
  return { kind: 'moniker', name, bind }
}

export const libraryActivation = (where: string, path: unknown): Activation => ({
  kind: 'type-library',
  name: validate.name(where, 'path', path),
})

const activated = ({ value }: CallOutcome) => (value ? pointerIn(value) : undefined)

/** A success without an object is a cancel (C13). */
const activationResult = (outcome: CallOutcome): number =>
  failed(outcome.hresult) || activated(outcome) ? outcome.hresult : HResult.RPC_E_CALL_CANCELED

/** Activates an object from a thread. `hintOn`: advice for a failure, instead of that for its code. */
export const activate = async (
  caller: Caller,
  where: string,
  activation: Activation,
  limits: CallLimits,
  host?: HostProcess,
  hintOn = (hresult: HRESULT): string | undefined => host?.adviceOn(hresult, 'its host is'),
): Promise<HeldPointer> => {
  const outcome = await caller.run<CallOutcome>({
    where,
    limits,
    host,
    queue: (done, options) => caller.thread.activate(activation, done, options),
    hresultOf: activationResult,
    discard: discardOutcome,
  })
  const about = JSON.stringify(activation.name)
  if (failed(outcome.hresult)) throw outcomeError(where, outcome, { about, hint: hintOn(outcome.hresult) })
  const object = activated(outcome)
  if (object) {
    const held = new HeldPointer(object.pointer, caller, object.type, host)
    held.name = activation.name
    return held
  }
  const hresult = HResult.RPC_E_CALL_CANCELED
  throw new ComError(hresult, where, `${about}: ${adviceOnCall(hresult)}`)
}

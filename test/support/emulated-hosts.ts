// Host processes and jobs of an emulator's binding, with promises in place of callbacks.
import type {
  Activation,
  Architecture,
  Binding,
  BindingHost,
  BindingPointer,
  BindingThread,
  CallOutcome,
  Cancellation,
  HostEnd,
  HostStart,
  JobId,
  JobOptions,
} from '../../binding'

/** A start of a host process. `ended` is undefined until the process has ended. */
export interface StartedHost extends HostStart {
  ended: HostEnd | undefined
  readonly end: Promise<HostEnd>
}

export const tryHost = (binding: Binding, architecture: Architecture = 'x64'): Promise<StartedHost> =>
  new Promise(resolve => {
    let started: StartedHost | undefined
    let ended: (end: HostEnd) => void
    const end = new Promise<HostEnd>(resolve => {
      ended = resolve
    })
    binding.startHost(
      architecture,
      start => {
        started = { ...start, ended: undefined, end }
        resolve(started)
      },
      how => {
        if (!started) throw new Error('a host process has ended before it was started')
        if (started.ended) throw new Error('a host process has ended twice')
        started.ended = how
        ended(how)
      },
    )
  })

export const startHost = async (
  binding: Binding,
  architecture?: Architecture,
): Promise<StartedHost & { host: BindingHost }> => {
  const started = await tryHost(binding, architecture)
  const { host, detail } = started
  if (!host) throw new Error(detail)
  return Object.assign(started, { host })
}

/** A job, and its outcome once it has ended. */
export interface AskedJob {
  job: JobId
  outcome: CallOutcome | undefined
  cancellation: Cancellation | undefined
  overdue: Cancellation | undefined
  readonly ended: Promise<CallOutcome>
}

const jobOf = (
  queue: (
    done: (outcome: CallOutcome, cancellation?: Cancellation) => void,
    overdue: (cancellation: Cancellation) => void,
  ) => JobId,
): AskedJob => {
  let resolve: (outcome: CallOutcome) => void
  const ended = new Promise<CallOutcome>(fulfil => {
    resolve = fulfil
  })
  const asked: AskedJob = { job: 0, outcome: undefined, cancellation: undefined, overdue: undefined, ended }
  asked.job = queue(
    (outcome, cancellation) => {
      asked.outcome = outcome
      asked.cancellation = cancellation
      resolve(outcome)
    },
    cancellation => {
      asked.overdue = cancellation
    },
  )
  return asked
}

export const activate = (thread: BindingThread, activation: Activation, limits?: JobOptions): AskedJob =>
  jobOf((done, overdue) => thread.activate(activation, done, { overdue, ...limits }))

export const call = (
  thread: BindingThread,
  object: BindingPointer,
  member: string,
  args: readonly (number | string)[] = [],
  limits?: JobOptions,
): AskedJob => {
  const values = args.map(value =>
    typeof value === 'number' ? { type: 'r8' as const, value } : { type: 'bstr' as const, value },
  )
  return jobOf((done, overdue) =>
    thread.ask(object, { kind: 'call', member, args: values, named: [] }, done, { overdue, ...limits }),
  )
}

/** The pointer in an outcome. */
export const pointerOf = ({ hresult, value }: CallOutcome): BindingPointer => {
  if (value?.type !== 'dispatch' || !value.value) throw new Error(`no object, hresult ${hresult}`)
  return value.value as BindingPointer
}

/** An object of a class in a host process. */
export const hosted = async (
  thread: BindingThread,
  host: BindingHost,
  name: string,
  apartment: 'sta' | 'mta' | null = null,
): Promise<BindingPointer> =>
  pointerOf(await activate(thread, { kind: 'hosted', name, host, apartment }).ended)

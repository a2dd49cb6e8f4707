// Apartments whose threads the emulator starts: those of servers, and those that COM starts in the client's process.
import type { System } from '../threads/system'
import { MultiThreadedApartment, SingleThreadedApartment } from './apartment'
import { type EmulatedApartment, ThreadStack } from './thread-stack'

/** The argument of CoInitializeEx: COINIT_APARTMENTTHREADED or COINIT_MULTITHREADED. */
export const coInitFor = (kind: EmulatedApartment['kind']): number => (kind === 'sta' ? 2 : 0)

const startThread = (
  system: System,
  kind: EmulatedApartment['kind'],
  apartment: (stack: ThreadStack) => EmulatedApartment,
): ThreadStack => {
  const thread = system.threads.startForServer()
  thread.initialize(coInitFor(kind))
  return new ThreadStack({ system, thread, apartment })
}

export const startSingleThreaded = (system: System): SingleThreadedApartment => {
  const newApartment = (stack: ThreadStack) => new SingleThreadedApartment(stack)
  const { apartment } = startThread(system, 'sta', newApartment)
  const singleThreaded = apartment as SingleThreadedApartment
  singleThreaded.open()
  return singleThreaded
}

/** Starts its threads when calls need them, and ends those that it no longer needs. */
export const startMultiThreaded = (system: System): MultiThreadedApartment =>
  new MultiThreadedApartment(
    apartment => startThread(system, 'mta', () => apartment),
    ({ thread }) => system.threads.end(thread),
  )

// Passes an object to another thread, which gets its own reference, with either binding.
import { backend, type ComImplementation, ComObject, type ComThread } from 'com-cancel'
import { type EmulatedCall, Emulator, type RemoteObject } from 'com-cancel/emulator'
import { own } from './com'

/** A class of Windows and of Wine that keeps objects; registered with the emulator on first use. */
const PROG_ID = 'Scripting.Dictionary'
type Kept = Map<unknown, RemoteObject>

let registered = backend.kind !== 'emulator'

const register = (): void => {
  if (registered) return
  registered = true
  Emulator.shared.registerClass({
    progId: PROG_ID,
    server: 'inproc',
    create: (): Kept => new Map(),
    methods: {
      Add(this: Kept, _call: EmulatedCall, key: unknown, item: unknown) {
        this.set(key, (item as RemoteObject).keep())
      },
      Item(this: Kept, _call: EmulatedCall, key: unknown) {
        return this.get(key)
      },
      RemoveAll(this: Kept) {
        for (const item of this.values()) item.release()
        this.clear()
      },
    },
  })
}

/** The reference of `thread` to an object of another thread. Released when the test is over. */
export const passTo = async (
  thread: ComThread,
  object: ComObject | ComImplementation,
): Promise<ComObject> => {
  register()
  const dictionary = own(await thread.createObject(PROG_ID))
  await dictionary.call('Add', ['passed', object])
  const passed = await dictionary.call('Item', ['passed'])
  await dictionary.call('RemoveAll')
  if (!(passed instanceof ComObject)) throw new Error('the dictionary did not return the object')
  // Under Wine, the release of a pointer to a thread that ends at this moment may hang.
  const release = async () => {
    passed[Symbol.dispose]()
    if (thread.state !== 'disposed') await thread.wait(0)
  }
  own({ [Symbol.asyncDispose]: release })
  return passed
}

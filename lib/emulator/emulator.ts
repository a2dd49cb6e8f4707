// (being written) The emulated COM.
import type { Binding } from '../../binding'

export class Emulator {
  static readonly shared = new Emulator()
  get binding(): Binding {
    throw new Error('emulator is being written')
  }
}

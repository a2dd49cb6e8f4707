// Classes and monikers that other worker threads have registered, as the registry of this one asks for them.
import type { Activation } from '../../../binding'
import type { EmulatedApartment } from '../apartments/apartment'
import type { Request } from '../calls/served-call'

export interface ForeignClasses {
  /**
   * Other workers find what this one registers by the name, in lower case. Returns how to take it back. Throws
   * RangeError for a name that another has registered, and where there is no room for it.
   */
  publish(where: string, kind: 'class' | 'moniker', name: string): () => void
  /** What to ask for where another worker has registered the class, by ProgID or CLSID. */
  class(name: string): ForeignClass | undefined
  /** The same for a display name. `prefix`: how much of it was registered. */
  moniker(displayName: string): (ForeignClass & { prefix: number }) | undefined
}

export interface ForeignClass {
  request(activation: Activation, client: EmulatedApartment): Request
}

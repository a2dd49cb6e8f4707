// A server: the place its objects live in, and the objects it exports.
import type { Place } from '../apartments/host'
import type { Target } from '../calls/target'
import type { System } from '../threads/system'
import type { OwnObject } from './own-object'
import type { Exporter } from './server-values'

export interface Server extends Place {
  readonly system: System
  /** Its ProgID, the source of its errors. */
  readonly name: string
  readonly exporter: Exporter
  /** The server's own object behind a COM object; null for an object of another server or a client. */
  ownObject(target: Target): OwnObject | null
}

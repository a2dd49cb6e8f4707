// An object of the server's own, as its methods get it: an EmulatedObject.

export interface OwnObject {
  /** What its methods have as `this`. */
  readonly state: object
  /** The number of references that COM holds on it; 0 when no client has a pointer to it. For diagnosis only. */
  readonly references: number
  /** The number of handlers that are connected to its events. */
  readonly connections: number
  /**
   * Fires an event at all connected handlers, inside a call or outside. Resolves to the number of handlers that
   * returned without failing. Rejects with RangeError for an event that is not registered, with TypeError or
   * RangeError for arguments that can't be passed.
   */
  fire(name: string, ...args: readonly unknown[]): Promise<number>
}

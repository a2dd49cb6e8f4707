// The binding that functions and classes use when the program passes none.
import type { Binding } from '../../binding'

let chosen: Binding | undefined

/** Sets the default binding. lib/index.ts calls it once, before anything else. */
export const useByDefault = (binding: Binding): void => {
  chosen = binding
}

export const defaultBinding = (): Binding => {
  if (chosen) return chosen
  throw new Error('com-cancel: a binding must be passed, because the package itself was not loaded')
}

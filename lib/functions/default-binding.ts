// The binding of this process, where whoever uses the library names no other.
import type { Binding } from '../../binding'

let chosen: Binding | undefined

/** Called once, before anything else: by the package's entry. */
export const useByDefault = (binding: Binding): void => {
  chosen = binding
}

export const defaultBinding = (): Binding => {
  if (chosen) return chosen
  throw new Error('com-cancel: a binding has to be named where the package itself was not loaded')
}

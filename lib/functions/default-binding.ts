// The binding that functions and classes use when the program passes none.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Binding } from '../../binding'

let chosen: Binding | undefined

/**
 * The binding of an async context. Made at the first use: an AsyncLocalStorage in use slows down every promise of the
 * process.
 */
let context: AsyncLocalStorage<Binding> | undefined

/** Sets the default binding. lib/index.ts calls it once, before anything else. */
export const useByDefault = (binding: Binding): void => {
  chosen = binding
}

/** The binding of the async context, or the one that the package has loaded. */
export const defaultBinding = (): Binding => {
  const binding = context?.getStore() ?? chosen
  if (binding) return binding
  throw new Error('com-cancel: a binding must be passed, because the package itself was not loaded')
}

/** Whether the default binding can be another one than the package has loaded. */
export const usesContext = (): boolean => context !== undefined

/** Runs a function for which a binding is the default: synchronously, and in all that it starts. */
export const withDefaultBinding = <T>(binding: Binding, run: () => T): T => {
  context ??= new AsyncLocalStorage()
  return context.run(binding, run)
}

/** A function that runs with the default binding of this moment, wherever it is called from. */
export const keepDefaultBinding = <Args extends unknown[], T>(
  run: (...args: Args) => T,
): ((...args: Args) => T) => {
  const binding = context?.getStore()
  return binding ? (...args) => withDefaultBinding(binding, () => run(...args)) : run
}

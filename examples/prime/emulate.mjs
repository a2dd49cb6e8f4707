// The module that `com-cancel call Prime.Calculator IsPrime 97 --emulate examples/prime/emulate.mjs` uses: registers the
// emulated classes.
import { registerPrime } from './class.mjs'

// biome-ignore lint/style/noDefaultExport: the command takes the default export.
export default registerPrime

// The public face of the emulator: `com-cancel/emulator`.
export { type EmulatedThread, Emulator } from './emulator'

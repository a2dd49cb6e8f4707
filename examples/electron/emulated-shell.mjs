// WScript.Shell for systems without COM, with the two members that the program uses.
import { Emulator } from 'com-cancel/emulator'

export const registerShell = () =>
  Emulator.shared.registerClass({
    progId: 'WScript.Shell',
    // The real one is single-threaded, and its dialog dispatches messages, so that it serves calls while the dialog is open.
    threading: 'mta',
    methods: {
      // Nobody answers this dialog, and it does not check whether the call was canceled.
      async Popup(call, _text, seconds) {
        await call.delay(seconds * 1000)
        return -1
      },
      RegRead(_call, name) {
        const message = `Invalid root in registry key "${name}".`
        throw Object.assign(new Error(message), { hresult: 0x80070002, source: 'WshShell.RegRead' })
      },
    },
  })

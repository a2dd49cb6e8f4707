// Blocks this thread in an add-on of one's own, and lets comTimeout bring it back. Windows (or Wine) only.
//
//   node main.mjs path/to/addon.node
//
// addon.cc includes com_cancel.h, whose folder is `require('com-cancel').include`. A binding.gyp finds it with
//
//   "include_dirs": ["<!(node -p \"require('com-cancel').include\")"]
import { createRequire } from 'node:module'
import { coInitializeEx, comTimeout, coUninitialize } from 'com-cancel'

const addon = createRequire(import.meta.url)(process.argv[2] ?? './addon.node')

coInitializeEx('mta')
comTimeout(100, timeout => {
  console.log(`slept for 10 ms: ${addon.sleep(10)}`)
  console.log(`slept for a minute: ${addon.sleep(60_000)}`)
  console.log(`calls that were canceled: ${timeout.canceled}`)
})
coUninitialize()

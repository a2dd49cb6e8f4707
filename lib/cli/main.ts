#!/usr/bin/env node
// The command: `com-cancel demo`, `com-cancel info`.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { demo } from './demo'
import { info } from './info'

const usage = `Usage: com-cancel <command>

  demo   a blocked COM call is given up from another thread, step by step
  info   which binding runs here, on what host, and what it can and can't do

Options:
  --help, --version

The environment variable COM_CANCEL_BACKEND (native or emulator) forces a binding.`

const version = (): string => {
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8'),
  )
  return manifest.version
}

const commands: Record<string, () => Promise<void> | void> = { demo, info }

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean' }, version: { type: 'boolean' } },
  })
  if (values.version) return console.log(version())
  if (values.help) return console.log(usage)
  const [name, ...rest] = positionals
  const command = name === undefined ? undefined : commands[name]
  if (!command || rest.length > 0)
    throw new RangeError(`unknown command: ${positionals.join(' ') || '(none)'}`)
  await command()
}

main().catch((error: unknown) => {
  const usageError = error instanceof RangeError || error instanceof TypeError
  console.error(usageError ? `com-cancel: ${error.message}\n\n${usage}` : error)
  process.exitCode = usageError ? 2 : 1
})

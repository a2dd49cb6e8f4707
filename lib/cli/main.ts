#!/usr/bin/env node
// The command line program: `com-cancel demo`, `com-cancel info`.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { demo } from './demo'
import { info } from './info'

const usage = `Usage: com-cancel <command>

  demo   cancels a blocked COM call from another thread, step by step
  info   the binding in use, its host and its capabilities

Options of demo:
  --svg <file>     writes the events as a picture: threads as lanes, calls as bars
  --trace <file>   the same as a Chrome trace, which Perfetto (ui.perfetto.dev) opens

Options:
  --help, --version

The environment variable COM_CANCEL_BACKEND (native or emulator) forces a binding.`

const version = (): string => {
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8'),
  )
  return manifest.version
}

type Options = { svg?: string | undefined; trace?: string | undefined }

const commands: Record<string, (options: Options) => Promise<void> | void> = { demo, info: () => info() }

/** The options of `demo`, checked. */
const checked = (command: string, options: Options): Options => {
  for (const [name, file] of Object.entries(options)) {
    if (command !== 'demo') throw new RangeError(`--${name} is an option of demo only`)
    if (file === '') throw new RangeError(`--${name} must be followed by the name of a file`)
  }
  return options
}

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      version: { type: 'boolean' },
      svg: { type: 'string' },
      trace: { type: 'string' },
    },
  })
  const { help, version: showVersion, ...options } = values
  if (showVersion) return console.log(version())
  if (help) return console.log(usage)
  const [name, ...rest] = positionals
  const command = name === undefined ? undefined : commands[name]
  if (!command || name === undefined || rest.length > 0)
    throw new RangeError(`unknown command: ${positionals.join(' ') || '(none)'}`)
  await command(checked(name, options))
}

main().catch((error: unknown) => {
  const usageError = error instanceof RangeError || error instanceof TypeError
  console.error(usageError ? `com-cancel: ${error.message}\n\n${usage}` : error)
  process.exitCode = usageError ? 2 : 1
})

#!/usr/bin/env node
// The command line program `com-cancel`.
import { fail } from './exits'
import { runCommand } from './program'

// The reader of a pipe, such as `head`, may end first.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') fail(error)
  process.exit()
})
process.on('uncaughtException', error => {
  fail(error)
  process.exit()
})

void runCommand(process.argv.slice(2))

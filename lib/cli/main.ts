#!/usr/bin/env node
// The command line program `com-cancel`.
import { runCommand } from './program'

void runCommand(process.argv.slice(2))

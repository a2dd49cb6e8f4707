// The commands of `com-cancel` and their options. A command's module is loaded when it runs.
import { Command } from 'commander'
import { exitCodes, fail } from './exits'
import { count, duration, file, jsonOption, objectOptions } from './options'
import { version } from './version'

const collect = (value: string, before: string[]): string[] => [...before, value]

/** The name, the help and the exit codes. */
const root = (): Command =>
  new Command('com-cancel')
    .description('COM calls that can be canceled: try them, look at servers, and find out what is wrong')
    .version(version(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ subcommandTerm: command => command.name() })
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'com-cancel: ')),
    })
    .showHelpAfterError('(com-cancel help [command] lists the commands and options)')
    .addHelpText(
      'after',
      `
Exit codes:
  ${exitCodes.ok}    done
  ${exitCodes.failed}    COM, a server, a file or a check failed
  ${exitCodes.usage}    the command line is wrong
  ${exitCodes.timedOut}  a call was canceled at its timeout
  ${exitCodes.canceled}  Ctrl-C canceled it

Environment:
  COM_CANCEL_BACKEND  native or emulator: forces a binding
  NO_COLOR            no colors`,
    )

const addCommands = (program: Command): void => {
  program
    .command('demo')
    .description('cancel a blocked call from another thread, step by step')
    .option('--svg <file>', 'write the events as a picture: threads as lanes, calls as bars', file)
    .option('--trace <file>', 'write them as a Chrome trace, which Perfetto (ui.perfetto.dev) opens', file)
    .action(options => (require('./demo') as typeof import('./demo')).demo(options))

  jsonOption(program.command('doctor'))
    .description('show what runs here and why, test it, and say what to do about each problem')
    .action(options => (require('./doctor') as typeof import('./doctor')).doctor(options))

  jsonOption(objectOptions(program.command('call')), 'print the result as JSON')
    .description('call a member of a new object, and print the result')
    .argument('<ProgID>', 'the class: a ProgID or a CLSID')
    .argument('<member>', 'its name, or a path of properties: Workbooks.Count')
    .argument('[arguments...]', 'JSON or texts; with a type: cy:12.50, date:2026-01-31; - is omitted')
    .option('--get', 'get a property only; default: call a method or get a property')
    .option('--set', 'set a property to the last argument')
    .option('--set-reference', 'set a property to the last argument by reference')
    .option('--named <name=value>', 'a named argument; can be repeated', collect, [])
    .addHelpText(
      'after',
      `
Ctrl-C cancels the call.

Examples:
  com-cancel call Excel.Application Version
  com-cancel call Excel.Application Evaluate "2+3" --timeout 5s --json
  com-cancel call Excel.Application Visible true --set --active`,
    )
    .action((progId, member, args, options) =>
      (require('./call') as typeof import('./call')).call(progId, member, args, options),
    )

  jsonOption(objectOptions(program.command('describe')))
    .description('list the members, events and enumerations of a new object')
    .argument('<ProgID>', 'the class: a ProgID or a CLSID')
    .option('--all', 'also members that are hidden or restricted')
    .action((progId, options) =>
      (require('./describe') as typeof import('./describe')).describe(progId, options),
    )

  objectOptions(program.command('types'))
    .description('make TypeScript declarations of a class and its library, for dynamic() and createObject')
    .argument('<ProgID | type library>', 'a class, or a file: excel.tlb, server.dll')
    .option('-o, --output <file>', 'the file to write, such as excel.d.ts; default: standard output', file)
    .action((progId, options) => (require('./types') as typeof import('./types')).types(progId, options))

  jsonOption(objectOptions(program.command('watch')), 'print each event as a line of JSON')
    .description('print the events of an object as lines, until Ctrl-C')
    .argument('<ProgID>', 'the class: a ProgID or a CLSID')
    .argument('[events...]', 'the names of events; default: all')
    .option('--count <number>', 'end after so many events', count)
    .option('--for <time>', 'end after a time: 500ms, 5s, 2m', duration)
    .option('--call <call>', 'call a member when the events are connected: "Start 10"')
    .action((progId, events, options) =>
      (require('./watch') as typeof import('./watch')).watch(progId, events, options),
    )

  program
    .command('record')
    .description('run a Node.js program, and write what it did with COM: a log, pictures, a trace')
    .usage('[options] -- <program> [arguments...]')
    .argument('<program...>', 'the program and its arguments: -- node app.mjs')
    .option('-o, --output <path>', 'the files, without .log, .svg, .html and .trace.json', file, 'com-cancel')
    .option('--limit <number>', 'keep so many events; default: 100000', count)
    .passThroughOptions()
    .action((command, options) =>
      (require('./record') as typeof import('./record')).recordProgram(command, options),
    )
}

/** Runs the command that the arguments name. Prints errors and sets the exit code; never rejects. */
export const runCommand = async (args: readonly string[]): Promise<void> => {
  const program = root()
  addCommands(program)
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    fail(error)
  }
}

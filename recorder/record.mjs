// @ts-check
// Asks Windows every question about COM call cancellation that the contract or the documentation leaves to it, and writes
// a report. Runs on Windows, needs node.exe only, and changes nothing but the registration of the test server, which it
// undoes.
//
//   node record.mjs [--out folder] [--only id[,id…]] [--seconds limit] [--jobs n] [--remote HOST]
//
// --out: where report.md and report.json are written, default the current folder. --seconds: how long a question may take,
// default 60. --jobs: how many questions are asked at a time, default 1, which gives the truest times. --remote: another Windows machine, for the questions that need one; the program says when to cut it off.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ask } from './lib/ask.mjs'
import { countsOf, markdown, verdicts } from './lib/report.mjs'
import { questions, withoutCode } from './questions/index.mjs'

/** @import { Answer, Question } from './lib/question.mjs' */
/** @import { Report } from './lib/report.mjs' */

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: '.' },
    only: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    jobs: { type: 'string', default: '1' },
    remote: { type: 'string' },
  },
})
const seconds = Number(values.seconds)
if (!(seconds > 0)) throw new RangeError(`--seconds takes a number above 0, not ${values.seconds}.`)
const jobs = Number(values.jobs)
if (!Number.isInteger(jobs) || jobs < 1)
  throw new RangeError(`--jobs takes an integer above 0, not ${values.jobs}.`)
const only = values.only?.split(',')
const unknown = only?.filter(id => !questions.some(question => question.id === id)) ?? []
if (unknown.length > 0) throw new RangeError(`There is no question ${unknown.join(', ')}.`)

/** A program beside this one (packed), or in the build folder (a clone). @param {string} folder @param {string} file */
const program = (folder, file) => {
  const candidates = [`./bin/${file}`, `../build/${folder}/${file}`]
  return candidates.map(each => fileURLToPath(new URL(each, import.meta.url))).find(each => existsSync(each))
}

const probe = program('recorder', 'recorder_probe.exe')
if (!probe) throw new Error('recorder_probe.exe is neither in bin nor in the build folder.')
const registered = register()
try {
  const report = await record(probe)
  console.log(
    Object.entries(report.counts)
      .map(([verdict, count]) => `${verdict}: ${count}`)
      .join(', '),
  )
  console.log(`written: ${path.resolve(values.out, 'report.md')} and report.json`)
} finally {
  if (registered) spawnSync(registered, ['-unregister'], { stdio: 'ignore' })
}

/** @param {string} probeProgram @returns {Promise<Report>} */
async function record(probeProgram) {
  const began = new Date().toISOString()
  const start = performance.now()
  const names = await hresultNames()
  const version = packageVersion()
  const asked = questions.filter(({ id }) => !only || only.includes(id))
  /** @type {Map<Question, Answer>} */
  const found = new Map()

  // Written after each answer: a question that brings the machine down costs no other.
  const save = () => {
    const answers = asked.flatMap(question => found.get(question) ?? [])
    if (!only) answers.push(...withoutCode())
    const ms = Math.round(performance.now() - start)
    /** @type {Report} */
    const report = {
      format: 1,
      package: version,
      began,
      ms,
      host: hostOf(answers),
      counts: countsOf(answers),
      answers,
    }
    mkdirSync(values.out, { recursive: true })
    writeFileSync(path.join(values.out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`)
    writeFileSync(path.join(values.out, 'report.md'), markdown(report))
    return report
  }

  /** @param {Question} question */
  const askOne = async question => {
    const remote = question.id === 'remote'
    const answer = await ask(question, {
      probe: probeProgram,
      names,
      // The one who runs this has two minutes to cut the machine off.
      seconds: remote ? Math.max(seconds, 240) : seconds,
      ...(remote && values.remote !== undefined ? { argument: values.remote } : {}),
    })
    const reason = answer.reason ? ` (${answer.reason.split('\n')[0]})` : ''
    console.log(`${verdicts[answer.verdict].padEnd(36)} ${question.id}${reason}`)
    found.set(question, answer)
    save()
  }

  const together = asked.filter(({ alone }) => !alone)
  const worker = async () => {
    for (let next = together.shift(); next; next = together.shift()) await askOne(next)
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  for (const question of asked) if (question.alone) await askOne(question)
  return save()
}

/** Registers the test server that is beside this program. Returns its path, or undefined when there is none. */
function register() {
  const server = fileURLToPath(new URL('./bin/prime_server.exe', import.meta.url))
  if (!existsSync(server)) return undefined
  const { status } = spawnSync(server, ['-register'], { stdio: 'ignore' })
  if (status !== 0)
    console.log(`prime_server.exe -register ended with ${status}; questions that need it are not asked`)
  return server
}

/** @param {Answer[]} answers @returns {Record<string, string>} */
function hostOf(answers) {
  const binding = answers.find(({ id }) => id === 'binding')?.seen ?? []
  return {
    system: `${os.version()} ${os.release()} ${os.machine()}`,
    node: `${process.version} ${process.arch}`,
    processors: `${os.availableParallelism()}`,
    COM: binding.find(({ key }) => key === 'host')?.value ?? 'unknown',
  }
}

/** The names of HRESULTs, from the package without its addon, which may fail to load. */
async function hresultNames() {
  process.env.COM_CANCEL_BACKEND = 'emulator'
  const { HResult } = await import('com-cancel')
  /** @type {Map<number, string>} */
  const names = new Map()
  for (const [name, code] of Object.entries(HResult)) if (!names.has(code)) names.set(code, name)
  return names
}

function packageVersion() {
  const file = fileURLToPath(import.meta.resolve('com-cancel/package.json'))
  return JSON.parse(readFileSync(file, 'utf8')).version
}

// @ts-check
// The order of the rooms of native/, and a check of every #include against it; checks of how Node-API is used.

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/**
 * Which rooms a file may include, besides its own: lower ones only. addon.cc, in no room, may include every room.
 * @type {Record<string, string[]>}
 */
export const mayInclude = {
  host: [],
  standin: ['host'],
  hosting: ['host'],
  hostexe: ['host', 'standin', 'hosting'],
  threads: ['host', 'hosting'],
  automation: ['host', 'hosting', 'threads'],
  node: ['host', 'hosting', 'threads', 'automation'],
}

/** Only these may include Node-API. */
const nodeApi = { headers: /^(napi|node_api|js_native_api)/, room: 'node', file: 'addon.cc' }

/**
 * One line for each #include that breaks a rule, and for each circle of headers.
 * @param {string} folder the path of native/
 * @returns {string[]}
 */
export function checkNativeRooms(folder) {
  /** @type {Map<string, string[]>} */
  const includes = new Map()
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(cc|h)$/.test(name)) continue
    const lines = readFileSync(path.join(folder, name), 'utf8').matchAll(
      /^\s*#\s*include\s*[<"]([^>"]+)[>"]/gm,
    )
    includes.set(
      name.replaceAll('\\', '/'),
      [...lines].map(([, included = '']) => included),
    )
  }

  const failures = []
  for (const file of includes.keys()) {
    // It passes a double, also for integers: for those node/integer.h has IntegerTo.
    if (readFileSync(path.join(folder, file), 'utf8').includes('Napi::Number::New('))
      failures.push(`native/${file}: uses Napi::Number::New; for integers use IntegerTo`)
  }
  for (const [file, included] of includes) {
    const room = roomOf(file)
    if (room === undefined ? file !== nodeApi.file : !mayInclude[room]) {
      failures.push(`native/${file}: is in no room; the rooms are ${Object.keys(mayInclude).join(', ')}`)
      continue
    }
    for (const header of included) {
      if (nodeApi.headers.test(header)) {
        if (room !== nodeApi.room && file !== nodeApi.file)
          failures.push(
            `native/${file}: includes ${header}, but only node/ and addon.cc may include Node-API`,
          )
      } else if (!includes.has(header)) {
        // A header of the system or of a library.
        if (header.startsWith('.'))
          failures.push(`native/${file}: includes ${header}; write the path from native/`)
      } else {
        const other = roomOf(header)
        if (room !== undefined && other !== room && !mayInclude[room]?.includes(other ?? ''))
          failures.push(
            `native/${file}: includes ${header}, but ${room}/ may include only ${[room, ...(mayInclude[room] ?? [])].map(name => `${name}/`).join(', ')}`,
          )
      }
    }
  }
  return [...failures, ...circles(includes)]
}

/** @param {string} file */
const roomOf = file => (file.includes('/') ? file.split('/')[0] : undefined)

/** @param {Map<string, string[]>} includes */
function circles(includes) {
  /** @type {string[]} */
  const found = []
  /** @type {Set<string>} */
  const finished = new Set()
  /** @param {string} file @param {string[]} way */
  const visit = (file, way) => {
    if (way.includes(file)) {
      found.push(`native/: a circle of headers: ${[...way.slice(way.indexOf(file)), file].join(' -> ')}`)
      return
    }
    if (finished.has(file)) return
    for (const header of includes.get(file) ?? []) visit(header, [...way, file])
    finished.add(file)
  }
  for (const file of includes.keys()) visit(file, [])
  return found
}

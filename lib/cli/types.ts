// The command `types`: TypeScript declarations of a class and its library, or of a type library.
import { existsSync } from 'node:fs'
import type { ComDescription, ComLibraryDescription } from '../index'
import { type Declared, type DeclaredClass, declarationsOf } from './declarations'
import { type ObjectOptions, requireWritable, write } from './options'
import { api, prepare, untilInterrupted, withObject } from './session'
import { withSpinner } from './terminal'

export interface TypesOptions extends ObjectOptions {
  output?: string | undefined
}

/** `Excel.Application` of `Excel.Application.16`: the ProgID without its version. */
const versionless = (progId: string): string => progId.replace(/\.\d+$/, '')

const progIdsOf = (...progIds: readonly (string | null | undefined)[]): string[] => {
  const known = progIds.filter(
    (each): each is string => Boolean(each) && !/^\{|^[0-9a-f]{8}-/i.test(each ?? ''),
  )
  return [...new Set(known.flatMap(each => [each, versionless(each)]))]
}

/** The declarations of a library. `asked`: the ProgID of one of its classes, which may be registered under others. */
export const ofLibrary = (
  title: string,
  { name, classes, interfaces, enums }: ComLibraryDescription,
  asked?: { progId: string; interface: string },
): Declared => {
  const declared = classes.map((each): DeclaredClass => ({ ...each, progIds: progIdsOf(each.progId) }))
  const own = asked && declared.find(each => each.interface === asked.interface)
  if (own && asked) own.progIds = progIdsOf(asked.progId, ...own.progIds)
  return { title, namespace: name, classes: declared, interfaces, enums, typed: true }
}

/** The declarations of one object, where its library is not known. */
export const ofObject = (
  progId: string,
  { class: known, interface: own, events, enums }: ComDescription,
  typed: boolean,
): Declared => {
  const parts = versionless(progId).split('.')
  const className = known?.name || own.name.replace(/^_/, '') || (parts.at(-1) ?? progId)
  const described = own.name === '' ? { ...own, name: className } : own
  return {
    title: progId,
    namespace: progId.startsWith('{') ? className : (parts[0] ?? progId),
    classes: [
      {
        name: className,
        progIds: progIdsOf(progId, known?.progId),
        interface: described.name,
        events: events[0]?.name ?? null,
      },
    ],
    interfaces: [described, ...events],
    enums,
    typed,
  }
}

const isTypeLibrary = (name: string): boolean =>
  /\.(tlb|olb|dll|exe|ocx)(\\\d+)?$/i.test(name) || /[\\/]/.test(name) || existsSync(name)

const describeFile = async (path: string, { timeout, emulate }: TypesOptions): Promise<Declared> => {
  await prepare(emulate)
  return untilInterrupted(async signal => {
    const thread = await api().ComThread.start({ timeout })
    try {
      const library = await withSpinner(`describing ${path}`, thread.describeLibrary(path, { signal }))
      return ofLibrary(path, library)
    } finally {
      await thread.close()
    }
  })
}

const describeClass = async (progId: string, options: TypesOptions): Promise<Declared> => {
  await prepare(options.emulate)
  const { backend, ComError, HResult } = api()
  return withObject(progId, options, async ({ object, signal }) => {
    const description = await withSpinner(`describing ${progId}`, object.describe({ signal }))
    const own = description.interface
    try {
      const library = await withSpinner('describing its library', object.describeLibrary({ signal }))
      if (library.interfaces.some(({ iid }) => iid === own.iid))
        return ofLibrary(progId, library, { progId, interface: own.name })
    } catch (error) {
      if (!(error instanceof ComError) || error.hresult !== HResult.E_NOTIMPL) throw error
    }
    return ofObject(progId, description, backend.kind === 'native')
  })
}

export const types = async (name: string, options: TypesOptions): Promise<void> => {
  const { output } = options
  requireWritable('--output', output)
  const text = declarationsOf(await (isTypeLibrary(name) ? describeFile : describeClass)(name, options))
  if (output === undefined) process.stdout.write(text)
  else {
    write('--output', output, text)
    process.stderr.write(`the declarations of ${name} are in ${output}\n`)
  }
}

// COM components of the system.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import {
  backend,
  ComError,
  type ComObject,
  type ComResult,
  defaultMember,
  dynamic,
  type ServerCall,
} from 'com-cancel'
import { describe, expect, it, onTestFinished } from 'vitest'
import { leaveNothingBehind, own, startThread } from '../../support/com'
import { expectComError, rejection } from '../../support/errors'
import { objectIn, underWine } from './support'

leaveNothingBehind()

const temporaryFolder = (): string => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'com-cancel-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const listOf = async (collection: ComObject): Promise<ComResult[]> => {
  const items: ComResult[] = []
  for await (const item of collection) items.push(item)
  return items
}

const called = async (
  object: ComObject,
  member: string,
  ...args: Parameters<ComObject['call']>[1] & object
) => own(objectIn(await object.call(member, args)))

describe.each(['mta', 'sta'] as const)('on a thread of kind %s', apartment => {
  const create = async (progId: string): Promise<ComObject> => {
    const thread = await startThread({ apartment })
    return own(await thread.createObject(progId))
  }

  describe('Scripting.Dictionary', () => {
    it('keeps values by key, and enumerates its keys', async () => {
      const dictionary = await create('Scripting.Dictionary')
      await dictionary.set('CompareMode', 1)
      await dictionary.call('Add', ['two', 2])
      await dictionary.call('Add', ['Primé', 'p'])
      await dictionary.set('Item', [3, 5n], { args: ['list'] })
      await dictionary.set('Item', 'own key', { args: [7] })
      expect(await dictionary.get('Count')).toBe(4)
      expect(await dictionary.get('Item', ['TWO'])).toBe(2)
      expect(await dictionary.call(defaultMember, ['primé'])).toBe('p')
      expect(await dictionary.call('Exists', ['three'])).toBe(false)
      expect(await dictionary.call('Keys')).toEqual(['two', 'Primé', 'list', 7])
      expect(await dictionary.call('Items')).toEqual([2, 'p', [3, 5n], 'own key'])
      expect(await listOf(dictionary)).toEqual(['two', 'Primé', 'list', 7])
      await dictionary.set('Key', 'zwei', { args: ['two'] })
      await dictionary.call('Remove', [7])
      // Wine puts a key that was changed at the end.
      const keys = await listOf(dictionary)
      expect(underWine ? keys.sort() : keys).toEqual(
        underWine ? ['Primé', 'list', 'zwei'] : ['zwei', 'Primé', 'list'],
      )
    })

    it('keeps objects, and reports errors', async () => {
      const dictionary = await create('Scripting.Dictionary')
      const inner = own(await dictionary.thread.createObject('Scripting.Dictionary'))
      await inner.call('Add', ['deep', true])
      await dictionary.call('Add', ['inner', inner])
      expect(await dynamic(dictionary).Item('inner').Item('deep')).toBe(true)
      const error = await rejection(dictionary.call('Add', ['inner', 1]))
      expect(error).toMatchObject({ name: 'ComError', function: 'Add', code: '0x800A01C9' })
      expectComError(await rejection(dictionary.call('Subtract', [1])), 'DISP_E_UNKNOWNNAME', 'Subtract')
      await dictionary.call('RemoveAll')
    })
  })

  describe('Scripting.FileSystemObject', () => {
    it('writes and reads a file', async () => {
      const fso = await create('Scripting.FileSystemObject')
      const file = path.join(temporaryFolder(), 'primes.txt')
      const written = await called(fso, 'CreateTextFile', file, true, true)
      await written.call('WriteLine', ['2 3 5 素数'])
      await written.call('Write', ['7'])
      await written.call('Close')
      expect(readFileSync(file, 'utf16le')).toBe('\ufeff2 3 5 素数\r\n7')
      const read = await called(fso, 'OpenTextFile', file, 1, false, -1)
      expect(await read.call('ReadLine')).toBe('2 3 5 素数')
      expect(await read.get('AtEndOfStream')).toBe(false)
      expect(await read.call('ReadAll')).toBe('7')
      await read.call('Close')
      const found = await called(fso, 'GetFile', file)
      expect(await found.get('Size')).toBe(24)
      expect(await found.get('Name')).toBe('primes.txt')
    })

    it('looks through a folder', async () => {
      const fso = await create('Scripting.FileSystemObject')
      const folder = temporaryFolder()
      const names = Array.from({ length: 5 }, (_, i) => `${i}.txt`)
      for (const name of names) writeFileSync(path.join(folder, name), name)
      const found = await called(fso, 'GetFolder', folder)
      const files = own(objectIn(await found.get('Files')))
      expect(await files.get('Count')).toBe(5)
      const paths: ComResult[] = []
      for await (const file of files.items({ batch: 2 })) paths.push(await own(objectIn(file)).get('Path'))
      expect(paths.sort()).toEqual(names.map(name => path.join(folder, name)))
      const missing = path.join(folder, 'none.txt')
      expect(await fso.call('FileExists', [missing])).toBe(false)
      const error = await rejection(fso.call('GetFile', [missing]))
      expect(error).toBeInstanceOf(ComError)
      expect(error).toMatchObject({ function: 'GetFile', code: '0x800A0035' })
      expect(await fso.call('BuildPath', ['C:\\a', 'b'])).toBe('C:\\a\\b')
    })
  })

  // Windows has it for 32-bit programs only.
  describe.runIf(underWine)('MSScriptControl', () => {
    it('passes on the code of an error that a script raises, without a foreign name or advice', async () => {
      const control = await create('MSScriptControl.ScriptControl')
      await control.set('Language', 'VBScript')
      const raise = (error: string) => rejection(control.call('ExecuteStatement', [`Err.Raise ${error}`]))
      expect(await raise('vbObjectError + 513, "My.Source", "no such customer"')).toMatchObject({
        name: 'ComError',
        code: '0x80040201',
        message: 'ExecuteStatement failed: 0x80040201',
      })
      // Wine's control keeps the texts in an object of its own, and passes none to the caller.
      const kept = own(objectIn(await control.get('Error')))
      expect(await kept.get('Number')).toBe(0x80040201 | 0)
      expect(await kept.get('Source')).toBe('My.Source')
      expect(await kept.get('Description')).toBe('no such customer')
      expect(await raise('457')).toMatchObject({
        message:
          'ExecuteStatement failed: error 457 (0x800A01C9): This key is already associated with an element of this collection',
      })
    })
  })

  describe('WScript.Shell', () => {
    it('knows the environment and the registry', async () => {
      const shell = await create('WScript.Shell')
      const expanded = await shell.call('ExpandEnvironmentStrings', ['<%windir%>'])
      // Wine counts the terminating NUL in.
      expect(String(expanded).replace(/[\0 ]+$/, '')).toMatch(/^<[A-Z]:\\windows>$/i)
      const key = `HKCU\\Software\\com-cancel-test\\${process.pid}-${apartment}`
      await shell.call('RegWrite', [key, 'prime', 'REG_SZ'])
      expect(await shell.call('RegRead', [key])).toBe('prime')
      const missing = await rejection(shell.call('RegRead', [`${key}-none`]))
      expect(missing).toBeInstanceOf(ComError)
    })

    it('passes the index of a property without parameters to the default member of its value', async () => {
      const shell = await create('WScript.Shell')
      const folders = own(objectIn(await shell.get('SpecialFolders')))
      const desktop = await folders.call(defaultMember, ['Desktop'])
      expect(desktop).toMatch(/Desktop$/)
      expect(await shell.call('SpecialFolders', ['Desktop'])).toBe(desktop)
      for (const access of ['call', 'get'] as const)
        expectComError(
          await rejection(shell[access]('CurrentDirectory', [1])),
          'DISP_E_NOTACOLLECTION',
          'CurrentDirectory',
        )
    })

    it('runs a program and waits for it', async () => {
      const shell = await create('WScript.Shell')
      expect(await shell.call('Run', ['cmd /c exit 97', 0, true])).toBe(97)
      const missing = shell.call('Run', ['no-such-program-here.exe', 0, true])
      // Wine 10 returns ERROR_FILE_NOT_FOUND as if the program had ended with it.
      if (backend.host.startsWith('Wine 10')) expect(await missing).toBe(2)
      else expect(await rejection(missing)).toBeInstanceOf(ComError)
    })
  })

  describe('MSXML2.DOMDocument', () => {
    it('parses, finds and changes', async () => {
      const document = await create('MSXML2.DOMDocument')
      await document.set('async', false)
      expect(await document.call('loadXML', ['<all><p n="2"/><p n="3">drei</p><q/></all>'])).toBe(true)
      const nodes = await called(document, 'selectNodes', '//p')
      expect(await nodes.get('length')).toBe(2)
      const numbers: ComResult[] = []
      for await (const node of nodes) numbers.push(await own(objectIn(node)).call('getAttribute', ['n']))
      expect(numbers).toEqual(['2', '3'])
      const root = own(objectIn(await document.get('documentElement')))
      const made = await called(document, 'createElement', 'p')
      await made.set('text', 'Primé <5>')
      own(objectIn(await root.call('appendChild', [made])))
      expect(await document.get('xml')).toMatch(/<q\/>\s*<p>Primé &lt;5&gt;<\/p>\s*<\/all>/)
      expect(await dynamic(document).documentElement.lastChild.text).toBe('Primé <5>')
    })

    it('reports the errors of a document', async () => {
      const document = await create('MSXML2.DOMDocument')
      expect(await document.call('loadXML', ['<all>'])).toBe(false)
      const error = own(objectIn(await document.get('parseError')))
      expect(await error.get('errorCode')).not.toBe(0)
      expect(await error.get('reason')).toBeTruthy()
    })

    it('calls back when it is ready', async () => {
      const document = await create('MSXML2.DOMDocument')
      const states: ComResult[] = []
      const changed = async (_: ServerCall) => {
        states.push(await document.get('readyState'))
      }
      await document.set('onreadystatechange', changed)
      await document.set('async', false)
      expect(await document.call('loadXML', ['<all/>'])).toBe(true)
      expect(await document.get('readyState')).toBe(4)
      if (!underWine) expect(states).toContain(4)
    })
  })

  describe('WMI', () => {
    /** Wine's objects find their properties only when they are used as in expressions. */
    const propertyOf = (object: ComResult, name: string) => own(objectIn(object)).call(name)

    it('describes this process and the system', async () => {
      const thread = await startThread({ apartment })
      const services = own(await thread.getObject('winmgmts:'))
      const query = `SELECT * FROM Win32_Process WHERE ProcessId = ${process.pid}`
      const found = await called(services, 'ExecQuery', query)
      const names: ComResult[] = []
      for await (const each of found) names.push(await propertyOf(each, 'Name'))
      expect(names).toEqual([path.basename(process.execPath)])
      const systems = await called(services, 'InstancesOf', 'Win32_OperatingSystem')
      const [system] = await listOf(systems)
      expect(await propertyOf(system, 'Caption')).toContain('Windows')
    })

    it('lists the processes', async () => {
      const thread = await startThread({ apartment })
      const services = own(await thread.getObject(String.raw`winmgmts:\\.\root\cimv2`))
      const processes = await called(services, 'ExecQuery', 'SELECT * FROM Win32_Process')
      const all: ComResult[] = []
      for await (const each of processes.items({ batch: 3 })) all.push(await propertyOf(each, 'ProcessId'))
      expect(all).toContain(process.pid)
      expect(await processes.get('Count')).toBeGreaterThan(1)
    })

    it('refuses an invalid query', async () => {
      const thread = await startThread({ apartment })
      const services = own(await thread.getObject('winmgmts:'))
      const query = async () => listOf(await called(services, 'ExecQuery', 'SELEKT'))
      expect(await rejection(query())).toMatchObject({ name: 'ComError', code: '0x80041017' })
    })
  })
})

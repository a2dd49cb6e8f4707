// @ts-check
// Whether the kernel of this machine runs 32-bit programs.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** An ELF program for i386 that ends with code 42: `mov eax, 1; mov ebx, 42; int 0x80`. */
const PROGRAM =
  'f0VMRgEBAQAAAAAAAAAAAAIAAwABAAAAVIAECDQAAAAAAAAAAAAAADQAIAABACgAAAAAAAEAAAAAAAAAAIAECACABAhgAAAAYAAAAAUAAAAAEAAAuAEAAAC7KgAAAM2A'

/** @type {boolean | undefined} */
let known

/** A kernel without IA32 emulation does not, whatever is installed. */
export function runs32BitPrograms() {
  if (known !== undefined) return known
  const folder = mkdtempSync(path.join(tmpdir(), 'com-cancel-'))
  const file = path.join(folder, 'program')
  writeFileSync(file, Buffer.from(PROGRAM, 'base64'), { mode: 0o755 })
  known = spawnSync(file).status === 42
  rmSync(folder, { recursive: true })
  return known
}

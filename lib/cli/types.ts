// The command `types`: TypeScript declarations of a class, from its type information.
import { declarationsOf } from './declarations'
import { described } from './describe'
import { type ObjectOptions, requireWritable, write } from './options'
import { api } from './session'

export interface TypesOptions extends ObjectOptions {
  output?: string | undefined
}

export const types = async (progId: string, options: TypesOptions): Promise<void> => {
  const { output } = options
  requireWritable('--output', output)
  const description = await described(progId, options)
  const text = declarationsOf(progId, description, api().backend.kind === 'native')
  if (output === undefined) process.stdout.write(text)
  else {
    write('--output', output, text)
    process.stderr.write(`the declarations of ${progId} are in ${output}\n`)
  }
}

// Tests of what a binding says it can't do: they show as skipped, with the binding's own reason in the title.
import { backend, type Capabilities } from 'com-cancel'
import { describe } from 'vitest'

export function describeWhere(capability: keyof Capabilities, title: string, tests: () => void): void {
  const answer = backend.capabilities[capability]
  if (answer === true) describe(title, tests)
  else describe.skip(`${title} (${backend.kind}: ${answer})`, tests)
}

// What is asked of an object, as events tell it and as a leak check says it.

import { memberName } from '../../errors/call-error'
import type { OperationName } from '../../events/publish/event'

export interface Asked {
  readonly operation: OperationName
  readonly name: string | number
}

/** `Open of an object of Excel.Application`. */
export const describeAsked = ({ operation, name }: Asked, whose: string): string => {
  if (operation === 'activate') return `the activation of ${name}`
  return `${operation === 'invoke' || operation === 'fire' ? memberName(name) : operation} of ${whose}`
}

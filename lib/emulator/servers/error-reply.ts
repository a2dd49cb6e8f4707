// Converts an error that a method of an emulated server has thrown to the reply that its client gets.
import { thrown } from '../../errors/thrown'
import { type Reply, refusal } from '../calls/reply'

/** `placeOf` converts the error's `argument` (counted from 1) to its position in the call, as in OutArgument. */
export const errorReply = (error: unknown, source: string, placeOf = (_argument: number) => -1): Reply => {
  const { hresult, exception, argument } = thrown(error, source)
  return refusal(hresult, argument === undefined ? -1 : placeOf(argument), exception)
}

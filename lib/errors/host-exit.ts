// How a host process ended, as messages say it, with the names of exit codes.
import type { HostEnd } from '../../binding'
import { hex } from './hresult'

/** The exit codes of processes that the system has ended, by the names in ntstatus.h. */
const names: Readonly<Record<number, string>> = {
  1073807364: 'DBG_TERMINATE_PROCESS',
  2147483651: 'STATUS_BREAKPOINT',
  3221225477: 'STATUS_ACCESS_VIOLATION',
  3221225478: 'STATUS_IN_PAGE_ERROR',
  3221225480: 'STATUS_INVALID_HANDLE',
  3221225495: 'STATUS_NO_MEMORY',
  3221225501: 'STATUS_ILLEGAL_INSTRUCTION',
  3221225509: 'STATUS_NONCONTINUABLE_EXCEPTION',
  3221225595: 'STATUS_INVALID_IMAGE_FORMAT',
  3221225614: 'STATUS_FLOAT_DIVIDE_BY_ZERO',
  3221225620: 'STATUS_INTEGER_DIVIDE_BY_ZERO',
  3221225622: 'STATUS_PRIVILEGED_INSTRUCTION',
  3221225725: 'STATUS_STACK_OVERFLOW',
  3221225781: 'STATUS_DLL_NOT_FOUND',
  3221225785: 'STATUS_ENTRYPOINT_NOT_FOUND',
  3221225786: 'STATUS_CONTROL_C_EXIT',
  3221225794: 'STATUS_DLL_INIT_FAILED',
  3221226356: 'STATUS_HEAP_CORRUPTION',
  3221226505: 'STATUS_STACK_BUFFER_OVERRUN',
  3221226528: 'STATUS_ASSERTION_FAILURE',
  3221227010: 'STATUS_FAIL_FAST_EXCEPTION',
  3762504530: 'an unhandled exception of .NET',
  3765269347: 'an unhandled exception of C++',
}

/** An exit code: by its name, a large one in hexadecimal, a small one as programs pass it to ExitProcess. */
const exitCodeText = (code: number): string => {
  const name = names[code >>> 0]
  if (name) return `${name} (${hex(code)})`
  return `exit code ${code > 0xffff ? hex(code) : code}`
}

const verbs = { close: 'was closed', terminate: 'was terminated' } as const

/** `has ended by itself with STATUS_ACCESS_VIOLATION (0xC0000005)`, after the name of the process. */
export const endText = ({ by, exitCode, message }: HostEnd): string => {
  const how = by === 'itself' ? `has ended by itself with ${exitCodeText(exitCode)}` : verbs[by]
  return message === '' ? how : `${how}: ${message}`
}

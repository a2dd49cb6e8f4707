// Runs programs and npm for the tests of the package; what they print before they fail is in the error.
import { execFileSync } from 'node:child_process'

export function run(cwd: string, env: NodeJS.ProcessEnv, program: string, ...args: string[]): string {
  try {
    return execFileSync(program, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      // An npm that runs inside another would take the outer one's project for its own.
      env: { ...process.env, npm_config_local_prefix: undefined, ...env },
    })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(' ')}\n${stdout}${stderr}`)
  }
}

export function npm(cwd: string, ...args: string[]): string {
  // npm sets npm_execpath for its scripts; npm.cmd can't be run without a shell.
  const cli = process.env.npm_execpath
  return cli ? run(cwd, {}, process.execPath, cli, ...args) : run(cwd, {}, 'npm', ...args)
}

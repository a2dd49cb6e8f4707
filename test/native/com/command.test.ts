// The command com-cancel with real COM servers. Wine does not pass Ctrl-C to a program without a console.
import { backend } from 'com-cancel'
import { expect, it } from 'vitest'
import { run } from '../../support/command'
import { describePrime, keepServers } from './support'

keepServers({ tidy: false })

describePrime('com-cancel', () => {
  it('doctor blocks and cancels in every way that the host offers', async () => {
    const { stdout, stderr, code } = await run(['doctor', '--json'])
    const report = JSON.parse(stdout)
    expect([stderr, report.problems, code]).toEqual(['', [], 0])
    expect(report.binding.info).toEqual(JSON.parse(JSON.stringify(backend)))
    expect(report.addon).toMatchObject({
      path: expect.stringMatching(/\.node$/),
      origin: expect.stringMatching(/^(compiled here|prebuilt)$/),
      architecture: backend.architecture,
    })
    expect(report.selfTest.length).toBeGreaterThan(8)
    expect(new Set(report.selfTest.map(({ result }: { result: string }) => result))).toEqual(
      new Set(['passed']),
    )
  })

  it('call prints the result of a method', async () => {
    expect(await run(['call', 'Prime.Calculator', 'IsPrime', '97', '--json', '--timeout', '2m'])).toEqual({
      code: 0,
      stdout: 'true\n',
      stderr: '',
    })
  })

  it('C7 call cancels a method at its timeout, and exits with 124', async () => {
    const { code, stdout, stderr } = await run([
      'call',
      'Prime.Calculator',
      'Block',
      '60000',
      '--timeout',
      '2s',
    ])
    expect([stdout, code]).toEqual(['', 124])
    expect(stderr).toContain('Block was canceled after 2000 ms (timeout)')
  })

  it('describe lists members with their types', async () => {
    const { code, stdout } = await run(['describe', 'Prime.Described'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^class {2}PrimeDescribed {2}\{3d9a61f7-/)
    expect(stdout).toMatch(
      /^ {2}method +bstr +Search\(names: bstr\[\], byref count: i4, \[mode: PrimeMode = 2\], \[extra: variant\]\) +Searches for names\.$/m,
    )
    expect(stdout).not.toContain('Secret')
  })

  it('types makes declarations of them', async () => {
    const { code, stdout } = await run(['types', 'Prime.Described'])
    expect(code).toBe(0)
    expect(stdout).toContain(
      '    Search(names: string[], count: number, mode?: PrimeMode, extra?: any): string\n',
    )
    expect(stdout).toContain('    readonly Version: number\n')
    expect(stdout).toContain('  type PrimeMode = 1 | 2\n')
    expect(stdout).toContain('    "Prime.Described": PrimeDescribedLibrary.PrimeDescribed\n')
  })

  it('watch prints events as lines', async () => {
    const { code, stdout } = await run([
      'watch',
      'Prime.Calculator',
      '--json',
      '--call',
      'Fire 7 2',
      '--count',
      '2',
    ])
    expect(code).toBe(0)
    expect(
      stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line)),
    ).toEqual([1, 2].map(() => ({ time: expect.any(String), event: 'Found', args: [7] })))
  })
})

// @ts-check
// Builds the documentation as a site (`npm run docs`) with TypeDoc: the pages that docs/README.md links, in its order and
// under its headings, and the reference of the API from the docstrings. A broken link is an error.
//
//   node scripts/docs.mjs [--out folder]
//
// --out: default build/docs.

import { readdirSync, readFileSync } from 'node:fs'
import { register } from 'node:module'
import { parseArgs } from 'node:util'
import { inProject, main, ScriptError } from './lib/project.mjs'

const { values } = parseArgs({ options: { out: { type: 'string', default: inProject('build/docs') } } })

// TypeDoc uses the compiler's programming interface, which TypeScript 7 does not have.
const resolve = `export const resolve = (name, context, next) =>
  next(name === 'typescript' ? 'typescript-6' : name, context)`
register(`data:text/javascript,${encodeURIComponent(resolve)}`)

/** The pages of the contents: files and, by their titles, groups. */
function contents() {
  /** @type {string[]} */
  const files = []
  /** @type {Map<string, string>} */
  const groupOf = new Map()
  let group = ''
  for (const line of readFileSync(inProject('docs/README.md'), 'utf8').split('\n')) {
    group = line.match(/^## (.+)/)?.[1] ?? group
    const file = line.match(/^- .*?\]\((.+?\.md)\)/)?.[1]
    if (file === undefined) continue
    files.push(inProject('docs', file))
    groupOf.set(titleOf(readFileSync(inProject('docs', file), 'utf8')), group)
  }
  const missing = readdirSync(inProject('docs'), { recursive: true, encoding: 'utf8' }).filter(
    name => name.endsWith('.md') && name !== 'README.md' && !files.includes(inProject('docs', name)),
  )
  if (missing.length > 0) throw new ScriptError(`docs/README.md does not list ${missing.join(', ')}.`)
  return { files, groupOf }
}

/** @param {string} markdown */
function titleOf(markdown) {
  const title = markdown.match(/^# (.+)/)?.[1]
  if (title === undefined) throw new ScriptError(`A page begins without a title: ${markdown.slice(0, 60)}`)
  return title
}

/** @import { CommentDisplayPart, NormalizedPath, ProjectReflection } from 'typedoc' */

/**
 * Links the rules that a docstring cites to the contract.
 * @param {CommentDisplayPart[]} parts @param {ProjectReflection} project @returns {CommentDisplayPart[]}
 */
const withRules = (parts, project) =>
  parts.flatMap(part => {
    if (part.kind !== 'text') return [part]
    // Every other piece is a rule.
    const pieces = part.text.split(/\b([EOCSAMWH]\d{1,2})\b/)
    return pieces.flatMap((text, index) => (index % 2 === 0 ? [{ kind: 'text', text }] : link(text, project)))
  })

/** @param {string} rule @param {ProjectReflection} project @returns {CommentDisplayPart[]} */
function link(rule, project) {
  const page = inProject('docs/contract.md').replaceAll('\\', '/')
  const text = `./contract.md#${rule.toLowerCase()}`
  const { target, anchor } =
    project.files.register(/** @type {NormalizedPath} */ (page), /** @type {NormalizedPath} */ (text)) ?? {}
  return [
    { kind: 'text', text: `[${rule}](` },
    { kind: 'relative-link', text, target, targetAnchor: anchor },
    { kind: 'text', text: ')' },
  ]
}

/** What programs import the entry points as. */
const modules = new Map([
  ['index', 'com-cancel'],
  ['emulator', 'com-cancel/emulator'],
])

main(async () => {
  const { Application, Converter, PageEvent } = await import('typedoc')
  const { files, groupOf } = contents()
  const app = await Application.bootstrap({
    name: 'com-cancel',
    readme: inProject('docs/README.md'),
    entryPoints: ['lib/index.ts', 'lib/emulator/index.ts'].map(file => inProject(file)),
    projectDocuments: files,
    tsconfig: inProject('tsconfig.json'),
    out: values.out,
    // The compiler of the package has checked it.
    skipErrorChecking: true,
    excludeInternal: true,
    excludePrivate: true,
    disableGit: true,
    disableSources: true,
    groupOrder: [...new Set(groupOf.values()), '*'],
    navigation: { includeGroups: true },
    highlightLanguages: ['bash', 'cpp', 'javascript', 'json', 'jsonc', 'typescript', 'yaml', 'html'],
    hideGenerator: true,
    includeVersion: true,
    treatWarningsAsErrors: true,
    // The types of which the exported ones are made are not exported.
    validation: { notExported: false, invalidLink: true, invalidPath: true, rewrittenLink: true },
  })
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    document.name = titleOf(`${document.content[0]?.text}`)
    document.frontmatter.group = groupOf.get(document.name)
  })
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) module.name = modules.get(module.name) ?? module.name
    for (const { comment } of Object.values(project.reflections)) {
      if (!comment) continue
      comment.summary = withRules(comment.summary, project)
      for (const tag of comment.blockTags) tag.content = withRules(tag.content, project)
    }
  })
  // TypeDoc knows the anchors of headings; it reports links to any other.
  app.renderer.on(PageEvent.END, page => {
    if (!page.isReflectionEvent()) return
    const slugger = app.renderer.router?.getSlugger(page.model)
    for (const [, id = ''] of `${page.contents}`.matchAll(/<a id="([^"]+)">/g)) slugger?.slug(id)
  })
  const project = await app.convert()
  if (!project) throw new ScriptError('The documentation could not be built.')
  app.validate(project)
  await app.generateOutputs(project)
  if (app.logger.hasErrors() || app.logger.hasWarnings())
    throw new ScriptError('The documentation has the faults above.')
})

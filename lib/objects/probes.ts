// Names that test frameworks, inspectors and serializers look for on any value, and may call.

const names = new Set([
  // assertions: jest, vitest, chai, jasmine
  'asymmetricMatch',
  'constructor',
  'getMockName',
  'inspect',
  'prototype',
  '_isMockFunction',
  // nodes of a document: pretty-format, testing-library
  'hasAttribute',
  'nodeName',
  'nodeType',
  'tagName',
  // modules and loaders
  '__esModule',
  'default',
])

/** The names of marks that Immutable.js and React set, and that Vue looks for, begin with these. */
const prefixes = ['$', '@@', '__v_']

/**
 * Whether a dynamic view has no member of this name, because reading it would make an unintended call to COM.
 * `view.$object.get('constructor')` gets such a member.
 */
export const isProbe = (name: string): boolean =>
  names.has(name) || prefixes.some(prefix => name.startsWith(prefix))

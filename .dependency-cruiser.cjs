// @ts-check
// Import rules of lib/: the order of its rooms, and no circles. Imports of types count.
//
// A room imports from the rooms below it in its list, never from those above it.

/** Rooms from the top down: names of folders, or of the files that are a room of their own. */
const rooms = {
  'lib/': [
    'cli',
    ['index.ts', 'load.ts', 'package-folder.ts'],
    'emulator',
    'objects',
    'functions',
    'calls',
    'values',
    'events',
    'errors',
  ],
  'lib/events/': [['event-log.ts'], 'picture', 'record', 'publish'],
  'lib/emulator/': [
    ['index.ts', 'emulator.ts', 'binding.ts', 'explore.ts', 'run.ts', 'leak-check.ts'],
    'workers',
    'client',
    'servers',
    'calls',
    'apartments',
    'cancel',
    'threads',
    'objects',
    'clock',
  ],
}

/** @param {string} folder @param {string | string[]} room */
const pathOf = (folder, room) =>
  Array.isArray(room) ? `^${folder}(?:${room.join('|').replaceAll('.', '\\.')})$` : `^${folder}${room}/`

const order = Object.entries(rooms).flatMap(([folder, list]) =>
  list.slice(1).map((room, i) => ({
    name: `${folder}${Array.isArray(room) ? room[0] : room} imports downward only`,
    severity: 'error',
    from: { path: pathOf(folder, room) },
    to: { path: list.slice(0, i + 1).map(above => pathOf(folder, above)) },
  })),
)

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...order,
    { name: 'no circle', severity: 'error', from: { path: '^lib/' }, to: { circular: true } },
    // A file outside the rooms would escape the rules above.
    ...Object.entries(rooms).map(([folder, list]) => ({
      name: `every file of ${folder} is in a room`,
      severity: 'error',
      from: {},
      to: { path: `^${folder}`, pathNot: list.map(room => pathOf(folder, room)) },
    })),
    // A program that imports the package does not load it.
    {
      name: 'only lib/cli imports commander',
      severity: 'error',
      from: { path: '^lib/', pathNot: '^lib/cli/' },
      to: { path: 'commander' },
    },
    { name: 'every import resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    // TypeScript 7 has no JavaScript API to parse with. swc's visitor does not know `using` declarations:
    // lib/ has none.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.d.ts', '.js'] },
  },
}

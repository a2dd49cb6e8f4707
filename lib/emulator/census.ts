// What is alive in one emulator, counted where it is made and where it ends.

export interface Census {
  threads: number
  jobs: number
  objects: number
  pointers: number
}

export const newCensus = (): Census => ({ threads: 0, jobs: 0, objects: 0, pointers: 0 })

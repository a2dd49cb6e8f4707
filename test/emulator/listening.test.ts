// Programs that listen to events of an emulated server.
import { describe } from 'vitest'
import { testListeners } from '../support/listening'

describe('a connection', testListeners)

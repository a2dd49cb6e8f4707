// Programs that listen to events of a real server.
import { testListeners } from '../../support/listening'
import { describePrime, keepServers } from './support'

keepServers()

describePrime('a connection', testListeners)

// KeepComAlive, which keeps the main single-threaded apartment and the multithreaded apartment of the
// process.
#pragma once

namespace com_cancel {

// The first single-threaded apartment of a process is its main one: objects of in-process servers without a
// ThreadingModel live there, whichever thread created them, and end with it. The multithreaded apartment ends
// with its last thread. So that neither depends on a ComThread, the first call starts a hidden thread that
// enters a single-threaded apartment, pumps messages, and holds the multithreaded apartment
// (CoIncrementMTAUsage). It lasts as long as the process. Where the host program has entered a
// single-threaded apartment before, as Electron does, that one stays the main one.
//
// Returns when the thread is in its apartment. A system without memory for the thread is not reported here:
// the caller's own thread or call will fail.
void KeepComAlive();

}  // namespace com_cancel

// The scenarios of prime_client.exe. Each prints what it observes.
#pragma once

namespace prime {

// Calls each member once.
void Smoke(const wchar_t* progid);
// The example of the book: IsPrime on one thread, CoCancelCall on another, then the next call on the first.
void Cancel(const wchar_t* progid);
// The server's process ends during a call and before a call, and is started again.
void Death(const wchar_t* progid);
// A server that rejects calls.
void Busy(const wchar_t* progid);

}  // namespace prime

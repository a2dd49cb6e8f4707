// What prime_client.exe can show of a running server, each printing what it saw.
#pragma once

namespace prime {

// Every member once.
void Smoke(const wchar_t* progid);
// The book's story: IsPrime on one thread, CoCancelCall from another, and the next call on the first.
void Cancel(const wchar_t* progid);
// The process of the server ends during a call, before one, and is started again.
void Death(const wchar_t* progid);
// A server that turns calls away.
void Busy(const wchar_t* progid);

}  // namespace prime

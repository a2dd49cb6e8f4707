// The methods of canceled calls that still run in their servers, and the releases that wait for them.
#pragma once

#include <memory>
#include <string>

#include "standin/message.h"

// Wine 8 and 10 deadlock in a server whose client releases the last reference on an object while a method of
// it runs: the stub is deleted inside its own call, for whose end its deletion waits, under a lock that every
// later marshaling needs. A caller that was released early can do that at any time. So while a method of a
// canceled call runs in an apartment, the releases of objects there wait.
namespace com_cancel::methods_left {

// A call to this server (ServerOf) was canceled. Throws std::bad_alloc.
void Add(const std::wstring& server);
// Its method has ended; sends the releases that waited for it.
void Remove(const std::wstring& server);
bool Any();

// Takes the message of a release when it has to wait. Throws std::bad_alloc, and then has not taken it.
bool TakeRelease(const RpcFunctions& rpc, const RPC_MESSAGE& release);

}  // namespace com_cancel::methods_left

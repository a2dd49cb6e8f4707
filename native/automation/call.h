// Automation calls, outgoing and incoming, as plain data that any thread may hold.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "automation/description.h"
#include "automation/value.h"
#include "host/held_process.h"
#include "host/win.h"
#include "threads/mailbox.h"

namespace com_cancel {

// binding.d.ts's ExceptionInfo.
struct ExceptionText {
  std::u16string source;
  std::u16string description;
  std::u16string help_file;
  DWORD help_context = 0;
};

// binding.d.ts's EventSource: an event interface, and its DISPIDs by lower-case name.
struct EventSource {
  IID iid{};
  std::vector<std::pair<std::u16string, DISPID>> members;
};

// binding.d.ts's BindingServerProcess.
struct ServerProcess {
  enum class Found { kWindow, kReference };

  std::shared_ptr<HeldProcess> process;
  Found found = Found::kReference;
};

// By-reference arguments after the call, by position.
using OutArguments = std::vector<std::pair<std::size_t, Value>>;

// binding.d.ts's CallOutcome.
struct Outcome final : JobResult {
  HRESULT hresult = S_OK;
  std::optional<Value> value;
  OutArguments outs;
  std::optional<ExceptionText> exception;
  int argument = -1;
  std::optional<EventSource> events;
  std::optional<ObjectDescription> description;
  std::optional<LibraryDescription> library;
  std::optional<ServerProcess> process;
};

// An outcome that is nothing but an HRESULT.
inline std::unique_ptr<Outcome> OutcomeOf(HRESULT hresult) {
  auto outcome = std::make_unique<Outcome>();
  outcome->hresult = hresult;
  return outcome;
}

// binding.d.ts's Invocation.
struct Invocation {
  std::u16string name;  // empty: `dispid` identifies the member
  DISPID dispid = DISPID_VALUE;
  WORD flags = DISPATCH_METHOD;
  std::vector<Value> args;
  std::vector<std::pair<std::u16string, Value>> named;
};

// binding.d.ts's IncomingReply.
struct Reply {
  HRESULT hresult = S_OK;
  std::optional<Value> value;
  OutArguments outs;
  std::optional<ExceptionText> exception;
};

}  // namespace com_cancel

// The stack of each thread under the stand-in, behind one lock: only its own thread changes it, every thread
// may look for a cancel object in it.
#include "standin/stack.h"

#include <new>
#include <unordered_map>
#include <vector>

namespace com_cancel::thread_stack {
namespace {

struct Frame {
  enum class Kind { kRegistered, kScope, kOutgoing, kIncoming };

  Kind kind = Kind::kRegistered;
  Key key = nullptr;
  StackMark begin;
  ComPtr<ICancelMethodCalls> cancel;  // what CoGetCancelObject finds
  ComPtr<OutgoingCall> call;          // an outgoing call's, if it is its own; a scope's, if it has one
  ComPtr<IncomingCall> context;
  bool* canceled = nullptr;  // the scope's; of an outgoing call, the one it is right inside of

  bool is_hooks() const { return kind == Kind::kOutgoing || kind == Kind::kIncoming; }
};

using Stack = std::vector<Frame>;

struct Stacks {
  Lock lock;
  std::unordered_map<DWORD, Stack> of;  // by thread id; no entry for a thread without frames
  DWORD at_thread_end = FLS_OUT_OF_INDEXES;
  BOOLEAN(WINAPI* process_ends)() = nullptr;
};

void WINAPI ForgetThread(void*);

// Never destroyed: threads outlive the destructors of static objects.
Stacks& AllStacks() {
  static Stacks& stacks = []() -> Stacks& {
    auto* made = new Stacks;
    made->at_thread_end = FlsAlloc(ForgetThread);
    if (const HMODULE ntdll = GetModuleHandleW(L"ntdll.dll"))
      made->process_ends = reinterpret_cast<BOOLEAN(WINAPI*)()>(
          reinterpret_cast<void*>(GetProcAddress(ntdll, "RtlDllShutdownInProgress")));
    return *made;
  }();
  return stacks;
}

// The calling thread's, null if it has none. It may be read without the lock: nobody else changes it.
Stack* Mine() {
  Stacks& stacks = AllStacks();
  const Guard guard(stacks.lock);
  const auto entry = stacks.of.find(GetCurrentThreadId());
  return entry == stacks.of.end() ? nullptr : &entry->second;
}

// Throws std::bad_alloc, and has done nothing then.
void Push(Frame frame) {
  Stacks& stacks = AllStacks();
  if (stacks.at_thread_end != FLS_OUT_OF_INDEXES) FlsSetValue(stacks.at_thread_end, &stacks);
  const Guard guard(stacks.lock);
  const auto entry = stacks.of.try_emplace(GetCurrentThreadId()).first;
  try {
    entry->second.push_back(std::move(frame));
  } catch (...) {
    if (entry->second.empty()) stacks.of.erase(entry);
    throw;
  }
}

// A scope is where its flag is: everything inside it is deeper in the stack.
StackMark MarkOf(const bool* canceled) { return StackMark(reinterpret_cast<const char*>(canceled)); }

// Takes a frame of the calling thread off, and with the last one the stack: it is gone then.
Frame Take(Stack& stack, std::size_t index) {
  Stacks& stacks = AllStacks();
  const Guard guard(stacks.lock);
  Frame taken = std::move(stack[index]);
  stack.erase(stack.begin() + static_cast<std::ptrdiff_t>(index));
  if (stack.empty()) stacks.of.erase(GetCurrentThreadId());
  return taken;
}

// Settles a frame that was taken off. A scope may itself be gone, skipped by an exception that ran no
// destructors: then nobody is left to be told.
void Settle(const Frame& ended, const StackMark& now) {
  const bool canceled = ended.call && ended.call->Return();
  if (canceled && ended.canceled && !MarkOf(ended.canceled).LeftAt(now, 0)) *ended.canceled = true;
}

// Takes frame `index` off, and what is above it: calls and scopes that can't have outlasted this one. What
// was registered by hand stays, it is for its maker to unregister.
void End(Stack& stack, std::size_t index) {
  const char here = 0;
  for (std::size_t last = stack.size() - 1;; --last) {
    if (last > index && stack[last].kind == Frame::Kind::kRegistered) continue;
    const Frame ended = Take(stack, last);
    Settle(ended, StackMark(&here));
    if (ended.context) ended.context->Leave(false);
    if (last == index) return;
  }
}

// The innermost frame of this kind and key, and what is above it, end.
void End(Frame::Kind kind, Key key) {
  Stack* const stack = Mine();
  if (!stack) return;
  for (std::size_t index = stack->size(); index-- > 0;) {
    if ((*stack)[index].kind != kind || (*stack)[index].key != key) continue;
    End(*stack, index);
    return;
  }
}

// Ends what the thread has left. `kind` is what begins now, called by COM: what is nested in a call of the
// same kind or in a scope is strictly deeper then. kRegistered for anything else.
void Tidy(const StackMark& now, Frame::Kind kind) {
  Stack* const stack = Mine();
  if (!stack) return;
  bool in_use = false;
  for (std::size_t left = stack->size(), index = left; index-- > 0;) {
    const Frame& frame = (*stack)[index];
    if (frame.kind == Frame::Kind::kRegistered) continue;
    const bool exact =
        frame.kind == kind || (frame.kind == Frame::Kind::kScope && kind != Frame::Kind::kRegistered);
    if (!frame.begin.LeftAt(now, exact ? 0 : kStackSlack)) continue;
    if (frame.context && (in_use || !frame.context->Leave(true))) {
      // Someone has put a context of their own in its place, and will perhaps put it back.
      in_use = true;
      continue;
    }
    Settle(Take(*stack, index), now);
    if (--left == 0) return;
  }
}

// A frame of an earlier call with the same key: that call is over, its address has been given to another.
void Outdate(Frame::Kind kind, Key key) {
  Stack* const stack = Mine();
  if (!stack) return;
  for (Frame& frame : *stack) {
    if (frame.kind == kind && frame.key == key) frame.key = nullptr;
  }
}

// The scope that a call which begins now is right inside of, null if there is none.
const Frame* InnermostScope() {
  const Stack* const stack = Mine();
  if (!stack) return nullptr;
  for (auto frame = stack->rbegin(); frame != stack->rend(); ++frame) {
    if (frame->kind == Frame::Kind::kScope) return &*frame;
    if (frame->is_hooks()) return nullptr;
  }
  return nullptr;
}

// A thread that ends with objects on its stack leaves them to nobody: its id may be given to another (W5).
void WINAPI ForgetThread(void*) {
  Stacks& stacks = AllStacks();
  // The end of the process runs this too, after it killed the other threads, one of them perhaps inside a
  // lock.
  if (stacks.process_ends && stacks.process_ends()) return;
  for (int attempt = 0; !stacks.lock.try_lock(); ++attempt) {
    if (attempt == 100) return;
    Sleep(1);
  }
  Stack left;
  const auto entry = stacks.of.find(GetCurrentThreadId());
  if (entry != stacks.of.end()) {
    left = std::move(entry->second);
    stacks.of.erase(entry);
  }
  stacks.lock.unlock();
  for (const Frame& frame : left) {
    if (frame.call) frame.call->Return();
    if (frame.context) frame.context->Abandon();
  }
}

}  // namespace

HRESULT Register(IUnknown* object) {
  Frame frame;
  if (FAILED(object->QueryInterface(IID_PPV_ARGS(&frame.cancel)))) return E_NOINTERFACE;  // O1
  try {
    Push(std::move(frame));
    return S_OK;
  } catch (const std::bad_alloc&) {
    return E_OUTOFMEMORY;
  }
}

void UnregisterTopmost() {
  Stack* const stack = Mine();
  if (!stack) return;  // O4
  for (std::size_t index = stack->size(); index-- > 0;) {
    Frame& frame = (*stack)[index];
    if (!frame.cancel) continue;
    ComPtr<ICancelMethodCalls> topmost;  // released after the lock: Release may run anything
    if (frame.kind == Frame::Kind::kRegistered) {
      topmost = Take(*stack, index).cancel;
    } else {
      // The hook's own frame stays until its call returns; it is only not to be found any more.
      const Guard guard(AllStacks().lock);
      topmost.Swap(frame.cancel);
    }
    return;
  }
}

ComPtr<ICancelMethodCalls> Topmost(DWORD thread) {
  Stacks& stacks = AllStacks();
  const Guard guard(stacks.lock);
  const auto entry = stacks.of.find(thread ? thread : GetCurrentThreadId());
  if (entry == stacks.of.end()) return nullptr;
  for (auto frame = entry->second.rbegin(); frame != entry->second.rend(); ++frame) {
    if (frame->cancel) return frame->cancel;
  }
  return nullptr;
}

void Tidy() {
  const char here = 0;
  Tidy(StackMark(&here), Frame::Kind::kRegistered);
}

FlagAddress BeginOutgoing(Key key, const StackMark& now, bool enabled) {
  Tidy(now, Frame::Kind::kOutgoing);
  Outdate(Frame::Kind::kOutgoing, key);
  Frame frame;
  frame.kind = Frame::Kind::kOutgoing;
  frame.key = key;
  frame.begin = now;
  FlagAddress address{};
  const Frame* const scope = InnermostScope();
  if (scope && scope->cancel) {
    // Part of an activation, and canceled with it.
    if (scope->call) address = scope->call->address();
  } else if (enabled) {
    frame.call = TakeOver(new OutgoingCall);
    frame.cancel = frame.call;
    if (scope) frame.canceled = scope->canceled;
    address = frame.call->address();
  } else {
    frame.cancel = DisabledCall();
  }
  Push(std::move(frame));
  return address;
}

void EndOutgoing(Key key) { End(Frame::Kind::kOutgoing, key); }

void BeginIncoming(Key key, const StackMark& now, const FlagView& flag) {
  Tidy(now, Frame::Kind::kIncoming);
  Outdate(Frame::Kind::kIncoming, key);
  Frame frame;
  frame.kind = Frame::Kind::kIncoming;
  frame.key = key;
  frame.begin = now;
  const auto context = TakeOver(new IncomingCall(flag, now));
  frame.context = context;
  Push(std::move(frame));
  if (FAILED(context->Enter())) Take(*Mine(), Mine()->size() - 1);
}

void EndIncoming(Key key) { End(Frame::Kind::kIncoming, key); }

bool OpenScope(bool* canceled, bool activation, bool enabled) {
  Tidy();
  try {
    Frame frame;
    frame.kind = Frame::Kind::kScope;
    frame.key = canceled;
    frame.begin = MarkOf(canceled);
    frame.canceled = canceled;
    if (activation) {
      if (enabled) frame.call = TakeOver(new OutgoingCall);
      frame.cancel = enabled ? frame.call.Get() : DisabledCall();
    }
    Push(std::move(frame));
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

void CloseScope(const bool* canceled) { End(Frame::Kind::kScope, canceled); }

}  // namespace com_cancel::thread_stack

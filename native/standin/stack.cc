// The stack of each thread under the stand-in, behind one lock: only its own thread changes it, and every
// thread may search it for a cancel object.
#include "standin/stack.h"

#include <new>
#include <unordered_map>
#include <vector>

#include "host/returned.h"

namespace com_cancel::thread_stack {
namespace {

struct Frame {
  enum class Kind { kRegistered, kScope, kOutgoing, kIncoming };

  Kind kind = Kind::kRegistered;
  CallAddress address = nullptr;
  StackMark begin;
  ComPtr<ICancelMethodCalls> cancel;  // what CoGetCancelObject finds
  ComPtr<OutgoingCall> call;          // of an outgoing call or a scope that has a cancel object of its own
  ComPtr<CallContext> context;        // of an incoming call
  bool* canceled = nullptr;           // of a scope; of an outgoing call, that of the scope right around it
  ComPtr<OutgoingCall> to_send;       // of an outgoing call that has not been sent: what cancels it

  bool is_call() const { return kind == Kind::kOutgoing || kind == Kind::kIncoming; }
};

using Stack = std::vector<Frame>;

struct Stacks {
  Lock lock;
  std::unordered_map<DWORD, Stack> of;  // by thread id; no entry for a thread without frames
  DWORD at_thread_end = FLS_OUT_OF_INDEXES;
  BOOLEAN(WINAPI* process_ends)() = nullptr;
};

void WINAPI RemoveThread(void*);

// Never destroyed: threads outlive the destructors of static objects.
Stacks& AllStacks() {
  static Stacks& stacks = []() -> Stacks& {
    auto* made = new Stacks;
    made->at_thread_end = FlsAlloc(RemoveThread);
    if (const HMODULE ntdll = GetModuleHandleW(L"ntdll.dll"))
      made->process_ends = reinterpret_cast<BOOLEAN(WINAPI*)()>(
          reinterpret_cast<void*>(GetProcAddress(ntdll, "RtlDllShutdownInProgress")));
    return *made;
  }();
  return stacks;
}

// A pointer to the calling thread's stack, so that the thread finds it without the lock and a search.
const DWORD own_stack = TlsAlloc();

// The calling thread's stack, null if it has none. It may be read without the lock: no other thread changes
// it.
Stack* StackOfThisThread() { return static_cast<Stack*>(TlsGetValue(own_stack)); }

// Removes the calling thread's stack. The caller holds the lock.
void EraseStack(Stacks& stacks) {
  TlsSetValue(own_stack, nullptr);
  stacks.of.erase(GetCurrentThreadId());
}

// Throws std::bad_alloc, and then has changed nothing.
void Push(Frame frame) {
  Stacks& stacks = AllStacks();
  if (stacks.at_thread_end != FLS_OUT_OF_INDEXES) FlsSetValue(stacks.at_thread_end, &stacks);
  const Guard guard(stacks.lock);
  Stack& stack = stacks.of.try_emplace(GetCurrentThreadId()).first->second;
  try {
    // The system allocates memory for the values of some slots.
    if (!TlsSetValue(own_stack, &stack)) throw std::bad_alloc();
    stack.push_back(std::move(frame));
  } catch (...) {
    if (stack.empty()) EraseStack(stacks);
    throw;
  }
}

// The position of a scope is that of its flag: everything inside the scope is deeper in the stack.
StackMark MarkOf(const bool* canceled) { return StackMark(reinterpret_cast<const char*>(canceled)); }

// Removes a frame of the calling thread and returns it. With the last frame, `stack` itself is destroyed.
Frame Take(Stack& stack, std::size_t index) {
  Stacks& stacks = AllStacks();
  const Guard guard(stacks.lock);
  Frame taken = std::move(stack[index]);
  stack.erase(stack.begin() + static_cast<std::ptrdiff_t>(index));
  if (stack.empty()) EraseStack(stacks);
  return taken;
}

// The call of a removed frame has returned; sets the flag of the scope around it. That scope may be gone
// itself, skipped by an exception that ran no destructors: then its flag must not be touched.
void CompleteCall(const Frame& ended, const StackMark& now) {
  const bool canceled = ended.call && ended.call->Return();
  if (canceled && ended.canceled && !MarkOf(ended.canceled).LeftAt(now, 0)) *ended.canceled = true;
}

// Removes frame `index`, and above it the calls and scopes, which cannot have outlasted it. A cancel object
// that the program registered stays: the program unregisters it.
void End(Stack& stack, std::size_t index) {
  const char here = 0;
  for (std::size_t last = stack.size() - 1;; --last) {
    if (last > index && stack[last].kind == Frame::Kind::kRegistered) continue;
    const Frame ended = Take(stack, last);
    CompleteCall(ended, StackMark(&here));
    if (ended.context) ended.context->Leave(false);
    if (last == index) return;
  }
}

// Removes the innermost frame of this kind and address, and what is above it.
void End(Frame::Kind kind, CallAddress address) {
  Stack* const stack = StackOfThisThread();
  if (!stack) return;
  for (std::size_t index = stack->size(); index-- > 0;) {
    if ((*stack)[index].kind != kind || (*stack)[index].address != address) continue;
    End(*stack, index);
    return;
  }
}

// Removes the frames of calls and scopes that the thread has left. `kind` is what COM begins right now: what
// is nested in a call of the same kind, or in a scope, is then strictly deeper. kRegistered stands for
// anything else.
void RemoveEnded(const StackMark& now, Frame::Kind kind) {
  Stack* const stack = StackOfThisThread();
  if (!stack) return;
  bool in_use = false;
  for (std::size_t left = stack->size(), index = left; index-- > 0;) {
    const Frame& frame = (*stack)[index];
    if (frame.kind == Frame::Kind::kRegistered) continue;
    const bool exact =
        frame.kind == kind || (frame.kind == Frame::Kind::kScope && kind != Frame::Kind::kRegistered);
    if (!frame.begin.LeftAt(now, exact ? 0 : kStackSlack)) continue;
    if (frame.context && (in_use || !frame.context->Leave(true))) {
      // Other code has switched to a context of its own, and may switch back to this one.
      in_use = true;
      continue;
    }
    CompleteCall(Take(*stack, index), now);
    if (--left == 0) return;
  }
}

// Frames of this address belong to earlier calls: those are over, and a new call has got the address.
void ClearAddress(Frame::Kind kind, CallAddress address) {
  Stack* const stack = StackOfThisThread();
  if (!stack) return;
  for (Frame& frame : *stack) {
    if (frame.kind == kind && frame.address == address) frame.address = nullptr;
  }
}

// The scope right around a call that begins now, null if there is none.
const Frame* InnermostScope() {
  const Stack* const stack = StackOfThisThread();
  if (!stack) return nullptr;
  for (auto frame = stack->rbegin(); frame != stack->rend(); ++frame) {
    if (frame->kind == Frame::Kind::kScope) return &*frame;
    if (frame->is_call()) return nullptr;
  }
  return nullptr;
}

// Runs when a thread ends, and removes its stack: its id may be given to another thread (W5).
void WINAPI RemoveThread(void*) {
  Stacks& stacks = AllStacks();
  // It also runs at the end of the process, after the other threads were killed. One of them may have held a
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
    EraseStack(stacks);
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
  if (FAILED(Query(object, frame.cancel))) return E_NOINTERFACE;  // O1
  try {
    Push(std::move(frame));
    return S_OK;
  } catch (const std::bad_alloc&) {
    return E_OUTOFMEMORY;
  }
}

void UnregisterTopmost() {
  Stack* const stack = StackOfThisThread();
  if (!stack) return;  // O4
  for (std::size_t index = stack->size(); index-- > 0;) {
    Frame& frame = (*stack)[index];
    if (!frame.cancel) continue;
    ComPtr<ICancelMethodCalls> topmost;  // released after the lock: Release may run anything
    if (frame.kind == Frame::Kind::kRegistered) {
      topmost = Take(*stack, index).cancel;
    } else {
      // The hook's own frame stays until its call returns. It only can't be found any more.
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

void RemoveEnded() {
  const char here = 0;
  RemoveEnded(StackMark(&here), Frame::Kind::kRegistered);
}

FlagAddress BeginOutgoing(CallAddress call, const StackMark& now, bool enabled) {
  RemoveEnded(now, Frame::Kind::kOutgoing);
  ClearAddress(Frame::Kind::kOutgoing, call);
  Frame frame;
  frame.kind = Frame::Kind::kOutgoing;
  frame.address = call;
  frame.begin = now;
  FlagAddress address{};
  const Frame* const scope = InnermostScope();
  if (scope && scope->cancel) {
    // Part of an activation, and canceled with it.
    frame.to_send = scope->call;
  } else if (enabled) {
    frame.call = TakeOver(new OutgoingCall);
    frame.cancel = frame.to_send = frame.call;
    if (scope) frame.canceled = scope->canceled;
  } else {
    frame.cancel = DisabledCall();
  }
  if (frame.to_send) address = frame.to_send->address();
  Push(std::move(frame));
  return address;
}

ComPtr<OutgoingCall> TakeCallToSend(const void* state) {
  // COM's state of a call, which has both addresses, is smaller.
  constexpr std::uintptr_t kNear = 256;
  ComPtr<OutgoingCall> found;
  Stack* const stack = StackOfThisThread();
  if (!stack) return found;
  const auto at = reinterpret_cast<std::uintptr_t>(state);
  for (auto frame = stack->rbegin(); frame != stack->rend(); ++frame) {
    const auto address = reinterpret_cast<std::uintptr_t>(frame->address);
    if (frame->kind != Frame::Kind::kOutgoing || at <= address || at - address >= kNear) continue;
    found.Swap(frame->to_send);
    break;
  }
  return found;
}

void EndOutgoing(CallAddress call) { End(Frame::Kind::kOutgoing, call); }

void BeginIncoming(CallAddress call, const StackMark& now, const FlagView& flag) {
  RemoveEnded(now, Frame::Kind::kIncoming);
  ClearAddress(Frame::Kind::kIncoming, call);
  Frame frame;
  frame.kind = Frame::Kind::kIncoming;
  frame.address = call;
  frame.begin = now;
  const auto context = TakeOver(new CallContext(flag, now));
  frame.context = context;
  Push(std::move(frame));
  if (FAILED(context->Enter())) Take(*StackOfThisThread(), StackOfThisThread()->size() - 1);
}

void EndIncoming(CallAddress call) { End(Frame::Kind::kIncoming, call); }

bool OpenScope(bool* canceled, bool activation, bool enabled) {
  RemoveEnded();
  try {
    Frame frame;
    frame.kind = Frame::Kind::kScope;
    frame.address = canceled;
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

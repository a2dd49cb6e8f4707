// Tests of cancels that meet the automation room while it makes several calls: the conversion of a reply to
// an incoming call, and the search for the events of an object. Their calls are cancel objects that the tests
// register: no server is needed. And of what leads from an object to its process: windows, and processes that
// are held.
//
// With an argument it waits, as a process to be held. Otherwise it prints a line for each check. The exit
// code is 1 when one failed.
#include <ocidl.h>
#include <oleidl.h>
#include <wrl/client.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "automation/implementation.h"
#include "automation/operation.h"
#include "automation/server_process.h"
#include "checks.h"
#include "host/counted_object.h"
#include "host/ole32.h"
#include "standin/functions.h"
#include "threads/com_thread.h"

using namespace com_cancel;
using Microsoft::WRL::ComPtr;

namespace {

class NoMailbox final : public Mailbox {
 public:
  void PostJobDone(JobId, HRESULT, std::unique_ptr<JobResult>, const Cancellation&) override {}
  void PostJobOverdue(JobId, const Cancellation&) override {}
  void PostDone(CallbackId, HRESULT) override {}
  void PostThreadEnded(ComThreadId) override {}
};

// A call in flight: a cancel object that counts the cancels.
class FakeCall final : public CountedObject<ICancelMethodCalls> {
 public:
  HRESULT STDMETHODCALLTYPE Cancel(ULONG) override {
    ++cancels;
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE TestCancel() override { return RPC_S_CALLPENDING; }

  // `function` is what happens while the call is pending.
  void Pending(const std::function<void()>& function) {
    Ole32::Get().SetCancelObject(this);
    function();
    Ole32::Get().SetCancelObject(nullptr);
  }

  std::atomic<int> cancels{0};
};

// An object for which the query for IDispatch is a call: it runs a function.
class Queried final : public CountedObject<IUnknown> {
 public:
  explicit Queried(std::function<void()> action) : action_(std::move(action)) {}

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    if (iid == IID_IDispatch) action_();
    return CountedObject::QueryInterface(iid, object);
  }

 private:
  const std::function<void()> action_;
};

// Replies at once with an object.
class Receiver final : public CallReceiver {
 public:
  explicit Receiver(std::shared_ptr<Pointer> object) : object_(std::move(object)) {}

  bool PostIncoming(std::shared_ptr<IncomingCall> call) override {
    Reply reply;
    reply.value = Value{ValueType::kDispatch, object_};
    call->Answer(std::move(reply));
    return true;
  }
  void PostIncomingCanceled(CallKey) override {}
  void PostImplementationReleased(ImplementationId) override {}
  bool closed() override { return false; }

 private:
  const std::shared_ptr<Pointer> object_;
};

std::shared_ptr<Job> Queue(const std::shared_ptr<ComThread>& thread, Job::Function function) {
  auto job = std::make_shared<Job>(JobId{1}, nullptr, std::move(function), JobLimits{60'000});
  thread->Queue(job);
  return job;
}

bool Ends(const std::shared_ptr<Job>& job) {
  return Until([&] { return job->over(); });
}

// In the call of a job, the server calls back. The conversion of the reply queries an object, which is a
// call.
void ReplyOfAnIncomingCall(const std::shared_ptr<ComThread>& thread) {
  const auto outer = TakeOver(new FakeCall);
  const auto query = TakeOver(new FakeCall);
  std::atomic<bool> queries{false};
  std::atomic<bool> returns{false};
  const auto object = TakeOver(new Queried([&] {
    query->Pending([&] {
      queries = true;
      while (!returns) SleepFor(1);
    });
  }));
  const auto receiver = std::make_shared<Receiver>(Hold(*thread, object.Get()));
  const auto callback = TakeOver(new Implementation(thread, receiver, ImplementationId{1}, {}, GUID_NULL));
  std::atomic<HRESULT> invoked{E_PENDING};
  const auto job = Queue(thread, [&](const Job&) {
    outer->Pending([&] {
      DISPPARAMS none{};
      VARIANT result{};
      invoked = callback->Invoke(1, IID_NULL, 0, DISPATCH_METHOD, &none, &result, nullptr, nullptr);
    });
    return Job::Result{};
  });
  Check(Until([&] { return queries.load(); }), "the reply to an incoming call queries an object");
  Job::Cancel(job);
  Check(Until([&] { return outer->cancels + query->cancels > 2; }), "the job is canceled meanwhile");
  Check(outer->cancels > 2, "C15 that cancels its call", outer->cancels);
  Check(query->cancels == 0, "C15 and not the query", query->cancels);
  returns = true;
  Check(Ends(job), "the job ends");
  Check(invoked == E_NOINTERFACE, "the caller gets the answer of the query", invoked);
}

// A class with one source interface, and the object: the job is canceled in one of the calls to it.
class Source final : public CountedObject<ITypeInfo> {
 public:
  enum class CancelIn { kQuery, kFunction };
  static constexpr WORD kFunctions = 5;

  Source(CancelIn cancel_in, std::function<void()> cancel)
      : cancel_in_(cancel_in), cancel_(std::move(cancel)) {}

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    if (iid == IID_IUnknown || iid == IID_ITypeInfo) return CountedObject::QueryInterface(iid, object);
    ++queries;
    *object = nullptr;
    if (cancel_in_ == CancelIn::kQuery) return Canceled();
    if (iid != IID_IProvideClassInfo) return E_NOINTERFACE;
    *object = static_cast<IProvideClassInfo*>(&class_info_);
    AddRef();
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE GetTypeAttr(TYPEATTR** attributes) override {
    attributes_.typekind = TKIND_DISPATCH;
    attributes_.cImplTypes = 1;
    attributes_.cFuncs = kFunctions;
    *attributes = &attributes_;
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE GetImplTypeFlags(UINT, INT* flags) override {
    *flags = IMPLTYPEFLAG_FSOURCE | IMPLTYPEFLAG_FDEFAULT;
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE GetRefTypeOfImplType(UINT, HREFTYPE*) override { return S_OK; }
  HRESULT STDMETHODCALLTYPE GetRefTypeInfo(HREFTYPE, ITypeInfo** type) override {
    *type = this;
    AddRef();
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE GetFuncDesc(UINT, FUNCDESC** function) override {
    ++functions;
    *function = nullptr;
    return Canceled();
  }
  HRESULT STDMETHODCALLTYPE GetTypeComp(ITypeComp**) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE GetVarDesc(UINT, VARDESC**) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE GetNames(MEMBERID, BSTR*, UINT, UINT*) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE GetIDsOfNames(LPOLESTR*, UINT, MEMBERID*) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE Invoke(void*, MEMBERID, WORD, DISPPARAMS*, VARIANT*, EXCEPINFO*, UINT*) override {
    return E_NOTIMPL;
  }
  HRESULT STDMETHODCALLTYPE GetDocumentation(MEMBERID, BSTR*, BSTR*, DWORD*, BSTR*) override {
    return E_NOTIMPL;
  }
  HRESULT STDMETHODCALLTYPE GetDllEntry(MEMBERID, INVOKEKIND, BSTR*, BSTR*, WORD*) override {
    return E_NOTIMPL;
  }
  HRESULT STDMETHODCALLTYPE AddressOfMember(MEMBERID, INVOKEKIND, void**) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown*, REFIID, void**) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE GetMops(MEMBERID, BSTR*) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE GetContainingTypeLib(ITypeLib**, UINT*) override { return E_NOTIMPL; }
  void STDMETHODCALLTYPE ReleaseTypeAttr(TYPEATTR*) override {}
  void STDMETHODCALLTYPE ReleaseFuncDesc(FUNCDESC*) override {}
  void STDMETHODCALLTYPE ReleaseVarDesc(VARDESC*) override {}

  int queries = 0;
  int functions = 0;

 private:
  // The object's IProvideClassInfo, which lives with it.
  class ClassInfo final : public IProvideClassInfo {
   public:
    explicit ClassInfo(Source& source) : source_(source) {}
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
      return source_.QueryInterface(iid, object);
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return source_.AddRef(); }
    ULONG STDMETHODCALLTYPE Release() override { return source_.Release(); }
    HRESULT STDMETHODCALLTYPE GetClassInfo(ITypeInfo** type) override {
      return source_.GetRefTypeInfo(0, type);
    }

   private:
    Source& source_;
  };

  HRESULT Canceled() {
    cancel_();
    return RPC_E_CALL_CANCELED;
  }

  const CancelIn cancel_in_;
  const std::function<void()> cancel_;
  TYPEATTR attributes_{};
  ClassInfo class_info_{*this};
};

void SearchForEvents(const std::shared_ptr<ComThread>& thread, Source::CancelIn cancel_in) {
  std::shared_ptr<Job> job;
  std::atomic<bool> known{false};
  const auto object = TakeOver(new Source(cancel_in, [&] { Job::Cancel(job); }));
  std::unique_ptr<Outcome> outcome;
  job = Queue(thread, [&](const Job& running) {
    while (!known) SleepFor(1);
    outcome = CarryOut(*thread, Hold(*thread, object.Get()), operation::Events{GUID_NULL}, running);
    return Job::Result{};
  });
  known = true;
  Check(Ends(job), "a search for events ends");
  Check(outcome->hresult == RPC_E_CALL_CANCELED, "C7 it is canceled", outcome->hresult);
  Check(object->queries == 1, "after a canceled query there is no other", object->queries);
  const int functions = cancel_in == Source::CancelIn::kFunction ? 1 : 0;
  Check(object->functions == functions, "after a canceled look at a member there is no other",
        object->functions);
}

// An object with a window: its own property, IOleWindow, or a property of its application.
class Windowed final : public CountedObject<IDispatch>, public IOleWindow {
 public:
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    if (iid != IID_IOleWindow || !ole_window) return CountedObject::QueryInterface(iid, object);
    *object = static_cast<IOleWindow*>(this);
    AddRef();
    return S_OK;
  }
  ULONG STDMETHODCALLTYPE AddRef() override { return CountedObject::AddRef(); }
  ULONG STDMETHODCALLTYPE Release() override { return CountedObject::Release(); }

  HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT*) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT, LCID, ITypeInfo**) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID, LPOLESTR* names, UINT, LCID, DISPID* ids) override {
    const std::wstring_view name = names[0];
    const bool known = name == L"Hwnd" ? V_VT(&hwnd) != VT_EMPTY : name == L"Application" && application;
    *ids = known ? static_cast<DISPID>(name.size()) : DISPID_UNKNOWN;
    return known ? S_OK : DISP_E_UNKNOWNNAME;
  }
  HRESULT STDMETHODCALLTYPE Invoke(DISPID id, REFIID, LCID, WORD kinds, DISPPARAMS*, VARIANT* result,
                                   EXCEPINFO*, UINT*) override {
    ++properties;
    if (kinds != DISPATCH_PROPERTYGET) return DISP_E_MEMBERNOTFOUND;
    if (id == 4) return VariantCopy(result, &hwnd);
    V_VT(result) = VT_DISPATCH;
    V_DISPATCH(result) = application.Get();
    application->AddRef();
    return S_OK;
  }

  HRESULT STDMETHODCALLTYPE GetWindow(HWND* window) override {
    *window = ole_window;
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE ContextSensitiveHelp(BOOL) override { return E_NOTIMPL; }

  VARIANT hwnd{};
  HWND ole_window = nullptr;
  ComPtr<IDispatch> application;
  int properties = 0;
};

void WindowsOfObjects() {
  const Job job(JobId{}, nullptr, {}, JobLimits{});
  const auto window_of = [&](Windowed& object) {
    Inquiry inquiry(job, true);
    return WindowOf(static_cast<IDispatch*>(&object), inquiry);
  };
  const auto window = reinterpret_cast<HWND>(LONG_PTR{0x1234});
  const auto bare = TakeOver(new Windowed);
  Check(!window_of(*bare.Get()), "an object without a window has none");
  const auto by_property = TakeOver(new Windowed);
  V_VT(&by_property->hwnd) = VT_R8;
  V_R8(&by_property->hwnd) = 0x1234;
  by_property->ole_window = reinterpret_cast<HWND>(LONG_PTR{0x99});
  Check(window_of(*by_property.Get()) == window, "a window is found by Hwnd first");
  V_VT(&by_property->hwnd) = VT_I4;
  V_I4(&by_property->hwnd) = -2;
  Check(window_of(*by_property.Get()) == reinterpret_cast<HWND>(LONG_PTR{-2}), "its handle has a sign");
  V_VT(&by_property->hwnd) = VT_NULL;
  Check(window_of(*by_property.Get()) == by_property->ole_window, "then by IOleWindow");
  const auto by_application = TakeOver(new Windowed);
  V_VT(&by_property->hwnd) = VT_I4;
  V_I4(&by_property->hwnd) = 0x1234;
  by_application->application = static_cast<IDispatch*>(by_property.Get());
  Check(window_of(*by_application.Get()) == window, "then by Hwnd of its application");
}

void HeldProcesses() {
  const FILETIME before = SystemTime();
  SleepFor(50);
  wchar_t path[MAX_PATH];
  GetModuleFileNameW(nullptr, path, MAX_PATH);
  std::wstring command = L'"' + std::wstring(path) + L"\" wait";
  STARTUPINFOW startup{};
  startup.cb = sizeof startup;
  PROCESS_INFORMATION child{};
  const BOOL started =
      CreateProcessW(path, command.data(), nullptr, nullptr, FALSE, 0, nullptr, nullptr, &startup, &child);
  Check(started, "a process starts", GetLastError());
  const UniqueHandle process(child.hProcess);
  const UniqueHandle main_thread(child.hThread);
  SleepFor(50);
  const DWORD id = child.dwProcessId;
  Check(!HeldProcess::Open(GetCurrentProcessId(), SystemTime()), "this process is not held");
  Check(!HeldProcess::Open(0, SystemTime()), "nor is one without an id");
  Check(!HeldProcess::Open(id, before), "nor one that began after the object was there");
  const auto held = HeldProcess::Open(id, SystemTime());
  Check(held && held->id() == id, "another process is held");
  if (!held) return;
  Check(held->Terminate() == S_OK, "it is terminated");
  Check(WaitForSingleObject(process.get(), 60'000) == WAIT_OBJECT_0, "it ends");
  Check(held->Terminate() == S_OK, "it is terminated again after its end");
  Check(!HeldProcess::Open(id, SystemTime()), "a process that has ended is not held");
}

}  // namespace

int main(int count, char**) {
  if (count > 1) {
    SleepFor(60'000);
    return 0;
  }
  Ole32::SetStandIn(stand_in_family);
  WindowsOfObjects();
  HeldProcesses();
  ThreadOptions options;
  options.single_threaded = true;
  const auto thread = ComThread::Start(options, std::make_shared<NoMailbox>(), ComThreadId{1}, CallbackId{1});
  ReplyOfAnIncomingCall(thread);
  SearchForEvents(thread, Source::CancelIn::kQuery);
  SearchForEvents(thread, Source::CancelIn::kFunction);
  thread->Close();
  Check(WaitForSingleObject(thread->handle(), 60'000) == WAIT_OBJECT_0, "the thread ends");
  std::printf("%d checks, %d failed\n", checks.load(), failures.load());
  return failures == 0 ? 0 : 1;
}

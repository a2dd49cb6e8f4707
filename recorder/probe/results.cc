// Questions about what a canceled call leaves in its parameters: rule C8, and by-reference arguments.
#include <cstring>

#include "client.h"
#include "host/call_scope.h"
#include "observe.h"
#include "question.h"

namespace recorder {
namespace {

// Counts how often one block of COM's task memory is freed. COM calls a spy inside a lock of its own.
class Spy final : public com_cancel::CountedObject<IMallocSpy> {
 public:
  void Watch(const void* block) { watched_ = block; }
  long frees() const { return frees_; }
  long moves() const { return moves_; }

  SIZE_T STDMETHODCALLTYPE PreAlloc(SIZE_T size) override { return size; }
  void* STDMETHODCALLTYPE PostAlloc(void* block) override { return block; }
  void* STDMETHODCALLTYPE PreFree(void* block, BOOL) override {
    if (block && block == watched_) ++frees_;
    return block;
  }
  void STDMETHODCALLTYPE PostFree(BOOL) override {}
  SIZE_T STDMETHODCALLTYPE PreRealloc(void* block, SIZE_T size, void** asked, BOOL) override {
    if (block && block == watched_) ++moves_;
    *asked = block;
    return size;
  }
  void* STDMETHODCALLTYPE PostRealloc(void* block, BOOL) override { return block; }
  void* STDMETHODCALLTYPE PreGetSize(void* block, BOOL) override { return block; }
  SIZE_T STDMETHODCALLTYPE PostGetSize(SIZE_T size, BOOL) override { return size; }
  void* STDMETHODCALLTYPE PreDidAlloc(void* block, BOOL) override { return block; }
  int STDMETHODCALLTYPE PostDidAlloc(void*, BOOL, int did) override { return did; }
  void STDMETHODCALLTYPE PreHeapMinimize() override {}
  void STDMETHODCALLTYPE PostHeapMinimize() override {}

 private:
  std::atomic<const void*> watched_{nullptr};
  std::atomic<long> frees_{0};
  std::atomic<long> moves_{0};
};

// IPersist::GetClassID, whose parameter is filled with 0xCC before the call.
void OutParameter(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(Place::kMtaProcess);
  const Client client(COINIT_MULTITHREADED, [&] {
    ComPtr<IPersist> object;
    Check(server.Connect().As(&object), "QueryInterface of IPersist");
    const Enabled enabled;
    CLSID clsid;
    std::memset(&clsid, 0xCC, sizeof(clsid));
    const CLSID before = clsid;
    Timed("call", "IPersist::GetClassID", [&] {
      com_cancel::CallScope scope;
      return scope.End(object->GetClassID(&clsid));
    });
    Fact("the parameter is", clsid == CLSID_NULL ? "zero" : clsid == before ? "as before" : "something else");
  });
  server.WaitEntered();
  Cancel("cancel", client.id());
  ObserveRelease("the call returns", client);
  server.Leave();
}

// A string by reference: who owns it after the call? Its block begins one pointer before its characters.
void ByReference(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  // Without the cache of BSTRs, each is freed at once.
  using OaNoCache = void(WINAPI*)();
  if (const HMODULE oleaut = GetModuleHandleW(L"oleaut32.dll")) {
    if (const FARPROC found = GetProcAddress(oleaut, "SetOaNoCache"))
      reinterpret_cast<OaNoCache>(reinterpret_cast<void*>(found))();
  }
  const auto spy = TakeOver(new Spy);
  Timed("spy", "CoRegisterMallocSpy", [&] { return CoRegisterMallocSpy(spy.Get()); });
  {
    const Server server(Place::kMtaProcess);
    const Client client(COINIT_MULTITHREADED, [&] {
      const ComPtr<IDispatch> object = server.Connect();
      const Enabled enabled;
      const BSTR passed = SysAllocString(L"passed by the client");
      BSTR text = passed;
      spy->Watch(reinterpret_cast<const char*>(passed) - sizeof(void*));
      VARIANT argument{};
      argument.vt = VT_BYREF | VT_BSTR;
      argument.pbstrVal = &text;
      DISPPARAMS parameters{&argument, nullptr, 1, 0};
      VARIANT result;
      VariantInit(&result);
      Timed("call", "IDispatch::Invoke", [&] {
        com_cancel::CallScope scope;
        return scope.End(
            object->Invoke(kReplace, IID_NULL, 0, DISPATCH_METHOD, &parameters, &result, nullptr, nullptr));
      });
      Fact("the variable", text == nullptr  ? "is NULL"
                           : text == passed ? "has the pointer that was passed"
                                            : "has another pointer");
      Fact("result type", std::to_string(result.vt));
      Fact("type of the argument",
           argument.vt == (VT_BYREF | VT_BSTR) ? "unchanged" : std::to_string(argument.vt));
      const long freed = spy->frees();
      Fact("frees of the passed string by the call", std::to_string(freed));
      Fact("reallocations of it", std::to_string(spy->moves()));
      const bool kept = text == passed;
      const bool gone = freed > 0 || (!kept && spy->moves() > 0);
      Fact("the passed string is", kept && !gone ? "alive, in the variable"
                                   : kept        ? "freed, and in the variable: a caller frees it twice"
                                   : gone        ? "freed by the call"
                                                 : "alive, but not in the variable: leaked");
      // Only what is certainly alive is read and freed.
      if (kept && !gone) {
        Fact("its characters are",
             std::wcscmp(text, L"passed by the client") == 0 ? "those passed" : "others");
        SysFreeString(text);
      }
      spy->Watch(nullptr);
    });
    server.WaitEntered();
    Cancel("cancel", client.id());
    ObserveRelease("the call returns", client);
    server.Leave();
  }
  CoRevokeMallocSpy();
}

}  // namespace

std::vector<Question> ResultQuestions() {
  return {{"out-parameter", OutParameter}, {"by-reference", ByReference}};
}

}  // namespace recorder

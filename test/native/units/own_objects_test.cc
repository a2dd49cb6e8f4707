// Tests of OwnObjects: what a ComThread disconnects before it leaves its apartment.
#include "threads/own_objects.h"

#include <cstdio>

#include "host/counted_object.h"

using com_cancel::CountedObject;
using com_cancel::OwnObject;
using com_cancel::OwnObjectId;
using com_cancel::OwnObjects;
using com_cancel::TakeOver;
using Microsoft::WRL::ComPtr;

namespace {

int checks = 0;
int failures = 0;

void Expect(bool holds, const char* what) {
  ++checks;
  if (!holds) ++failures;
  std::printf("%s %s\n", holds ? "ok" : "FAILED", what);
}

// An object with a marshaler of its own, which CoDisconnectObject calls.
class Listed final : public CountedObject<IMarshal>, public OwnObject {
 public:
  explicit Listed(OwnObjects& list) : list_(list), id_(list.Add(this)) {}
  ~Listed() override {
    // The last reference is gone, and COM must not get another one.
    if (Reference() || list_.Find(id_)) ++revived;
    list_.Remove(id_);
  }

  OwnObjectId id() const { return id_; }
  ComPtr<IUnknown> Reference() override { return AddRefUnlessLast() ? TakeOver<IUnknown>(this) : nullptr; }

  HRESULT STDMETHODCALLTYPE GetUnmarshalClass(REFIID, void*, DWORD, void*, DWORD, CLSID*) override {
    return E_NOTIMPL;
  }
  HRESULT STDMETHODCALLTYPE GetMarshalSizeMax(REFIID, void*, DWORD, void*, DWORD, DWORD*) override {
    return E_NOTIMPL;
  }
  HRESULT STDMETHODCALLTYPE MarshalInterface(IStream*, REFIID, void*, DWORD, void*, DWORD) override {
    return E_NOTIMPL;
  }
  HRESULT STDMETHODCALLTYPE UnmarshalInterface(IStream*, REFIID, void**) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE ReleaseMarshalData(IStream*) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE DisconnectObject(DWORD) override {
    ++disconnected;
    return S_OK;
  }

  int disconnected = 0;
  static inline int revived = 0;

 private:
  OwnObjects& list_;
  const OwnObjectId id_;
};

void Run() {
  OwnObjects list;
  const auto first = TakeOver(new Listed(list));
  auto second = TakeOver(new Listed(list));
  const OwnObjectId gone = second->id();
  Expect(list.Find(gone).Get() == second.Get(), "an object is found by its id");
  second.Reset();
  Expect(!list.Find(gone), "and not when its last reference is gone");
  Expect(Listed::revived == 0, "an object whose last reference is gone gives out no other");
  Expect(!list.disconnected(), "objects are connected at first");
  list.Disconnect();
  Expect(first->disconnected == 1, "CoDisconnectObject is called on each object");
  Expect(list.disconnected(), "and the list remembers it");
  const ULONG others = (first->AddRef(), first->Release());
  Expect(others == 1, "no reference is kept");
}

}  // namespace

int main() {
  if (FAILED(CoInitializeEx(nullptr, COINIT_MULTITHREADED))) return 1;
  Run();
  CoUninitialize();
  Expect(com_cancel::counters::objects == 0, "no object is left");
  std::printf("%d checks, %d failed\n", checks, failures);
  return failures == 0 ? 0 : 1;
}

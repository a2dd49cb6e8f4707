// The COM objects of the questions: the slow server object, callbacks, and cancel objects of our own.
#pragma once

#include "host/counted_object.h"
// After win.h, which it needs.
#include <oleauto.h>

#include <functional>
#include <string>

namespace recorder {

using com_cancel::TakeOver;
using com_cancel::UniqueHandle;
using Microsoft::WRL::ComPtr;

// Members of the slow object.
enum Member : DISPID {
  kEcho = 1,    // (value): the value
  kBlock,       // (ms): blocks, never looks for a cancel, until told to leave or until the time has passed
  kPoll,        // (ms): the same, but returns RPC_E_CALL_CANCELED when CoTestCancel does
  kCallBack,    // (ms, object): calls the object's kEcho, returns its HRESULT, then blocks as kBlock
  kReplace,     // (&text): blocks as kBlock for up to 20 s, then replaces the text
  kStarted,     // how many blocking methods have begun
  kFinished,    // how many of them have ended
  kNoticed,     // how many kPoll have seen a cancel
  kTestCancel,  // what CoTestCancel returns now
  kNew,         // another object
  kObjects,     // how many objects of this class live in the process
};

// The events with which a question controls its server: names, so that they work in any process.
struct Control {
  explicit Control(const std::wstring& name);

  UniqueHandle entered;  // set by each blocking method when it begins; resets itself
  UniqueHandle leave;    // while it is set, blocking methods end
  UniqueHandle quit;     // ends a server process
};

class SlowObject final : public com_cancel::CountedObject<IDispatch>, public IPersist {
 public:
  explicit SlowObject(const Control& control);
  ~SlowObject() override;

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override;
  ULONG STDMETHODCALLTYPE AddRef() override { return CountedObject::AddRef(); }
  ULONG STDMETHODCALLTYPE Release() override { return CountedObject::Release(); }

  HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT* count) override;
  HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT index, LCID locale, ITypeInfo** info) override;
  HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID iid, LPOLESTR* names, UINT count, LCID locale,
                                          DISPID* ids) override;
  HRESULT STDMETHODCALLTYPE Invoke(DISPID member, REFIID iid, LCID locale, WORD kinds, DISPPARAMS* parameters,
                                   VARIANT* result, EXCEPINFO* exception, UINT* argument) override;

  // IPersist: blocks as kBlock for up to 20 s, then fills the parameter.
  HRESULT STDMETHODCALLTYPE GetClassID(CLSID* clsid) override;

 private:
  HRESULT Poll(DWORD ms) const;
  void Block(DWORD ms) const;

  const Control& control_;
};

// An object of the client that a server calls back: its Invoke runs a function.
ComPtr<IDispatch> MakeCallback(std::function<HRESULT()> work);

// A cancel object as a program may register one.
class CancelObject final : public com_cancel::CountedObject<ICancelMethodCalls> {
 public:
  // What Cancel returns.
  explicit CancelObject(HRESULT result) : result_(result) {}

  HRESULT STDMETHODCALLTYPE Cancel(ULONG seconds) override {
    seconds_ = seconds;
    thread_ = GetCurrentThreadId();
    ++cancels_;
    return result_;
  }
  HRESULT STDMETHODCALLTYPE TestCancel() override {
    return cancels_ > 0 ? RPC_E_CALL_CANCELED : RPC_S_CALLPENDING;
  }

  ULONG References() {
    AddRef();
    return Release();
  }
  long cancels() const { return cancels_; }
  ULONG seconds() const { return seconds_; }
  // The thread that called Cancel.
  DWORD thread() const { return thread_; }

 private:
  const HRESULT result_;
  std::atomic<long> cancels_{0};
  std::atomic<ULONG> seconds_{0};
  std::atomic<DWORD> thread_{0};
};

// IDispatch::Invoke of the slow object. `result` is what the member returned.
HRESULT Invoke(IDispatch* object, Member member, long value = 0, long* result = nullptr,
               IDispatch* callback = nullptr, ComPtr<IDispatch>* made = nullptr);

}  // namespace recorder

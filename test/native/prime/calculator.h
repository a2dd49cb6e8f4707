// Calculator, the class Prime.Calculator: the example of the book, and what else the tests need of a
// late-bound server.
#pragma once

#include <utility>
#include <vector>

#include "arguments.h"
#include "connection_point.h"
#include "host/counted_object.h"
#include "refusals.h"
#include "state.h"
// After win.h, which it needs.
#include <olectl.h>

namespace prime {

class Calculator final : public com_cancel::CountedObject<IDispatch>,
                         public IProvideClassInfo2,
                         public IConnectionPointContainer,
                         public ISupportErrorInfo {
 public:
  Calculator() { ++calculators; }

  // IUnknown
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override;
  ULONG STDMETHODCALLTYPE AddRef() override { return CountedObject::AddRef(); }
  ULONG STDMETHODCALLTYPE Release() override { return CountedObject::Release(); }

  // IDispatch
  HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT* count) override;
  HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT index, LCID locale, ITypeInfo** info) override;
  HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID iid, LPOLESTR* names, UINT count, LCID locale,
                                          DISPID* ids) override;
  HRESULT STDMETHODCALLTYPE Invoke(DISPID id, REFIID iid, LCID locale, WORD kinds, DISPPARAMS* passed,
                                   VARIANT* result, EXCEPINFO* exception, UINT* argument) override;

  // IProvideClassInfo2
  HRESULT STDMETHODCALLTYPE GetClassInfo(ITypeInfo** info) override;
  HRESULT STDMETHODCALLTYPE GetGUID(DWORD kind, GUID* guid) override;

  // IConnectionPointContainer
  HRESULT STDMETHODCALLTYPE EnumConnectionPoints(IEnumConnectionPoints** points) override;
  HRESULT STDMETHODCALLTYPE FindConnectionPoint(REFIID iid, IConnectionPoint** point) override;

  // ISupportErrorInfo
  HRESULT STDMETHODCALLTYPE InterfaceSupportsErrorInfo(REFIID iid) override;

  // The members, as members.cc lists them. work.cc:
  HRESULT IsPrime(Arguments& call);
  HRESULT Block(Arguments& call);
  HRESULT BlockPolling(Arguments& call);
  HRESULT Number(Arguments& call);
  HRESULT CallBack(Arguments& call);
  HRESULT Relay(Arguments& call);
  HRESULT Busy(Arguments& call);
  HRESULT Die(Arguments& call);
  // failures.cc:
  HRESULT Fail(Arguments& call);
  HRESULT FailDeferred(Arguments& call);
  HRESULT FailErrorInfo(Arguments& call);
  HRESULT RefuseActivations(Arguments& call);
  HRESULT RefuseCalls(Arguments& call);
  // values.cc:
  HRESULT Return(Arguments& call);
  HRESULT TypeNames(Arguments& call);
  HRESULT Echo(Arguments& call);
  HRESULT TypeOf(Arguments& call);
  HRESULT Swap(Arguments& call);
  HRESULT Value(Arguments& call);
  HRESULT ValueSetBy(Arguments& call);
  HRESULT Item(Arguments& call);
  HRESULT Count(Arguments& call);
  HRESULT NewEnum(Arguments& call);
  // own_members.cc:
  HRESULT Define(Arguments& call);
  HRESULT Undefine(Arguments& call);
  // events.cc:
  HRESULT Fire(Arguments& call);
  HRESULT FireLater(Arguments& call);
  HRESULT Sinks(Arguments& call);
  // state.cc:
  HRESULT Started(Arguments& call);
  HRESULT Finished(Arguments& call);
  HRESULT Canceled(Arguments& call);
  HRESULT Reset(Arguments& call);
  HRESULT ThreadId(Arguments& call);
  HRESULT ProcessId(Arguments& call);
  HRESULT Apartment(Arguments& call);
  HRESULT RefCount(Arguments& call);
  HRESULT Objects(Arguments& call);
  HRESULT LookUps(Arguments& call);
  HRESULT ThreadName(Arguments& call);

 private:
  ~Calculator() override { --calculators; }

  HRESULT Run(const Member& member, WORD kinds, const DISPPARAMS& passed, VARIANT* result,
              EXCEPINFO* exception);

  // own_members.cc: a read-only property that Define added to the object.
  struct OwnMember {
    std::wstring name;
    DISPID id;
    Variant value;
  };
  DISPID FindOwn(const wchar_t* name);
  HRESULT GetOwn(DISPID id, WORD kinds, VARIANT* result);

  Refusals refusals_;
  com_cancel::Lock lock_;
  // The lock guards these four. Their old contents are released outside it: Release may run any code.
  Variant value_;
  const wchar_t* value_set_by_ = L"";
  std::vector<std::pair<std::wstring, Variant>> items_;
  std::vector<OwnMember> own_;

  // How often GetIDsOfNames was called.
  std::atomic<long> look_ups_{0};

  ConnectionPoint events_{*this};
};

}  // namespace prime

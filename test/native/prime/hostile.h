// Hostile, the class Prime.Hostile: a server that blocks, crashes, ends the process that it is in, or does
// not let it end.
#pragma once

#include "host/counted_object.h"

namespace prime {

class Hostile final : public com_cancel::CountedObject<IDispatch> {
 public:
  HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT* count) override;
  HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT index, LCID locale, ITypeInfo** info) override;
  HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID iid, LPOLESTR* names, UINT count, LCID locale,
                                          DISPID* ids) override;
  HRESULT STDMETHODCALLTYPE Invoke(DISPID id, REFIID iid, LCID locale, WORD kinds, DISPPARAMS* passed,
                                   VARIANT* result, EXCEPINFO* exception, UINT* argument) override;

  // The members. Those with a parameter have one number.
  HRESULT Block(long milliseconds, VARIANT& result);
  HRESULT BlockPolling(long milliseconds, VARIANT& result);
  HRESULT Crash(long ignored, VARIANT& result);
  HRESULT Exit(long code, VARIANT& result);
  HRESULT HangOnDetach(long ignored, VARIANT& result);
  HRESULT HangOnRelease(long ignored, VARIANT& result);
  HRESULT Another(long ignored, VARIANT& result);
  HRESULT ProcessId(long ignored, VARIANT& result);
  HRESULT ThreadId(long ignored, VARIANT& result);
  HRESULT Bits(long ignored, VARIANT& result);

 private:
  ~Hostile() override;

  bool hangs_on_release_ = false;
};

}  // namespace prime

// An IDispatch that JavaScript carries out: callbacks and event sinks.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "host/counted_object.h"
#include "node/outbox.h"
#include "threads/com_thread.h"

namespace com_cancel {

// At home in a ComThread's apartment, where COM calls it. Each call is posted to the environment; its thread
// waits for the answer and carries out the home thread's jobs meanwhile, so that JavaScript may use the
// thread before it answers.
class Implementation final : public CountedObject<IDispatch> {
 public:
  using Members = std::unordered_map<std::u16string, DISPID>;  // by lower-case name

  // `iid`: what it answers for besides IDispatch; GUID_NULL for nothing.
  Implementation(std::shared_ptr<ComThread> home, std::shared_ptr<Outbox> outbox, Key key, Members members,
                 REFIID iid);
  ~Implementation() override;

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override;
  HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT* count) override;
  HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT index, LCID locale, ITypeInfo** info) override;
  HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID, LPOLESTR* names, UINT count, LCID locale,
                                          DISPID* ids) override;
  HRESULT STDMETHODCALLTYPE Invoke(DISPID member, REFIID, LCID locale, WORD flags, DISPPARAMS* parameters,
                                   VARIANT* result, EXCEPINFO* exception, UINT* fault) override;

 private:
  HRESULT CallJavaScript(DISPID member, WORD flags, DISPPARAMS& parameters, VARIANT* result,
                         EXCEPINFO* exception, UINT* fault);

  const std::shared_ptr<ComThread> home_;
  const std::shared_ptr<Outbox> outbox_;
  const Key key_;
  const Members members_;
  const IID iid_;
};

}  // namespace com_cancel
